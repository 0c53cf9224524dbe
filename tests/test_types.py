"""The type checker refuses what the engine would: wrong answers, foreign memories, mutation."""

import re
from pathlib import Path

from mypy import api

ROOT = Path(__file__).parents[1]
SNIPPET = """
from datetime import datetime
from typing import Literal
from paystates.engine import (
    Actor, Effects, End, Errand, Event, Memory, Move, Moved, Procedure, Refused, Request, Run, Snapshot,
)

class Paid(Event):
    kind: Literal["paid"] = "paid"

class Declined(Event):
    kind: Literal["declined"] = "declined"

class Stranger(Event):
    kind: Literal["stranger"] = "stranger"

class Pay(Request[Paid | Declined]):
    kind: Literal["pay"] = "pay"

class Till(Memory):
    coins: int = 0

class Other(Memory):
    pass

effects: Effects[str] = Effects()

@effects.implements(Pay)
def one_answer(desk: str, errand: Errand[Pay]) -> Paid:
    raise NotImplementedError

@effects.implements(Pay)
def either_answer(desk: str, errand: Errand[Pay]) -> Paid | Declined:
    raise NotImplementedError

@effects.implements(Pay)  # refused: a foreign answer
def foreign_answer(desk: str, errand: Errand[Pay]) -> Paid | Stranger:
    raise NotImplementedError

@effects.implements(Pay)  # refused: another desk
def other_desk(desk: int, errand: Errand[Pay]) -> Paid:
    raise NotImplementedError

def taken(till: Procedure[Till], here: Snapshot[Till], event: Event, actor: Actor, now: datetime) -> None:
    till.decide(here, event, "anna", now)  # refused: a name is no actor
    till.begin(Other(), now)  # refused: another memory
    here.visit = 2  # refused: frozen
    for_sure = till.decide(here, event, actor, now).snapshot  # refused: perhaps it was refused
    match till.decide(here, event, actor, now):
        case Moved(snapshot):
            snapshot.memory.coins.bit_length()
            snapshot.memory.notes  # refused: no such field
        case Refused(refusals):
            refusals[0].sentence.upper()

def in_an_hour(memory: Till) -> datetime:
    raise NotImplementedError

Run(Paid, in_an_hour, "Pays")  # refused: an event is no request
Move(Pay, "a", "b")  # refused: a request is no event
End("done", "Done")  # refused: a verdict is one of four
"""


def test_the_type_checker_refuses_what_the_engine_would(tmp_path):
    """Every line marked as refused is an error, and no other line is."""
    file = tmp_path / "snippet.py"
    file.write_text(SNIPPET)
    configuration = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    told, errors, _ = api.run([*configuration, "--no-error-summary", "--hide-error-context", str(file)])
    assert not errors
    found = {int(number) for number in re.findall(r"snippet\.py:(\d+): error", told)}
    expected = {number for number, line in enumerate(SNIPPET.splitlines(), 1) if "# refused" in line}
    assert found == expected, told
