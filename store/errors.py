"""What the account book says when it cannot do what it is asked.

    BookError
    ├── BookConflict    a record contradicts what the book already says
    └── BookUnusable    there is no account book at that address, or not one that this version can read

`store.port.AttemptOpen` stands apart: it is an answer to a well-formed question, not a fault of the asker.
"""

ONLY_READS = "what is read only writes nothing, and locks nothing: ask for a transaction"
"""Of who writes while reading."""


class BookError(Exception):
    """Any refusal of the book; its text is one sentence for a person."""


class BookConflict(BookError):
    """A record names another that the book does not have, or repeats what must be unique.

    Let it leave the transaction's block: on PostgreSQL the transaction takes no further statement.
    """


class BookUnusable(BookError):
    """The address cannot be opened, or its schema is older or newer than this version of paystates."""
