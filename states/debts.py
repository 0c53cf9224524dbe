"""What a procedure asks about a debt, and what it may be answered: the messages between charge-retry and the world.

Every answer that lets a procedure go on brings the debt as the effect left it, read in the effect's own transaction (law 2).
"""

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from domain.accounts import Initiator
from domain.decline_table import Category, Reason
from domain.ledger import Ended
from paystates.engine import Event, Request


class Debt(BaseModel):
    """A debt in numbers. `balance` in minor units; `next_at` is the next slot's instant, None when no slot is left.

    `method` is the label of the method bound now (None: none is bound), `card_owner` who added it when it is a card (G3).
    `chargeable` is False when automatic charging must wait for another or a corrected method (C9). `manual`: nobody is charged
    automatically (G68). `profile` is the billing profile that pays, None where a subscription pays by itself. `not_before` is how
    long a network or a bank asked to wait. `tried`: the bank has been asked to charge the method bound now for this debt since
    its details were last corrected. `mails` are the notices that were written about it so far. Dates are told in `time_zone`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    account: str
    balance: int
    currency: str
    slots: int
    used: int
    window_ends: datetime
    attempts: int = 0
    method: str | None
    card_owner: str | None
    chargeable: bool
    manual: bool = False
    profile: str | None
    next_slot: int | None
    next_at: datetime | None = None
    not_before: datetime | None
    tried: bool = False
    mails: int = 0
    time_zone: str = "UTC"


class Opened(Event):
    """Something is due, and no attempt is open."""

    kind: Literal["opened"] = "opened"
    debt: Debt


class NothingDue(Event):
    """The balance is zero or below: `ended` says by what, None when nothing was ever due.

    `collected`: what ended it was a charge of this very procedure. `account` is whose debt it was, `time_zone` that account's.
    """

    kind: Literal["nothing_due"] = "nothing_due"
    ended: Ended | None = None
    collected: bool = False
    account: str | None = None
    time_zone: str = "UTC"


class AttemptOpen(Event):
    """An attempt of this very procedure is open: it must be looked up, never repeated."""

    kind: Literal["attempt_open"] = "attempt_open"
    attempt: int
    debt: Debt


class NoSuchInvoice(Event):
    """The book has no such invoice."""

    kind: Literal["no_such_invoice"] = "no_such_invoice"


class Charged(Event):
    """The money was taken, and booked."""

    kind: Literal["charged"] = "charged"
    attempt: int
    debt: Debt


class Clearing(Event):
    """A bank debit was accepted; its result comes later, at the latest by `expected_by` as the bank says."""

    kind: Literal["clearing"] = "clearing"
    attempt: int
    expected_by: datetime


class Declined(Event):
    """The issuer or the bank said no. The notice is written (law 7)."""

    kind: Literal["declined"] = "declined"
    attempt: int
    category: Category
    reason: Reason
    debt: Debt


class ActionRequired(Event):
    """The customer must authenticate, by `until` (G23). Not a decline."""

    kind: Literal["action_required"] = "action_required"
    attempt: int
    until: datetime


class OutcomeUnknown(Event):
    """Whether money moved is not known: it must be looked up (law 3)."""

    kind: Literal["outcome_unknown"] = "outcome_unknown"
    unknown: ClassVar[bool] = True


class Postponed(Event):
    """Nothing was sent, and nobody is mailed: `why` in brief. `debt.next_at` is the next try, None when no slot is left.

    `aside`: another procedure has an attempt of this debt open, which is not ours to look up (law 1).
    """

    kind: Literal["postponed"] = "postponed"
    why: str
    debt: Debt
    aside: bool = False


class MethodNeeded(Event):
    """Nothing was sent: no method may be charged until another is bound or this one is corrected. A reminder is written."""

    kind: Literal["method_needed"] = "method_needed"
    why: str
    debt: Debt


class NotCharged(Event):
    """It is certain that the attempt took nothing, and that it never will."""

    kind: Literal["not_charged"] = "not_charged"
    attempt: int
    debt: Debt


class Reopened(Event):
    """What was taken came back: a returned debit or a chargeback. The reversal is booked (law 8)."""

    kind: Literal["reopened"] = "reopened"
    attempt: int
    cause: Literal["returned", "charged_back"]


class Unchanged(Event):
    """The attempt is another procedure's, which looks it up itself."""

    kind: Literal["unchanged"] = "unchanged"


class StillUnknown(Event):
    """The provider could not be asked, or cannot tell yet."""

    kind: Literal["still_unknown"] = "still_unknown"
    unknown: ClassVar[bool] = True


class Skipped(Event):
    """A slot was used up without an attempt."""

    kind: Literal["skipped"] = "skipped"
    debt: Debt


class WrittenOff(Event):
    """The rest of the debt was written off; `amount` in minor units."""

    kind: Literal["written_off"] = "written_off"
    amount: int


class Closed(Event):
    """The attempts are over: the final notice is written, the subscription is past due, the debt stays due."""

    kind: Literal["closed"] = "closed"
    debt: Debt


class OpenDebt(Request[Opened | NothingDue | AttemptOpen | NoSuchInvoice]):
    """Read the debt; the first time, pin its plan and calendar (law 8).

    `hint`: an attempt the provider told us about. `resumed`: after a hold the next date counts, those that passed do not.
    """

    kind: Literal["open_debt"] = "open_debt"
    local: ClassVar[bool] = True
    timeout: ClassVar[timedelta] = timedelta(seconds=10)
    invoice: str
    hint: int | None = None
    resumed: bool = False


class Charge(
    Request[Charged | Clearing | Declined | ActionRequired | OutcomeUnknown | Postponed | MethodNeeded | NothingDue | AttemptOpen]
):
    """Make one attempt with the method that is bound now (law 3, law 4).

    `attempt` is its number, fixed before it is sent: the row of that number is what a look-up closes.
    `automatic`: the plan asks, so a day lies between two, and `slot` is not used up; else somebody asked, and pre-empts `slot`.
    `slot` None: no slot is left, and somebody asked to charge a new method at once.
    """

    kind: Literal["charge"] = "charge"
    moves_money: ClassVar[bool] = True
    timeout: ClassVar[timedelta] = timedelta(seconds=60)
    invoice: str
    attempt: int
    slot: int | None
    automatic: bool = True
    initiator: Initiator = Initiator.MERCHANT


class LookUp(
    Request[Charged | Clearing | Declined | ActionRequired | NotCharged | Reopened | Postponed | Unchanged | StillUnknown]
):
    """Find out what became of an attempt: close its row first, then ask the provider (law 3). Sends no charge.

    `expire`: an authentication that was not completed is cancelled. So is one that the book has overtaken, whoever told of it
    (law 2): another method is bound, its details were corrected, less is owed, or a credit or void waits for the attempt.
    """

    kind: Literal["look_up"] = "look_up"
    looks_up: ClassVar[bool] = True
    timeout: ClassVar[timedelta] = timedelta(seconds=60)
    invoice: str
    attempt: int
    expire: bool = False


class SkipSlot(Request[Skipped | NothingDue | AttemptOpen]):
    """Use up a slot without an attempt."""

    kind: Literal["skip_slot"] = "skip_slot"
    local: ClassVar[bool] = True
    invoice: str
    slot: int


class WriteOffDebt(Request[WrittenOff | NothingDue | AttemptOpen]):
    """Write off what is still due. Waits while an attempt is open (law 6)."""

    kind: Literal["write_off_debt"] = "write_off_debt"
    local: ClassVar[bool] = True
    lasts: ClassVar[bool] = True
    invoice: str
    reason: str


class CloseDebt(Request[Closed | Postponed | NothingDue | AttemptOpen]):
    """The attempts are over: re-read the debt, then write the final notice and mark the subscription past due."""

    kind: Literal["close_debt"] = "close_debt"
    local: ClassVar[bool] = True
    invoice: str
