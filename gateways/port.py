"""The port to a payment provider: open an intent (moves no money), confirm it once, read it, cancel it; check and edit methods.

Law 3 in calls: `open_intent` may be repeated under its key; `confirm` is sent once and never again; whatever is unknown
afterwards is resolved with `read` or `find` and, when it was not confirmed, `cancel`. The keys of `open_intent` and of
`confirm` are apart, so one key may serve both; an adapter whose provider throws them together adds a suffix. Keys are
a second belt: they may be forgotten after 24 hours.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class GatewayUnavailable(Exception):
    """The provider could not be asked, or its reply was lost: what happened there is unknown."""


class NoSuchIntent(Exception):
    """The provider has no intent of that id or reference."""


class IntentStatus(StrEnum):
    """Where an intent stands at the provider. `succeeded` of a bank debit may still turn into `returned`."""

    UNCONFIRMED = "unconfirmed"
    ACTION_REQUIRED = "action_required"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    CHARGED_BACK = "charged_back"


@dataclass(frozen=True, slots=True)
class DeclineCode:
    """Why a charge did not happen, each code under its own source: `domain.declines.classify` reads it."""

    network_advice: str | None = None
    provider_advice: str | None = None
    network: str | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A charge as the provider knows it.

    `amount` in minor units; `expected_by` (UTC) is when a processing bank debit's result is due; `decline` also holds
    the code of a return; `method_gone` says that the provider no longer has the method.
    """

    id: str
    reference: str
    status: IntentStatus
    token: str
    amount: int
    currency: str
    decline: DeclineCode | None = None
    expected_by: datetime | None = None
    method_gone: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """What is asked of the provider.

    `reference` is ours and goes into the intent's metadata; `token` names the method; `amount` is positive, in minor
    units.
    """

    reference: str
    token: str
    amount: int
    currency: str
    off_session: bool = True


@dataclass(frozen=True, slots=True)
class Notification:
    """Something the provider tells us unasked: a wake-up, never believed (law 2).

    `kind` is `intent.` and a status, `method.gone`, or `method.updated` (its issuer renewed the card, G25). It may come
    twice (with one id), late, out of order or never.
    """

    id: str
    kind: str
    at: datetime
    intent_id: str | None = None
    reference: str | None = None
    token: str | None = None


class SetUpStatus(StrEnum):
    """Where the check of a token stands. Only what is `ready` may be put on file."""

    READY = "ready"
    ACTION_REQUIRED = "action_required"
    PASSWORD_REQUIRED = "password_required"  # noqa: S105 - a status, not a password
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SetUp:
    """The check of a token that is to be put on file, or of details that are to be saved. It moves no money.

    `reason` is the provider's code when it is refused, or when the last password was wrong. `country` is where the method was
    issued, None when the provider does not say: it goes over what anybody else says (G15).
    """

    reference: str
    token: str
    status: SetUpStatus
    reason: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class MethodDetails:
    """What may change about a method (G20, G25). None: it stays, or the provider does not say.

    `expires` is the last day of the card's month. `last4` is only ever told by the provider: nobody edits a number.
    """

    holder: str | None = None
    address: str | None = None
    expires: date | None = None
    last4: str | None = None


class Gateway(Protocol):
    """A payment provider. Every call may raise `GatewayUnavailable`."""

    def open_intent(self, charge: Charge, key: str) -> Intent:
        """Make an unconfirmed intent: no money moves. The same key answers the same intent.

        Raises `ValueError` when the key was used for another charge.
        """

    def confirm(self, intent_id: str, key: str) -> Intent:
        """Ask for the money, once. An intent that is no longer unconfirmed is answered as it stands, and not charged.

        The same key replays the first answer. Raises `NoSuchIntent`, and `ValueError` when the key was used for another
        intent.
        """

    def read(self, intent_id: str) -> Intent:
        """The intent as it stands. Raises `NoSuchIntent` when there is none."""

    def find(self, reference: str) -> Intent:
        """The newest intent under our reference. Raises `NoSuchIntent` when there is none."""

    def cancel(self, intent_id: str) -> Intent:
        """Fence off an unconfirmed intent or one that requires action; any other is answered as it stands.

        Raises `NoSuchIntent`.
        """

    def set_up(self, token: str, reference: str, *, password: str | None = None, ask_password: bool = False) -> SetUp:
        """Check a token before it is put on file (G22, G23). Under the same reference it goes on, and is not begun again.

        One that was refused is begun anew. With `ask_password` nothing is ready without a one-time password (G22); `password` is
        that, when there is one. Raises `ValueError` when the reference was used for another token.
        """

    def update_details(self, token: str, details: MethodDetails, security_code: str | None, key: str) -> SetUp:
        """Save details, checked with the provider's token for the security code (G21): ready when saved, else refused.

        The same key saves once. Raises `ValueError` when it was used for other details.
        """

    def read_details(self, token: str) -> MethodDetails:
        """The details as the provider has them (G25)."""
