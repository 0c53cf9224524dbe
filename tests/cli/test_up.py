"""`up` and `worker.py` as processes: they answer, they stop in order when told to, and what they keep survives."""

import json
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from shell import COMMAND, ROOT, Process, Run, book_text, free_port

pytestmark = pytest.mark.server


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Callable[[Process], None]:
    """Lets the commands of this test see what that process sees. They work in its folder already."""

    def here(process: Process) -> None:
        for name, value in process.settings.items():
            monkeypatch.setenv(name, value)

    return here


def test_up_serves_until_ctrl_c_and_goes_on_where_it_stopped(
    home: Path, paystates: Run, beside: Callable[[Process], None]
) -> None:
    """The server's state, the book and the bank's state are files; the second `up` finds the procedure waiting."""
    (home / "book.yaml").write_text(book_text("i-1"))
    (home / "bank.yaml").write_text("tok_paying: [{decline: insufficient_funds}]\n")
    first = Process([*COMMAND, "up"], home, PAYSTATES_BANK="bank.yaml")
    told = first.until("Ctrl-C")
    assert "Ctrl-C stops everything in order." in told
    assert f"http://127.0.0.1:{first.settings['PAYSTATES_UI_PORT']}" in told
    board = f"http://127.0.0.1:{first.settings['PAYSTATES_HTTP_PORT']}"
    assert board in told
    assert httpx.get(f"{board}/healthz").json() == {"status": "ok"}
    assert "paystates book import examples/contoso.yaml" in told
    beside(first)
    assert paystates("book", "import", "book.yaml").code == 0
    assert "Waits for the next attempt" in paystates("start", "charge-retry", "i-1").told
    travelled = paystates("travel", "i-1", "1d")
    assert travelled.code == 1
    assert "does not let time be skipped" in travelled.told
    assert "start one with `paystates up --travel`" in travelled.told
    code, err = first.stop(signal.SIGINT)
    assert (code, err.splitlines()[-1]) == (0, "Stopped in order."), err

    second = Process([*COMMAND, "up", "--no-web", "--json"], home, **first.settings)
    said = json.loads(second.until("}"))
    assert (said["accounts"], said["http"]) == (1, None)
    assert paystates("view", "i-1", "--json").data["stand"]["state"] == "waiting"
    code, err = second.stop(signal.SIGTERM)
    assert (code, err.splitlines()[-1]) == (0, "Stopped in order."), err


def test_a_port_that_is_taken_is_said_and_nothing_is_written(paystates: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("PAYSTATES_SERVER_PORT", str(port))
        ran = paystates("up")
    assert (ran.code, ran.out) == (1, "")
    assert f"Port {port} on 127.0.0.1 is taken by another program" in ran.told
    assert "name another port in PAYSTATES_SERVER_PORT" in ran.told
    assert list(home.iterdir()) == []


def test_time_can_be_skipped_only_on_a_server_of_ones_own(paystates: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{free_port()}")
    ran = paystates("up", "--travel")
    assert ran.code == 2
    assert "--travel starts a server of its own, but TEMPORAL_ADDRESS names one that runs: unset it" in ran.told


def test_a_production_worker_serves_its_queue_until_sigterm(
    station: Process, home: Path, paystates: Run, beside: Callable[[Process], None]
) -> None:
    worker = Process(
        [str(ROOT / "worker.py")],
        home,
        TEMPORAL_ADDRESS=station.settings["TEMPORAL_ADDRESS"],
        PAYSTATES_TASK_QUEUE="another",
    )
    assert worker.process.stderr is not None
    assert any(line.startswith("The worker serves queue another") for line in worker.process.stderr)
    beside(worker)
    (home / "book.yaml").write_text(book_text("w-1"))
    assert paystates("book", "import", "book.yaml").code == 0
    assert "Recovered: the debt was charged" in paystates("start", "charge-retry", "w-1").told
    code, err = worker.stop(signal.SIGTERM)
    assert (code, err.splitlines()[-1]) == (0, "The worker has stopped in order."), err


def test_a_worker_without_a_server_says_so(tmp_path: Path) -> None:
    worker = Process([str(ROOT / "worker.py")], tmp_path, TEMPORAL_ADDRESS=f"127.0.0.1:{free_port()}")
    _, err = worker.process.communicate(timeout=30)
    assert worker.process.returncode == 1
    assert err.startswith("No Temporal server answers at 127.0.0.1:")
    assert not (tmp_path / ".paystates").exists()
