"""What may be ordered at the front desk, and how an order fails: plain data, without Temporal.

PaystatesError       the root of what the front desk raises; each says what to do
├── Refused          the order was refused: carries every refusal
├── OtherRequest     another request for the same subject is running: carries its id
├── NotFound         there is no such procedure, or no such namespace
├── AlreadyOver      it has ended; nothing is left to act on
├── NoOutcome        it was stopped in Temporal, without an end of its own
├── TimedOut         no answer in time: what was ordered may still be done
├── Unreachable      the server cannot be reached
│   └── Unanswered   the server can, but no worker answers for the procedure
├── NotPermitted     the server does not let us in
└── BadOrder         the order is malformed: names the field and the remedy
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter, ValidationError

from domain.card_numbers import card_numbers
from paystates.engine import Action, Memory, Refusal
from paystates.faults import faults
from paystates.temporal.messages import BOOK_AWAY

if TYPE_CHECKING:  # all procedures at once are slow to import, and who only looks at one needs none
    from states.procedures import Declared

PATIENCE: Final = 30.0
"""Seconds in which a question or an order must be answered, unless the caller says otherwise."""

_NUMBER = Refusal(
    "NUMBER_IMMUTABLE",
    "A card or account number is never taken in, and that of a payment method on file cannot be changed.",
    "Add the other card or account by the provider’s token; replace the old payment method by it, then delete that.",
    "G20, G34",
    helps="replace-all",
)
"""Said before anything is sent: what is sent would be kept."""


class PaystatesError(Exception):
    """The root of what the front desk raises."""


class Refused(PaystatesError):
    """The order was refused: all the reasons, each with its remedy. Nothing has changed."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(" ".join(f"{refusal.sentence} {refusal.remedy}" for refusal in self.refusals))

    @property
    def cannot_tell(self) -> bool:
        """Nobody could consider the order, since the account book was away: sent again, it may be accepted."""
        return any(refusal.code == BOOK_AWAY.code for refusal in self.refusals)

    @property
    def nothing_possible(self) -> bool:
        """No order at all is possible where it stands: it has ended, or works its way to the end."""
        return any(one.code == "NOT_POSSIBLE_NOW" and one.facts.get("possible") == "nothing" for one in self.refusals)


class OtherRequest(PaystatesError):
    """Another request for the same subject is running: `subject` is its id. Nothing has changed."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        remedy = f"look at it with `paystates view {subject}`, and act on it, cancel it or wait for its end"
        super().__init__(f"another request is running as {subject}: {remedy}")


class NotFound(PaystatesError):
    """There is no such procedure, or the server has no such namespace."""


class AlreadyOver(PaystatesError):
    """The procedure has ended; there is nothing left to act on."""


class NoOutcome(PaystatesError):
    """It was terminated, or failed, in Temporal: there is no end of its own. What it did stands in the account book."""


class TimedOut(PaystatesError):
    """No answer came in time. What was ordered may still be done: look again, or repeat it as the sentence says."""


class Unreachable(PaystatesError):
    """The Temporal server, or a worker to answer, cannot be reached. Nothing was ordered."""


class Unanswered(Unreachable):
    """The server answers, but no worker for this procedure does just now."""


class NotPermitted(PaystatesError):
    """The server does not let us in: TLS, the API key, or what it allows."""


class BadOrder(PaystatesError):
    """The order is malformed: the sentence names the field and the remedy."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """A procedure that is to be started: its id, its declaration, and the start data as JSON types."""

    subject: str
    declared: "Declared"
    data: Mapping[str, Any]

    @property
    def definition(self) -> str:
        """The version it is pinned to."""
        return self.declared.newest.id

    @property
    def memory(self) -> Memory:
        """What it remembers at first."""
        return self.declared.memory.model_validate(self.data)

    @property
    def request(self) -> dict[str, Any]:
        """What makes it this request: who starts it, and what is chosen. A start with other hints is the same one."""
        return {name: value for name, value in self.data.items() if name not in self.declared.hints}

    @property
    def headline(self) -> str:
        """What it is about, in one line."""
        newest = self.declared.newest
        return newest.headline(self.memory) if newest.headline else self.subject


def begin(procedure: str, data: Mapping[str, Any]) -> Beginning:
    """Check what a procedure is to be started with. Raises `BadOrder`, and `Refused` when a number is in it (law 6)."""
    from states.procedures import DECLARED  # noqa: PLC0415 - see above

    declared = DECLARED.get(procedure)
    if declared is None:
        raise BadOrder(f"there is no procedure {procedure!r}: use one of {', '.join(DECLARED)}")
    given = {name: value for name, value in data.items() if value is not None}
    refuse_numbers(given)
    _refuse_nul(given)
    unknown = [name for name in given if name not in declared.may_set]
    if unknown:
        raise BadOrder(f"{unknown[0]}: {procedure} is not started with that: use {', '.join(declared.may_set)}")
    if declared.has_actor and not str(given.get("actor", "-")).strip():
        raise BadOrder("actor: say who starts it")
    if "chosen" in given and "new" in given:
        raise BadOrder("chosen, new: give only one of them, a payment method on file or one to be added")
    try:
        memory = declared.memory.model_validate(given)
    except ValidationError as error:
        raise BadOrder(faults(error, declared.memory)) from None
    kept = memory.model_dump(mode="json", include=set(declared.may_set), exclude_defaults=True)
    if not kept.get(declared.about[0]):
        raise BadOrder(f"{declared.about[0]}: say what {procedure} is about")
    return Beginning(declared.subject(kept), declared, kept)


def stopped(subject: str) -> NoOutcome:
    """Said of what ended otherwise than by itself."""
    told = f"{subject} has no outcome: it was stopped in Temporal"
    return NoOutcome(f"{told}. The account book has what it did (`paystates view`): start it again, and it goes on")


def charge_retry_id(invoice: str) -> str:
    """The id of the procedure that collects an invoice."""
    return f"charge-retry/{invoice}"


def read_action(data: Mapping[str, Any], subject: str = "charge-retry") -> Action:
    """An action from plain data, such as a command line's, for the procedure that an id belongs to.

    `BadOrder` names every field that is wrong; `Refused` when a number is in it (law 6).
    """
    from states.procedures import DECLARED, declared_of  # noqa: PLC0415 - see above

    declared = declared_of(subject)
    if declared is None:
        raise BadOrder(f"there is no procedure {subject.partition('/')[0]!r}: use one of {', '.join(DECLARED)}")
    refuse_numbers(data)
    _refuse_nul(data)
    try:
        action: Action = _actions_of(declared.name).validate_python(dict(data))
    except ValidationError as error:
        kind = declared.newest.actions.get(str(data.get("kind")))
        raise BadOrder(faults(error, kind, skip=1)) from None
    return action


def refuse_numbers(data: Any) -> None:
    """`Refused` when something in the data is a card or account number, or a field of that name is given (G20, law 6)."""
    if next(card_numbers(data), None) is not None or _names_a_number(data):
        raise Refused((_NUMBER,))


def _refuse_nul(data: Any, field: str = "") -> None:
    """`BadOrder` for a text with a NUL in it: PostgreSQL keeps none, so what was ordered could never be written down."""
    if isinstance(data, str) and "\0" in data:
        raise BadOrder(f"{field}: it has the character NUL, which is no part of a text: leave it out")
    if isinstance(data, Mapping):
        for name, value in data.items():
            _refuse_nul(value, f"{field}.{name}" if field else str(name))
    if isinstance(data, list | tuple):
        for value in data:
            _refuse_nul(value, field)


def _names_a_number(data: Any) -> bool:
    if isinstance(data, Mapping):
        return any((name == "number" and value is not None) or _names_a_number(value) for name, value in data.items())
    return isinstance(data, list | tuple) and any(_names_a_number(one) for one in data)


@cache
def _actions_of(procedure: str) -> TypeAdapter[Any]:
    from states.procedures import DECLARED  # noqa: PLC0415 - see above

    return TypeAdapter(DECLARED[procedure].action)
