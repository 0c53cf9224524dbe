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
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # each is imported once
    searched = list(sys.path)
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
        monkeypatch.setattr(sys, "path", [str(place), *searched])
        importlib.invalidate_caches()
        sold: Procedure[Any] = importlib.import_module("kiosk.sale").SALE
        return sold

    yield make
    forget()


PRICES, SALE = "kiosk/prices.py", "kiosk/sale.py"

SAME = [
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
]


def test_writing_the_same_differently_changes_nothing(sale):
    """Formatting, comments, docstrings, annotations of arguments, and the order in a set do not count."""
    assert {edit: fingerprint(sale(*edit)) for edit in SAME} == dict.fromkeys(SAME, fingerprint(sale()))


ANOTHER = {
    "a condition": (SALE, "sum(wants) >", "sum(wants) >="),
    "a function a condition uses inside a comprehension": (PRICES, "amount * 2", "amount * 3"),
    "a method of a constant it uses": (PRICES, "self.price < LIMIT", "self.price <= LIMIT"),
    "a constant that a method uses": (PRICES, 'Decimal("9.50")', 'Decimal("9.51")'),
    "a field of a constant": (PRICES, 'Decimal("4.20")', 'Decimal("4.21")'),
    "a default in a constant's class": (PRICES, "timedelta(hours=2)", "timedelta(hours=3)"),
    "an element of a set": (PRICES, '"gamma", ', ""),
    "an entry of a mapping": (PRICES, "Size.LARGE: 2", "Size.LARGE: 3"),
    "a pattern": (PRICES, 're.compile("a+")', 're.compile("a+", re.I)'),
    "an order": (PRICES, "deque([1, 2])", "deque([2, 1])"),
    "a flag": (PRICES, "Colour.RED | Colour.BLUE", "Colour.RED"),
    "what a closure holds": (PRICES, "at_least(3)", "at_least(4)"),
    "what a closure does": (PRICES, "coins >= amount", "coins > amount"),
    "a partial's argument": (PRICES, "functools.partial(max, 2)", "functools.partial(max, 3)"),
    "a lambda in a table": (PRICES, "value > 2", "value > 3"),
    "an enum's value": (PRICES, 'LARGE = "large"', 'LARGE = "big"'),
    "a rule's sentence": (SALE, "{hour}.", "{hour}!"),
    "a rule's remedy": (SALE, '"Come back."', '"Come again."'),
    "a rule's source": (SALE, '"Come back.", "door"', '"Come back.", "gate"'),
    "what a rule reads": (SALE, '"Come back.", "door"', '"Come back.", "door", reads_event=True'),
    "whom a rule reads": (SALE, '"Come back.", "door"', '"Come back.", "door", reads_actor=True'),
    "a rule's check": (SALE, '"hour": 9', '"hour": 10'),
    "a field of memory": (SALE, "    coins: int = 0\n", "    coins: int = 0\n    more: int = 0\n"),
    "a field of an event": (SALE, "    coins: int = 1\n", "    coins: int = 1\n    note: str = ''\n"),
    "a field's default": (SALE, "coins: int = 1", "coins: int = 2"),
    "a deadline": (SALE, "now + PATIENCE", "now + 2 * PATIENCE"),
    "a constant of a deadline": (SALE, "timedelta(days=2)", "timedelta(days=3)"),
    "what is remembered": (SALE, "memory.coins + event.coins", "memory.coins"),
    "a title": (SALE, '"Waits for coins"', '"Waits"'),
    "who is asked": (SALE, '"the customer"', '"somebody"'),
    "a role": (SALE, ', "owner"}', "}"),
    "another procedure that is used": (SALE, "version=4", "version=5"),
}


def test_what_changes_the_meaning_changes_the_fingerprint(sale):
    """Anything a running procedure would decide differently, remember differently or say differently."""
    plain = fingerprint(sale())
    assert {what for what, edit in ANOTHER.items() if fingerprint(sale(*edit)) == plain} == set()


def test_the_order_of_moves_counts():
    """The first that holds is taken, so another order is another procedure."""
    fragile = Move(Declined, "paying", "returned", when=is_fragile)
    first, second = (declare(moves=[*MOVES[:place], fragile, *MOVES[place:]]) for place in (1, 2))
    assert fingerprint(first) != fingerprint(second)


def test_a_released_definition_may_move_to_another_file(sale):
    """So that the next version can take its place: where something stands has no meaning."""
    assert fingerprint(sale(moved=True)) == fingerprint(sale())


def test_it_is_the_same_in_every_process(sale, tmp_path):
    """Whatever the seed of string hashes, wherever objects lie in memory, and wherever the project does."""
    place = tmp_path / "elsewhere"
    for path, source in FILES.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(source)
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"  # another than here
    code = "from kiosk.sale import SALE; from paystates.engine import fingerprint; print(fingerprint(SALE))"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([str(place), str(ROOT)])}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == fingerprint(sale())


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
