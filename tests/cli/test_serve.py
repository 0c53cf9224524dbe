"""`paystates serve` as a process: it answers over HTTP, logs no secret, stops in order, and says when a port is taken."""

import json
import signal
import socket
from pathlib import Path

import httpx
import pytest
from shell import COMMAND, Process, Run, book_text, free_port

from paystates.cli.web import listening
from paystates.settings import Settings

pytestmark = pytest.mark.server


def test_the_api_is_served_until_it_is_told_to_stop_and_its_log_has_no_secret(
    station: Process, desk: Process, paystates: Run, tmp_path: Path
) -> None:
    """Over a server and a worker that run already: `paystates up`, here."""
    (tmp_path / "h.yaml").write_text(book_text("h-1"), encoding="utf-8")
    assert paystates("book", "import", tmp_path / "h.yaml").code == 0
    made = paystates("token", "create", "tests", "--account", "h-1", "--may", "read,act", "--for", "ida-h-1", "--json").data
    secret = made["token"]
    serving = Process(
        [*COMMAND, "serve", "--port", str(free_port()), "--json"],
        tmp_path,
        TEMPORAL_ADDRESS=station.settings["TEMPORAL_ADDRESS"],
        PAYSTATES_BOOK_URL=f"sqlite:///{station.folder}/.paystates/book.db",
        PYTHONASYNCIODEBUG="0",
    )
    url = json.loads(serving.until("}"))["http"]
    headers = {"Authorization": f"Bearer {secret}", "Cookie": "paystates=cookie_secret"}
    with httpx.Client(base_url=url, headers=headers) as caller:
        assert caller.get("/healthz").json() == {"status": "ok"}
        started = caller.post("/v1/procedures/charge-retry", json={"invoice": "h-1"})
        assert started.status_code == 202, started.text
        page = caller.get(started.headers["location"], params={"token": secret})
        assert (page.status_code, page.json()["account"]) == (200, "h-1")
        assert "server" not in page.headers, "which program answers, and which version, is nobody's business"
        assert caller.get(f"/v1/{secret}").status_code == 404
    assert paystates("token", "revoke", made["id"]).code == 0
    assert httpx.get(f"{url}/v1/accounts", headers=headers).status_code == 401
    code, err = serving.stop(signal.SIGTERM)
    assert (code, err.splitlines()[-1]) == (0, "Stopped in order."), err
    assert "POST /v1/procedures/charge-retry 202" in err
    assert "GET /v1/procedures/{procedure}/{subject:path} 200" in err
    for kept in (secret, secret[3:], "cookie_secret", "Bearer", "Authorization"):
        assert kept not in err


def test_a_port_that_is_taken_is_said_and_nothing_is_written(paystates: Run, home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ran = paystates("serve", "--port", port)
    assert (ran.code, ran.out) == (1, "")
    assert f"Port {port} on 127.0.0.1 cannot be listened at" in ran.told
    assert "name another in PAYSTATES_HTTP_PORT" in ran.told
    assert list(home.iterdir()) == []


def test_a_host_that_is_none_of_this_machine_is_said(paystates: Run, home: Path) -> None:
    ran = paystates("serve", "--host", "nowhere.invalid")
    assert ran.code == 2
    assert "PAYSTATES_HTTP_HOST is 'nowhere.invalid': it is no address of this machine" in ran.told


def test_without_a_temporal_server_it_says_so(paystates: Run, home: Path) -> None:
    ran = paystates("serve", "--port", free_port())
    assert ran.code == 1
    assert "No Temporal server answers at" in ran.told


def test_an_answer_is_sent_at_once_and_does_not_wait_for_the_callers_word_that_the_last_part_came() -> None:
    """Else each one on a connection that is kept takes 40 ms longer."""
    with listening(Settings(http_port=free_port())) as door, socket.create_connection(door.getsockname()):
        answering, _ = door.accept()
        with answering:
            assert answering.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
