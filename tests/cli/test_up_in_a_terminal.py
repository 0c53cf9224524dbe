"""`paystates up` as somebody sees it who sits before it: Ctrl-C, its server killed, and a port that another program has."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pane import Pane
from shell import free_port, kill_server

pytestmark = pytest.mark.server

READY = "Ctrl-C stops everything in order."


@pytest.fixture
def ports() -> dict[str, str]:
    names = ("PAYSTATES_SERVER_PORT", "PAYSTATES_UI_PORT", "PAYSTATES_HTTP_PORT")
    return {name: str(free_port()) for name in names}


@pytest.fixture
def pane(tmp_path: Path, unique: Callable[[str], str], ports: dict[str, str]) -> Iterator[Pane]:
    with Pane(tmp_path, unique("up"), ports) as made:
        yield made


def test_ctrl_c_stops_everything_in_order(pane: Pane) -> None:
    pane.types("paystates up")
    assert READY in pane.until(READY)
    pane.presses("C-c")
    screen = pane.until("code=")
    assert "Stopping: the worker ends first, then the server." in screen
    assert "Stopped in order." in screen
    assert "code=0" in screen


def test_a_server_that_is_killed_ends_what_shows_it(
    pane: Pane, tmp_path: Path, unique: Callable[[str], str], ports: dict[str, str]
) -> None:
    """`up` and `watch` each say a sentence and end; nothing is written over the screen meanwhile."""
    pane.types("paystates up")
    assert READY in pane.until(READY)
    with Pane(tmp_path, unique("watch"), ports) as other:
        other.types("paystates watch --every 0.2")
        assert "Ctrl-C ends it" in other.until("Ctrl-C ends it")
        kill_server(ports["PAYSTATES_SERVER_PORT"])
        screen = pane.until("code=")
        assert "The Temporal server has ended by itself: run `paystates up` again" in screen
        assert "code=1" in screen
        watched = other.until("code=")
        assert "Temporal server" in watched
        assert "code=1" in watched
    for shown in (screen, watched):
        assert "Traceback" not in shown
        assert "WARN" not in shown


def test_a_port_that_another_program_has_is_named_with_what_helps(pane: Pane, ports: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(ports["PAYSTATES_UI_PORT"]))):
        pane.types("paystates up")
        screen = pane.until("code=")
    assert "PAYSTATES_UI_PORT" in screen
    assert "code=1" in screen
