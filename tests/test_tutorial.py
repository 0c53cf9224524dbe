"""docs/your-own-procedure.md, run as it stands: its files are taken from the page, type-checked, walked and run on the server."""

import importlib
import re
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mypy import api

from paystates.engine import DefinitionError, GaveUp, Procedure
from paystates.temporal.details import details
from paystates.temporal.server import DevServer

PAGE = Path(__file__).resolve().parents[1] / "docs" / "your-own-procedure.md"
BLOCK = re.compile(r"`(?P<name>[a-z_]+\.py)`:\n\n```python\n(?P<code>.*?)```", re.DOTALL)
PRINTED = re.compile(r"It prints\n\n```text\n(.*?)```", re.DOTALL)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the page's files, as a reader would have written them."""
    text = PAGE.read_text(encoding="utf-8")
    files = {block["name"]: block["code"] for block in BLOCK.finditer(text)}
    assert list(files) == ["refund.py", "try_refund.py", "durable.py", "main.py"]
    for name, code in files.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in files:
        sys.modules.pop(name.removesuffix(".py"), None)


def test_the_declaration_walks_in_memory(page: Path) -> None:
    """Its own assertions hold."""
    runpy.run_path(str(page / "try_refund.py"))


def test_a_forgotten_deadline_is_found_at_import(page: Path) -> None:
    """The page says which sentence appears."""
    refund = importlib.import_module("refund").REFUND
    moves = [move for move in refund.moves if move.on is not GaveUp]
    with pytest.raises(DefinitionError) as found:
        Procedure(name="refund", version=1, memory=refund.memory, initial="asking", states=refund.states, moves=moves)
    assert "“asking” does not handle GaveUp." in found.value.problems
    assert "“asking” does not handle GaveUp" in PAGE.read_text(encoding="utf-8")


def test_the_type_checker_accepts_it_and_refuses_a_wrong_answer(page: Path) -> None:
    """`implements` knows the answers of a request."""
    said, _, code = api.run(["--no-incremental", str(page / "durable.py")])
    assert code == 0, said
    wrong = (page / "durable.py").read_text(encoding="utf-8").replace("-> Paid:", "-> str:")
    (page / "durable.py").write_text(wrong, encoding="utf-8")
    said, _, code = api.run(["--no-incremental", str(page / "durable.py")])
    assert code == 1
    assert 'expected "Callable[[Till, Errand[Any]], Paid]"' in said


@pytest.mark.server
async def test_it_runs_on_the_server_and_prints_what_the_page_says(
    page: Path, temporal_server: DevServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused for one, approved by another, paid out, every decision in the journal."""
    main: Callable[..., object] = importlib.import_module("main").main
    await main(temporal_server.address)  # type: ignore[misc]  # it is a coroutine function of a file that is not here yet
    printed = PRINTED.search(PAGE.read_text(encoding="utf-8"))
    assert printed is not None
    assert capsys.readouterr().out == printed[1]


def test_what_operators_see_is_derived(page: Path) -> None:
    """The state in words, who may act, until when."""
    refund = importlib.import_module("refund")
    walk = importlib.import_module("try_refund").begin(100)
    text = details(refund.REFUND, walk.snapshot, (), walk.now)
    assert "### Waits for a clerk's decision" in text
    assert "| approve | clerk, head clerk | nothing |" in text.replace("\N{NO-BREAK SPACE}", "")
