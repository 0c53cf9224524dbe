"""The memory of the scripted bank: its intents, whose plans come true as time passes, its keys, outages and calls.

What an intent looks like now, what the ledger says about it and what is announced are folds over its moments. Nothing
here reads a clock; an intent keeps the latest instant at which it was looked at, and never goes back behind it, because
callers with virtual clocks of their own may be a little apart.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from gateways.checks import Checked, Renewed, Saved
from gateways.port import Charge, DeclineCode, Intent, IntentStatus, MethodDetails, Notification
from gateways.script import Hold, Outcome, Step, Telling

METHOD_GONE = DeclineCode(provider="payment_method_gone")
NOT_AUTHENTICATED = DeclineCode(provider="authentication_required")


class BankEntryKind(StrEnum):
    """What moves money at the bank: a charge to the merchant; a return or a chargeback away from it."""

    CHARGE = "charge"
    RETURN = "return"
    CHARGEBACK = "chargeback"


_ENTRY_KINDS = {
    IntentStatus.SUCCEEDED: BankEntryKind.CHARGE,
    IntentStatus.RETURNED: BankEntryKind.RETURN,
    IntentStatus.CHARGED_BACK: BankEntryKind.CHARGEBACK,
}


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One line of the bank's own ledger. `amount` in minor units, always positive: `kind` says which way it went."""

    at: datetime
    intent_id: str
    reference: str
    token: str
    amount: int
    currency: str
    kind: BankEntryKind


@dataclass(frozen=True, slots=True)
class Moment:
    """From `at` (UTC) on, the intent stands like this."""

    at: datetime
    status: IntentStatus
    decline: DeclineCode | None = None
    expected_by: datetime | None = None
    method_gone: bool = False


@dataclass(frozen=True, slots=True)
class Life:
    """An intent with its moments, past and planned, in order of time; `clock` is how far it has got.

    `step` is the script's step it was confirmed with, None before that.
    """

    id: str
    charge: Charge
    clock: datetime
    moments: tuple[Moment, ...]
    step: Step | None = None

    @classmethod
    def opened(cls, intent_id: str, charge: Charge, now: datetime) -> "Life":
        """A new intent: unconfirmed, with no money moved."""
        return cls(intent_id, charge, now, (Moment(now, IntentStatus.UNCONFIRMED),))

    def at(self, now: datetime) -> "Life":
        """The same intent at `now`, or where it is already when that is later."""
        return replace(self, clock=now) if now > self.clock else self

    @property
    def past(self) -> tuple[Moment, ...]:
        """The moments that have come true."""
        return tuple(moment for moment in self.moments if moment.at <= self.clock)

    @property
    def moment(self) -> Moment:
        """The latest that has come true."""
        return next(moment for moment in reversed(self.moments) if moment.at <= self.clock)

    @property
    def status(self) -> IntentStatus:
        """Where the intent stands."""
        return self.moment.status

    @property
    def intent(self) -> Intent:
        """The intent in the words of the port."""
        moment, charge = self.moment, self.charge
        return Intent(
            id=self.id,
            reference=charge.reference,
            status=moment.status,
            token=charge.token,
            amount=charge.amount,
            currency=charge.currency,
            decline=moment.decline,
            expected_by=moment.expected_by,
            method_gone=moment.method_gone,
        )

    def confirmed(self, step: Step) -> "Life":
        """Charged as the step says, from the intent's clock on. Only an unconfirmed intent changes."""
        if self.status is not IntentStatus.UNCONFIRMED:
            return self
        return replace(self, step=step, moments=(*self.past, *_plan(step, self.clock)))

    def cancelled(self) -> "Life":
        """Fenced: what was planned will not happen. Only an unconfirmed intent or one that requires action changes."""
        if self.status not in {IntentStatus.UNCONFIRMED, IntentStatus.ACTION_REQUIRED}:
            return self
        return replace(self, moments=(*self.past, Moment(self.clock, IntentStatus.CANCELLED)))

    def authenticated(self, *, ok: bool) -> "Life":
        """The customer has authenticated, or has failed to. Only an intent that requires action changes."""
        if self.status is not IntentStatus.ACTION_REQUIRED or self.step is None or self.step.action_required is None:
            return self
        failed = (Moment(self.clock, IntentStatus.DECLINED, NOT_AUTHENTICATED),)
        ending = _ending(self.step, self.step.action_required.then, self.clock) if ok else failed
        return replace(self, moments=(*self.past, *ending))

    def entries(self) -> list[BankEntry]:
        """What the bank's ledger says about it so far."""
        charge = self.charge
        return [
            BankEntry(moment.at, self.id, charge.reference, charge.token, charge.amount, charge.currency, kind)
            for moment in self.past
            if (kind := _ENTRY_KINDS.get(moment.status))
        ]

    def announcements(self) -> list[Notification]:
        """What is announced about it, past and planned, in order of delivery; `at` is when it is delivered.

        Reordered means in pairs: the first is held back until the second is due, and comes after it.
        """
        telling = self.step.notifications if self.step else Telling.IN_ORDER
        if telling is Telling.NONE:
            return []
        notes = [note for number, moment in enumerate(self.moments) for note in self._announced(number, moment)]
        if telling is Telling.DUPLICATE:
            return [note for note in notes for _ in range(2)]
        if telling is Telling.REORDERED:
            pairs = zip(notes[::2], notes[1::2], strict=False)
            swapped = [note for early, late in pairs for note in (late, replace(early, at=late.at))]
            return swapped + notes[len(swapped) :]
        return notes

    def _announced(self, number: int, moment: Moment) -> list[Notification]:
        if moment.status is IntentStatus.UNCONFIRMED:
            return []
        of_charge = (self.id, self.charge.reference, self.charge.token)
        notes = [Notification(f"{self.id}.{number}", f"intent.{moment.status}", moment.at, *of_charge)]
        if moment.method_gone:
            notes.append(Notification(f"{self.id}.{number}.gone", "method.gone", moment.at, *of_charge))
        return notes


def _plan(step: Step, now: datetime) -> tuple[Moment, ...]:
    if step.gone:
        return (Moment(now, IntentStatus.DECLINED, METHOD_GONE, method_gone=True),)
    if action := step.action_required:
        waiting = Moment(now, IntentStatus.ACTION_REQUIRED)
        if action.completed_after is None:
            return (waiting,)
        return (waiting, *_ending(step, action.then, now + action.completed_after))
    if late := step.late:
        promised = late.after if late.expected_after is None else late.expected_after
        processing = Moment(now, IntentStatus.PROCESSING, expected_by=now + promised)
        return (processing, *_ending(step, late.then, now + late.after))
    return _ending(step, step, now)


def _ending(step: Step, outcome: Outcome, at: datetime) -> tuple[Moment, ...]:
    if outcome.decline:
        return (Moment(at, IntentStatus.DECLINED, outcome.decline.code),)
    charged = Moment(at, IntentStatus.SUCCEEDED)
    if returned := step.returned_after:
        code = DeclineCode(network=returned.code)
        return (charged, Moment(at + returned.after, IntentStatus.RETURNED, code))
    if step.charged_back_after is not None:
        return (charged, Moment(at + step.charged_back_after, IntentStatus.CHARGED_BACK))
    return (charged,)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the port. `outcome` is what the caller was told: the status of the intent or check, or a word of `OUTCOMES`."""

    method: str
    at: datetime
    reference: str | None
    intent_id: str | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Held:
    """A confirm that stands still at `point` until it is released."""

    intent_id: str
    reference: str
    point: Hold


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered under an idempotency key: to which request, and when."""

    request: Charge | str
    intent: Intent
    at: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """The bank is out of reach from `since` to `until`, or for `left` more calls."""

    since: datetime
    until: datetime | None
    left: int


@dataclass(slots=True)
class BankState:
    """All that the bank remembers. `to_json` and `from_json` lose nothing."""

    lives: dict[str, Life] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    steps_taken: dict[str, int] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    removed: dict[str, datetime] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    checks: dict[str, Checked] = field(default_factory=dict)
    savings: dict[str, Saved] = field(default_factory=dict)
    details: dict[str, MethodDetails] = field(default_factory=dict)
    renewed: list[Renewed] = field(default_factory=list)

    def to_json(self) -> bytes:
        """The state as JSON."""
        return _STATE.dump_json(self)

    @classmethod
    def from_json(cls, text: bytes) -> "BankState":
        """The state that `to_json` wrote. Raises `ValueError` for anything else."""
        return _STATE.validate_json(text)


_STATE = TypeAdapter(BankState)
