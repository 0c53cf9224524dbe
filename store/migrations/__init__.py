"""The history of the account book's schema, and the way to its head without a command line or an ini file.

A change of a record or a shape is a new file in `versions/` and a new `HEAD`; a test finds what was forgotten.
"""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from store.errors import BookUnusable

HEAD: Final = "0008"
"""The newest revision: the schema this version of paystates reads and writes."""

_LOCK: Final = 0x7061_7973
"""The advisory lock's number: any would do, as long as nobody else uses it."""


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration for this package; with a connection, migrations run on it, in its transaction."""
    config = Config(attributes={} if connection is None else {"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def revision_of(connection: Connection) -> str | None:
    """The revision that a database has now; None when it has no schema of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def is_newer(revision: str | None) -> bool:
    """Whether a revision is one that this version of paystates does not know: a newer one wrote it."""
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    return revision is not None and revision not in known


def upgrade(connection: Connection) -> None:
    """Bring the schema to `HEAD` in the connection's transaction; `BookUnusable` when it is newer than that."""
    if connection.dialect.name == "postgresql":
        # Workers that start together would make the same tables; on SQLite their transactions take turns anyway.
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    present = revision_of(connection)
    if present == HEAD:
        return
    if is_newer(present):
        message = f"the account book has schema {present}, newer than our {HEAD}: install the newer paystates"
        raise BookUnusable(message)
    command.upgrade(configuration(connection), HEAD)
