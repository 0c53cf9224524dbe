"""What moves or asks on a terminal: `watch` follows until Ctrl-C, and what cannot be undone is asked about first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pane import Pane
from shell import Process, Run, until

pytestmark = pytest.mark.server

Owing = Callable[..., str]

DECLINES = "[{decline: insufficient_funds}]"


@pytest.fixture
def pane(desk: Process, tmp_path: Path, unique: Callable[[str], str]) -> Iterator[Pane]:
    book = f"sqlite:///{desk.folder}/.paystates/book.db"
    settings = {"TEMPORAL_ADDRESS": desk.settings["TEMPORAL_ADDRESS"], "PAYSTATES_BOOK_URL": book}
    with Pane(tmp_path, unique("t"), settings) as made:
        yield made


@contextmanager
def watching(pane: Pane, *words: str) -> Iterator[None]:
    """While it watches; in the end Ctrl-C stops it in order."""
    pane.types(f"paystates watch --every 0.2 {' '.join(words)}")
    assert "Ctrl-C ends it" in pane.until("Ctrl-C ends it")
    yield
    pane.presses("C-c")
    screen = pane.until("code=")
    assert "code=0" in screen
    assert "Traceback" not in screen


def test_watch_follows_the_list_until_ctrl_c(owing: Owing, paystates: Run, pane: Pane) -> None:
    invoice = owing(DECLINES)
    paystates("start", "charge-retry", invoice)
    with watching(pane, "--account", invoice):
        assert "waiting" in pane.until("waiting")
        assert paystates("act", invoice, "hold", "--as", f"olga-{invoice}").code == 0
        assert "held" in pane.until("held")
        assert "waiting" not in pane.screen


def test_watch_follows_one_procedure_until_ctrl_c(owing: Owing, paystates: Run, pane: Pane) -> None:
    invoice = owing(DECLINES)
    paystates("start", "charge-retry", invoice)
    with watching(pane, invoice):
        assert "Waits for the next attempt" in pane.until("Waits for the next attempt")
        assert paystates("act", invoice, "hold", "--as", f"olga-{invoice}").code == 0
        assert "Held by an operator" in pane.until("Held by an operator")


def test_watch_ends_by_itself_when_what_it_follows_has_ended(owing: Owing, paystates: Run, pane: Pane) -> None:
    invoice = owing()
    paystates("start", "charge-retry", invoice)
    pane.types(f"paystates watch {invoice}")
    screen = pane.until("code=")
    assert "code=0" in screen
    assert "Recovered: the debt was charged" in screen


def test_what_cannot_be_undone_is_done_only_after_a_yes(owing: Owing, paystates: Run, pane: Pane) -> None:
    invoice = owing(DECLINES)
    paystates("start", "charge-retry", invoice)
    command = f"paystates act {invoice} write-off --reason bankrupt --as olga-{invoice}"
    pane.types(command)
    assert "Do it? [y/N]" in pane.until("Do it?")
    pane.types("n")
    assert "code=1" in pane.until("code=1")
    assert paystates("view", invoice, "--json").data["stand"]["state"] == "waiting"
    pane.types("clear")
    pane.types(command)
    assert "Do it? [y/N]" in pane.until("Do it?")
    pane.types("y")
    assert "code=0" in pane.until("code=0")
    seen = until(lambda: paystates("view", invoice, "--json").data, lambda view: view["verdict"] is not None)
    assert seen["stand"]["state"] == "written_off"
