"""What Alembic runs: migrations on the connection it was given, or as SQL text to read (`alembic upgrade --sql`)."""

from alembic import context
from sqlalchemy import Connection

from store.engine import open_engine
from store.tables import METADATA


def _run(connection: Connection) -> None:
    # SQLite alters a table by copying it: `render_as_batch` lets revisions that are generated later do so.
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
    context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    _run(given)
elif context.is_offline_mode():
    url = context.config.get_main_option("sqlalchemy.url")
    context.configure(url=url, target_metadata=METADATA, literal_binds=True)
    context.run_migrations()
else:
    engine = open_engine(context.config.get_main_option("sqlalchemy.url") or "")
    try:
        with engine.begin() as own:
            _run(own)
    finally:
        engine.dispose()
