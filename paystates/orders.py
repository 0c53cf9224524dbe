"""What may be ordered at the front desk, and how an order fails: plain data, without Temporal.

Errors: `PaystatesError` is the root; `Refused` carries every refusal, `NotFound` names what is not there, `AlreadyOver` that it
has ended, `Unreachable` says that the server cannot be asked, `BadOrder` that an action is malformed.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from paystates.engine import Action, Refusal
from states.charge_retry import ChargeRetryAction

_action: TypeAdapter[Any] = TypeAdapter(ChargeRetryAction)


class PaystatesError(Exception):
    """The root of what the front desk raises."""


class Refused(PaystatesError):
    """The order was refused: all the reasons, each with its remedy. Nothing has changed."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(" ".join(f"{refusal.sentence} {refusal.remedy}" for refusal in self.refusals))


class NotFound(PaystatesError):
    """There is no such procedure."""


class AlreadyOver(PaystatesError):
    """The procedure has ended; there is nothing left to act on."""


class Unreachable(PaystatesError):
    """The Temporal server, or a worker to answer, cannot be reached."""


class BadOrder(PaystatesError):
    """The action is malformed: the sentence names the field and the remedy."""


def charge_retry_id(invoice: str) -> str:
    """The id of the procedure that collects an invoice."""
    return f"charge-retry/{invoice}"


def read_action(data: dict[str, Any]) -> Action:
    """An action from plain data, such as a command line's; `BadOrder` names every field that is wrong."""
    try:
        action: Action = _action.validate_python(data)
    except ValidationError as error:
        raise BadOrder("; ".join(_sentence(detail["loc"], detail["msg"]) for detail in error.errors())) from None
    return action


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    field = ".".join(str(part) for part in place[1:])
    return f"{field}: {message}" if field else message
