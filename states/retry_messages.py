"""What a charge-retry remembers, and the actions that people and services may send to it."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field

from domain.accounts import Initiator
from paystates.engine import Action, Cancel
from paystates.engine import Memory as BaseMemory
from states import debts as ask


class Memory(BaseMemory):
    """What a retry remembers. `debt` is as last read; budgets are the book's (law 8).

    `account`: whose debt it was, known when there was nothing to read of it any more; `time_zone` is that account's.

    `asides` counts how often in turn another procedure's open attempt stood in the way.

    `charge_now`, `rebound`: a method was bound or corrected since the debt was last read, to be charged at once or not.
    """

    invoice: str
    charge_now: bool = False
    rebound: bool = False
    hint: int | None = None
    debt: ask.Debt | None = None
    open_attempt: int | None = None
    attempt_under_way: bool = False
    initiator: Initiator = Initiator.MERCHANT
    automatic: bool = True
    held: bool = False
    resumed: bool = False
    expire: bool = False
    until: datetime | None = None
    look_ups: int = 0
    tries: int = 0
    asked_last: bool = False
    asides: int = 0
    last: str = ""
    reason: str = ""
    account: str | None = None
    time_zone: str = "UTC"


class RetryNow(Action):
    """Charge now instead of at the next slot, which is thereby used up. Obeys waits, caps and `never` (U14)."""

    kind: Literal["retry_now"] = "retry_now"


class Hold(Action):
    """Stop charging until `resume`; the hold ends with the window."""

    kind: Literal["hold"] = "hold"


class Resume(Action):
    """Go on after a hold: the next date counts."""

    kind: Literal["resume"] = "resume"


class SkipAttempt(Action):
    """Use up the next slot without an attempt."""

    kind: Literal["skip_attempt"] = "skip_attempt"


class WriteOff(Action):
    """Give the rest of the debt up, with a reason."""

    kind: Literal["write_off"] = "write_off"
    reason: str = ""


class LookUpAgain(Action):
    """Ask the provider again what became of the attempt."""

    kind: Literal["look_up_again"] = "look_up_again"


class MethodReplaced(Action):
    """Another method may be bound now. It is charged at the next slot; at once only when asked, or when no slot is left."""

    wakes: ClassVar[bool] = True
    kind: Literal["method_replaced"] = "method_replaced"
    charge_now: bool = False


class DetailsUpdated(Action):
    """The bound method's details may have been corrected."""

    wakes: ClassVar[bool] = True
    kind: Literal["details_updated"] = "details_updated"
    charge_now: bool = False


class BalanceChanged(Action):
    """A payment, a credit or a void may have been booked: the book is asked (law 2)."""

    wakes: ClassVar[bool] = True
    kind: Literal["balance_changed"] = "balance_changed"


class ProviderNotified(Action):
    """The provider told us something about an attempt: the provider is asked, the message is never believed (law 2)."""

    wakes: ClassVar[bool] = True
    kind: Literal["provider_notified"] = "provider_notified"
    attempt: int | None = Field(default=None, ge=1)


ChargeRetryAction = Annotated[
    RetryNow
    | Hold
    | Resume
    | SkipAttempt
    | WriteOff
    | LookUpAgain
    | MethodReplaced
    | DetailsUpdated
    | BalanceChanged
    | ProviderNotified
    | Cancel,
    Discriminator("kind"),
]
"""Everything a person or a service may send to a charge-retry."""
