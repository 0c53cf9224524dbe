"""`doctor` looks at everything, says what to do about what is not well, and changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from shell import ROOT, Process, Run, free_port
from sqlalchemy import Connection, Engine, create_engine, text

from store.migrations import HEAD, configuration


def findings(paystates: Run) -> dict[str, dict[str, str]]:
    return {one["what"]: one for one in paystates("doctor", "--json").data["findings"]}


def test_what_is_only_absent_is_no_fault_and_nothing_is_made(paystates: Run, home: Path) -> None:
    ran = paystates("doctor")
    assert ran.code == 0
    found = findings(paystates)
    assert found["account book"]["health"] == "absent"
    assert found["account book"]["remedy"] == "fill one with `paystates book import FILE`"
    assert found["Temporal server"]["health"] == "absent"
    assert found["bank"]["seen"] == "scripted, every charge succeeds"
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value", "what", "remedy"),
    [
        ("PAYSTATES_BANK", "absent.yaml", "bank", "correct it, or PAYSTATES_BANK"),
        ("PAYSTATES_BOOK_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none", "account book", "Check PAYSTATES_BOOK_URL"),
        ("PAYSTATES_UI_PORT", "eight", "settings", "Set it, for example PAYSTATES_UI_PORT=8233"),
        ("PAYSTATES_MAIL_FOLDER", "/dev/null", "mail", "correct PAYSTATES_MAIL_FOLDER"),
        ("TEMPORAL_PROFILE", "nope", "Temporal server", "or correct --profile or TEMPORAL_PROFILE"),
    ],
)
def test_what_is_broken_has_a_remedy_and_the_exit_code_is_one(
    variable: str, value: str, what: str, remedy: str, paystates: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    ran = paystates("doctor", "--json")
    assert ran.code == 1
    (broken,) = [one for one in ran.data["findings"] if one["health"] == "broken"]
    assert broken["what"] == what
    assert remedy in broken["remedy"]
    assert "Something is broken: see the arrows." in paystates("doctor").told


def test_what_is_named_and_does_not_answer_is_broken(paystates: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("TEMPORAL_ADDRESS", nobody)
    monkeypatch.setenv("PAYSTATES_BANK_ADDRESS", f"http://{nobody}")
    monkeypatch.setenv("PAYSTATES_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("PAYSTATES_SMTP_PORT", nobody.rpartition(":")[2])
    found = findings(paystates)
    for what in ("bank", "mail"):
        assert (found[what]["health"], found[what]["seen"]) == ("broken", f"nobody answers at {nobody}")
    server = found["Temporal server"]
    assert (server["health"], server["seen"]) == ("broken", f"no Temporal server answers at {nobody}")
    assert server["remedy"] == "start one with `paystates up` (without TEMPORAL_ADDRESS), or correct the address"
    assert "worker" not in found


def test_a_book_that_is_there_is_counted(paystates: Run) -> None:
    assert paystates("book", "import", ROOT / "examples/contoso.yaml").code == 0
    assert findings(paystates)["account book"]["seen"].endswith("2 accounts")


@pytest.fixture
def database(home: Path) -> Iterator[Engine]:
    """The database of an account book, behind the command line's back, with nothing in it."""
    (home / ".paystates").mkdir()
    engine = create_engine(f"sqlite:///{home}/.paystates/book.db")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA journal_mode = WAL"))
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("schema", "health", "seen", "remedy"),
    [
        (None, "absent", "has no tables of ours yet", "fill one with `paystates book import FILE`"),
        ("0007", "absent", f"schema 0007, older than our {HEAD}", "stop the workers of before; whatever opens it next"),
        ("9999", "broken", f"schema 9999, newer than our {HEAD}", "install the newer paystates"),
    ],
)
def test_a_book_of_another_schema_is_said_to_be_one_and_stays_one(
    schema: str | None, health: str, seen: str, remedy: str, database: Engine, paystates: Run
) -> None:
    """To bring it up to date would stop the workers that have it open: that is not for who only looks."""
    with database.begin() as connection:
        if schema is not None:
            command.upgrade(configuration(connection), "0007")
            connection.execute(text("UPDATE alembic_version SET version_num = :schema"), {"schema": schema})
        before = tables(connection)
    found = findings(paystates)["account book"]
    assert (found["health"], seen in found["seen"], remedy in found["remedy"]) == (health, True, True), found
    with database.connect() as connection:
        assert tables(connection) == before


def tables(connection: Connection) -> list[tuple[object, ...]]:
    """Every definition in a database, and the schema's revision."""
    kept = [tuple(row) for row in connection.execute(text("SELECT name, sql FROM sqlite_master ORDER BY name"))]
    if any(row[0] == "alembic_version" for row in kept):
        kept += [tuple(row) for row in connection.execute(text("SELECT * FROM alembic_version"))]
    return kept


@pytest.mark.server
def test_a_server_without_a_worker_moves_nothing_and_that_is_said(
    desk: Process, paystates: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the first thing to look for when nothing goes on."""
    assert desk.settings["TEMPORAL_ADDRESS"] in findings(paystates)["Temporal server"]["seen"]
    listening = findings(paystates)["worker"]
    assert (listening["health"], listening["seen"]) == ("well", "listens on queue paystates")
    monkeypatch.setenv("PAYSTATES_TASK_QUEUE", "paystats")
    ran = paystates("doctor", "--json")
    assert ran.code == 1
    (broken,) = [one for one in ran.data["findings"] if one["health"] == "broken"]
    assert (broken["what"], broken["seen"]) == ("worker", "none listens on queue paystats, so no procedure moves")
    assert broken["remedy"] == "start one with `paystates up` or worker.py, or correct PAYSTATES_TASK_QUEUE"


@pytest.mark.server
def test_a_server_that_answers_is_not_said_to_be_silent(desk: Process, paystates: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it answers is told: here, that it has no such namespace."""
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "nowhere")
    server = findings(paystates)["Temporal server"]
    assert server["health"] == "broken"
    assert desk.settings["TEMPORAL_ADDRESS"] in server["seen"]
    assert "nowhere" in server["seen"]
    assert "TEMPORAL_NAMESPACE" in server["remedy"]
