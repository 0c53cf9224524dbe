"""What one decision costs, beside the table underneath it and beside another state machine library.

The machine is the same everywhere: two states, one event that leads back and forth, three guards that look at memory.
`python benchmarks/decide.py`
"""

import platform
import statistics
import timeit
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any, Literal

from statemachine import State, StateMachine
from transitions import Machine

from paystates.engine import Action, Actor, Ask, End, GaveUp, Memory, Moment, Move, Procedure, Rule, Verdict

NOW = datetime(2026, 3, 2, tzinfo=UTC)
REPEATS = 15
SECONDS_A_REPEAT = 0.05


class Till(Memory):
    """What the guards look at."""

    open: bool = True
    coins: int = 3
    keeper: str = "anna"


class Pay(Action):
    """Leads from asking to paid."""

    kind: Literal["pay"] = "pay"


class Reset(Action):
    """Leads from paid to asking."""

    kind: Literal["reset"] = "reset"


def _tomorrow(memory: Till, now: datetime) -> datetime:
    return now + timedelta(days=1)


def _closed(moment: Moment[Till, Pay]) -> Mapping[str, object] | None:
    return None if moment.memory.open else {"hour": 9}


def _too_few(moment: Moment[Till, Pay]) -> Mapping[str, object] | None:
    return None if moment.memory.coins >= 3 else {"coins": moment.memory.coins}


def _nobody(moment: Moment[Till, Pay]) -> Mapping[str, object] | None:
    return None if moment.memory.keeper else {}


RULES = (
    Rule("CLOSED", _closed, "Closed until {hour}.", "Come back at {hour}.", ""),
    Rule("TOO_FEW", _too_few, "{coins} coins are too few.", "Bring three.", ""),
    Rule("NOBODY", _nobody, "Nobody is at the till.", "Ring the bell.", ""),
)
PROCEDURE: Procedure[Till] = Procedure(
    name="till",
    version=1,
    memory=Till,
    initial="asking",
    states={
        "asking": Ask("a customer", _tomorrow, "Waits for coins"),
        "paid": Ask("the keeper", _tomorrow, "Waits for the keeper"),
        "over": End(Verdict.DONE, "Over"),
    },
    moves=[
        Move(Pay, "asking", "paid", given=RULES, by=frozenset({"customer"})),
        Move(Reset, "paid", "asking", given=RULES, by=frozenset({"customer"})),
        Move(GaveUp, ("asking", "paid"), "over"),
    ],
)


class _Model:
    """The model of the bare machine: its guards answer booleans."""

    state: str

    def __init__(self, till: Till) -> None:
        self.till = till

    def is_open(self, _: Any) -> bool:
        """Like the first rule."""
        return self.till.open

    def has_enough(self, _: Any) -> bool:
        """Like the second rule."""
        return self.till.coins >= 3

    def has_keeper(self, _: Any) -> bool:
        """Like the third rule."""
        return bool(self.till.keeper)


def bare_transitions() -> Callable[[], Any]:
    """One trigger of the table underneath, without rules, refusals, snapshots or memory."""
    model = _Model(Till())
    guards: list[str | Callable[..., bool | None]] = ["is_open", "has_enough", "has_keeper"]
    machine = Machine(model, states=["asking", "paid"], initial="asking", auto_transitions=False, send_event=True)
    machine.add_transition("pay", "asking", "paid", conditions=guards)
    machine.add_transition("pay", "paid", "asking", conditions=guards)
    trigger = machine.events["pay"].trigger
    return lambda: trigger(model)


class _Other(StateMachine):
    """The same with python-statemachine."""

    asking = State(initial=True)
    paid = State()
    pay = asking.to(paid, cond=["is_open", "has_enough", "has_keeper"]) | paid.to(
        asking, cond=["is_open", "has_enough", "has_keeper"]
    )

    def __init__(self, till: Till) -> None:
        self.till = till
        super().__init__()

    def is_open(self) -> bool:
        """Like the first rule."""
        return self.till.open

    def has_enough(self) -> bool:
        """Like the second rule."""
        return self.till.coins >= 3

    def has_keeper(self) -> bool:
        """Like the third rule."""
        return bool(self.till.keeper)


def python_statemachine() -> Callable[[], Any]:
    """One event of the other library."""
    machine = _Other(Till())
    return lambda: machine.send("pay")


def microseconds(call: Callable[[], Any]) -> float:
    """How long a call takes: the median of the repeats."""
    timer = timeit.Timer(call)
    number = max(1, int(SECONDS_A_REPEAT / (timer.timeit(200) / 200)))
    return statistics.median(timer.repeat(REPEATS, number)) / number * 1e6


def measurements() -> list[tuple[str, float]]:
    """What was measured, and microseconds."""
    content = PROCEDURE.begin(Till(), NOW)
    unhappy = PROCEDURE.begin(Till(open=False, coins=1, keeper=""), NOW)
    customer, passer_by, pay, reset = Actor("per", frozenset({"customer"})), Actor("kim"), Pay(), Reset()
    decide = PROCEDURE.decide
    return [
        ("decide, three rules: moved", microseconds(lambda: decide(content, pay, customer, NOW))),
        ("decide, three rules and a role: four refusals", microseconds(lambda: decide(unhappy, pay, passer_by, NOW))),
        ("decide: not possible in this state", microseconds(lambda: decide(content, reset, customer, NOW))),
        ("bare transitions, three guards: moved", microseconds(bare_transitions())),
        ("python-statemachine, three guards: moved", microseconds(python_statemachine())),
    ]


def main() -> None:
    """Measure, and print a table."""
    rows = measurements()
    width = max(len(name) for name, _ in rows)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("transitions", "python-statemachine", "pydantic"))
    print(f"One decision, in microseconds (median of {REPEATS}; Python {platform.python_version()}, {libraries})")
    for name, taken in rows:
        print(f"  {name:<{width}}  {taken:8.1f}")


if __name__ == "__main__":
    main()
