"""The account book: one port, two keepings (SQLAlchemy for real, memory for rehearsals and property tests)."""
