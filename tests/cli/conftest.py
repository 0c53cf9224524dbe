"""Fixtures of the command line's tests: a place with nothing in it, a runner, and one `paystates up --travel` for a session."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from shell import COMMAND, Process, Ran, Run, book_text, free_port

from paystates.cli import run
from paystates.settings import Settings
from paystates.testing import unique

__all__ = ["desk", "home", "owing", "paystates", "station", "unique"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and no settings but that of a server that nobody runs."""
    for name in [*Settings.variables(), "TEMPORAL_PROFILE", "PAYSTATES_DEBUG"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PAYSTATES_SERVER_PORT", str(free_port()))
    monkeypatch.setenv("PAYSTATES_UI_PORT", str(free_port()))
    monkeypatch.setenv("PAYSTATES_HTTP_PORT", str(free_port()))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def paystates(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as the console script does, in this process."""

    def command(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(one) for one in arguments])
        return Ran(code, *capsys.readouterr())

    return command


STEPS = ("[succeed]", "[{decline: insufficient_funds}]", "[{decline: expired_card}]")
_taken = itertools.count()


def tokens(step: str) -> list[str]:
    """The tokens at which the station's bank does that with every charge."""
    return [f"tok_{STEPS.index(step)}_{number}" for number in range(100)]


@pytest.fixture(scope="session")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """`paystates up --travel`, with a bank that has a hundred tokens for each of `STEPS`."""
    folder = tmp_path_factory.mktemp("station")
    (folder / "bank.yaml").write_text("\n".join(f"{token}: {step}" for step in STEPS for token in tokens(step)))
    process = Process([*COMMAND, "up", "--travel", "--json"], folder, PAYSTATES_BANK="bank.yaml")
    told = process.until("}")
    assert told, process.stop()
    process.settings["TEMPORAL_ADDRESS"] = json.loads(told)["server"]
    yield process
    code, err = process.stop()
    assert code == 0, err


@pytest.fixture
def desk(station: Process, home: Path, monkeypatch: pytest.MonkeyPatch) -> Process:
    """The station as seen from here: its server, its book."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", station.settings["TEMPORAL_ADDRESS"])
    monkeypatch.setenv("PAYSTATES_BOOK_URL", f"sqlite:///{station.folder}/.paystates/book.db")
    return station


@pytest.fixture
def owing(desk: Process, paystates: Run, tmp_path: Path, unique: Callable[[str], str]) -> Callable[..., str]:
    """Imports an account into the station's book and answers the invoice it owes; everything of it bears that id."""

    def account(bank: str = "[succeed]", **differences: str) -> str:
        invoice = unique("i")[:30].rstrip("-")
        file = tmp_path / f"{invoice}.yaml"
        file.write_text(book_text(invoice, token=tokens(bank)[next(_taken)], **differences), encoding="utf-8")
        assert paystates("book", "import", file).code == 0
        return invoice

    return account
