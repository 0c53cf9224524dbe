"""A fingerprint changes with what a definition means, and with nothing else."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kiosk_source import FILES
from parcel import MOVES, PARCEL, Declined, declare, is_fragile

from paystates.engine import Moment, Move, Procedure, changed, fingerprint
from paystates.engine import meaning as meaning_module
from paystates.engine.meaning import Meaning

ROOT = Path(__file__).parents[2]


def forget() -> None:
    """What was imported of an earlier kiosk."""
    for name in [name for name in sys.modules if name.partition(".")[0] in {"kiosk", "shelf"}]:
        del sys.modules[name]
    meaning_module._folder.cache_clear()


@pytest.fixture
def sale(tmp_path, monkeypatch):
    """Makes the sale with some of its source edited, as a package of its own."""
    made = 0

    def make(file: str = "", old: str = "", new: str = "", *, moved: bool = False) -> Procedure[Any]:
        nonlocal made
        made += 1
        place = tmp_path / str(made)
        for path, source in FILES.items():
            assert path != file or source.count(old) == 1, f"{old} stands {source.count(old)} times in {file}"
            edited = source.replace(old, new) if path == file else source
            if moved:
                edited = edited.replace("from kiosk import prices", "from shelf import prices")
                edited = edited.replace("from kiosk.prices", "from shelf.prices")
            target = place / (path.replace("kiosk/prices", "shelf/prices") if moved else path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(edited)
        forget()
        monkeypatch.syspath_prepend(str(place))
        sold: Procedure[Any] = importlib.import_module("kiosk.sale").SALE
        return sold

    yield make
    forget()


PRICES, SALE = "kiosk/prices.py", "kiosk/sale.py"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (PRICES, "    # a comment\n", ""),
        (PRICES, "amount * 2  # another", "(amount\n        * 2)"),
        (PRICES, "The tax.", "What the state takes."),
        (PRICES, "amount: int) -> int", "amount: float) -> float"),
        (PRICES, '"""Whether anybody can afford it."""\n        ', ""),
        (PRICES, '{"north", "south", "east", "west"}', '{"west", "east", "south", "north"}'),
        (PRICES, "{Size.LARGE: 2, Size.SMALL: 1}", "{Size.SMALL: 1, Size.LARGE: 2}"),
        (PRICES, "LIMIT = ", "\n\n\nUNUSED = 1\nLIMIT = "),
        (SALE, "What the till remembers.", "Coins, and a size."),
        (SALE, '"""Whether there is enough."""', "'''Enough?'''"),
        (SALE, "Moment[Till, Pay]", "Moment"),
        (SALE, '"CLOSED", closed, ', "'CLOSED',\n    closed,    "),
        (SALE, '{"customer", "clerk", "owner"}', '{"owner", "customer", "clerk"}'),
    ],
)
def test_writing_the_same_differently_changes_nothing(sale, file, old, new):
    """Formatting, comments, docstrings, annotations of arguments, and the order in a set do not count."""
    assert fingerprint(sale(file, old, new)) == fingerprint(sale())


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(SALE, "sum(wants) >", "sum(wants) >=", id="a condition"),
        pytest.param(PRICES, "amount * 2", "amount * 3", id="a function a condition uses inside a comprehension"),
        pytest.param(PRICES, "self.price < LIMIT", "self.price <= LIMIT", id="a method of a constant it uses"),
        pytest.param(PRICES, 'Decimal("9.50")', 'Decimal("9.51")', id="a constant that a method uses"),
        pytest.param(PRICES, 'Decimal("4.20")', 'Decimal("4.21")', id="a field of a constant"),
        pytest.param(PRICES, "timedelta(hours=2)", "timedelta(hours=3)", id="a default in a constant's class"),
        pytest.param(PRICES, '"gamma", ', "", id="an element of a set"),
        pytest.param(PRICES, "Size.LARGE: 2", "Size.LARGE: 3", id="an entry of a mapping"),
        pytest.param(PRICES, 're.compile("a+")', 're.compile("a+", re.I)', id="a pattern"),
        pytest.param(PRICES, "deque([1, 2])", "deque([2, 1])", id="an order"),
        pytest.param(PRICES, "Colour.RED | Colour.BLUE", "Colour.RED", id="a flag"),
        pytest.param(PRICES, "at_least(3)", "at_least(4)", id="what a closure holds"),
        pytest.param(PRICES, "coins >= amount", "coins > amount", id="what a closure does"),
        pytest.param(PRICES, "functools.partial(max, 2)", "functools.partial(max, 3)", id="a partial's argument"),
        pytest.param(PRICES, "value > 2", "value > 3", id="a lambda in a table"),
        pytest.param(PRICES, 'LARGE = "large"', 'LARGE = "big"', id="an enum's value"),
        pytest.param(SALE, "{hour}.", "{hour}!", id="a rule's sentence"),
        pytest.param(SALE, '"Come back."', '"Come again."', id="a rule's remedy"),
        pytest.param(SALE, '"Come back.", "door"', '"Come back.", "gate"', id="a rule's source"),
        pytest.param(SALE, '"Come back.", "door"', '"Come back.", "door", reads_event=True', id="what a rule reads"),
        pytest.param(SALE, '"Come back.", "door"', '"Come back.", "door", reads_actor=True', id="whom a rule reads"),
        pytest.param(SALE, '"hour": 9', '"hour": 10', id="a rule's check"),
        pytest.param(SALE, "    coins: int = 0\n", "    coins: int = 0\n    more: int = 0\n", id="a field of memory"),
        pytest.param(SALE, "    coins: int = 1\n", "    coins: int = 1\n    note: str = ''\n", id="a field of an event"),
        pytest.param(SALE, "coins: int = 1", "coins: int = 2", id="a field's default"),
        pytest.param(SALE, "now + PATIENCE", "now + 2 * PATIENCE", id="a deadline"),
        pytest.param(SALE, "timedelta(days=2)", "timedelta(days=3)", id="a constant of a deadline"),
        pytest.param(SALE, "memory.coins + event.coins", "memory.coins", id="what is remembered"),
        pytest.param(SALE, '"Waits for coins"', '"Waits"', id="a title"),
        pytest.param(SALE, '"the customer"', '"somebody"', id="who is asked"),
        pytest.param(SALE, ', "owner"}', "}", id="a role"),
        pytest.param(SALE, "version=4", "version=5", id="another procedure that is used"),
    ],
)
def test_what_changes_the_meaning_changes_the_fingerprint(sale, file, old, new):
    """Anything a running procedure would decide differently, remember differently or say differently."""
    assert fingerprint(sale(file, old, new)) != fingerprint(sale())


def test_the_order_of_moves_counts():
    """The first that holds is taken, so another order is another procedure."""
    fragile = Move(Declined, "paying", "returned", when=is_fragile)
    first, second = (declare(moves=[*MOVES[:place], fragile, *MOVES[place:]]) for place in (1, 2))
    assert fingerprint(first) != fingerprint(second)


def test_a_released_definition_may_move_to_another_file(sale):
    """So that the next version can take its place: where something stands has no meaning."""
    assert fingerprint(sale(moved=True)) == fingerprint(sale())


def test_it_is_the_same_in_every_process(tmp_path):
    """Whatever the seed of string hashes, wherever objects lie in memory, and wherever the project does."""
    found = set()
    for seed in ("1", "2"):
        place = tmp_path / seed
        for path, source in FILES.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(source)
        code = "from kiosk.sale import SALE; from paystates.engine import fingerprint; print(fingerprint(SALE))"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([str(place), str(ROOT)])}
        run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        found.add(run.stdout)
    assert len(found) == 1


def test_the_folder_of_libraries_is_not_followed(monkeypatch):
    """Where everything is installed side by side, only the procedure's own package is followed."""
    code = declare
    beside, within = Meaning(home="parcel"), Meaning(home="pydantic.main")
    assert beside.of(code) == "declare"
    assert within.of(code) == "parcel.declare"
    assert Meaning(home="builtins").of(Moment) == "paystates.engine.vocabulary.Moment"


def test_without_source_the_name_has_to_do():
    """As for what was typed at a prompt: no error, though a change is not seen."""
    scope: dict[str, Any] = {"__name__": "parcel"}
    exec(compile("def typed(): return 1", "<typed>", "exec"), scope)  # noqa: S102 - code that has no source
    meaning = Meaning(home="parcel")
    assert meaning.of(scope["typed"]) == "typed"
    assert meaning.definitions == {'["typed", [], {}]'}


# The baseline.


def test_what_is_as_released_is_fine():
    """No sentence for a definition whose fingerprint is the released one."""
    assert changed({PARCEL.id: PARCEL}, {PARCEL.id: fingerprint(PARCEL)}) == []


def test_what_is_not_as_released_is_told():
    """A changed one, a new one, and one that is no longer kept: one sentence each, and what to do."""
    second = declare(version=2)
    assert changed({PARCEL.id: PARCEL, second.id: second}, {PARCEL.id: "0" * 16, "parcel@0": "1" * 16}) == [
        (
            "parcel@1 no longer means what was released: running procedures are pinned to it. "
            "Declare parcel@2 instead, and keep parcel@1 as it was."
        ),
        "parcel@2 is not in the baseline: release it before anybody runs it.",
        "parcel@0 was released and is not kept: running procedures need it.",
    ]
