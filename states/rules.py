"""The rules that may refuse a person, each with its sentence, its remedy and its source: the one place where they stand."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from domain.accounts import Role
from domain.roles import elsewhere
from paystates.engine import Moment, Rule

if TYPE_CHECKING:
    from states.retry_messages import Memory, RetryNow, WriteOff

OPERATORS = frozenset({Role.OPERATOR.value})
SERVICES = frozenset({Role.SERVICE.value, Role.OPERATOR.value})
_MAY_PAY = (Role.PROFILE_OWNER, Role.PROFILE_CONTRIBUTOR, Role.INVOICE_MANAGER)
_PROFILE_PAYERS = frozenset(role.value for role in _MAY_PAY)
_PAYERS_ELSEWHERE = frozenset(elsewhere(role) for role in _MAY_PAY)
_ADMINS = frozenset({Role.GLOBAL_ADMIN.value, Role.BILLING_ADMIN.value})
PAYERS = OPERATORS | _ADMINS | _PROFILE_PAYERS


def _attempt_open(moment: "Moment[Memory, RetryNow]") -> Mapping[str, object] | None:
    return {"attempt": moment.memory.open_attempt or "now being made"} if moment.memory.attempt_under_way else None


def _not_read(moment: "Moment[Memory, RetryNow]") -> Mapping[str, object] | None:
    return {} if moment.memory.debt is None else None


def _asked_to_wait(moment: "Moment[Memory, RetryNow]") -> Mapping[str, object] | None:
    debt = moment.memory.debt
    if debt is None or debt.not_before is None or debt.not_before <= moment.now:
        return None
    return {"until": f"{debt.not_before:%Y-%m-%d %H:%M} UTC"}


def _not_chargeable(moment: "Moment[Memory, RetryNow]") -> Mapping[str, object] | None:
    debt = moment.memory.debt
    if debt is None or debt.chargeable:
        return None
    return {"method": debt.method or "no method"}


def _card_of_another(moment: "Moment[Memory, RetryNow]") -> Mapping[str, object] | None:
    debt, actor = moment.memory.debt, moment.actor
    if debt is None or debt.profile is not None or debt.card_owner in {None, actor.id}:
        return None  # a billing profile's card is its role holders' to use, whoever added it (G3 to G5, G9)
    if not actor.roles.isdisjoint(OPERATORS):
        return None
    return {"method": debt.method or "the card"}


def _profile_role_elsewhere(moment: "Moment[Memory, RetryNow]") -> Mapping[str, object] | None:
    debt, roles = moment.memory.debt, moment.actor.roles
    if debt is None:
        return None
    may_pay = PAYERS if debt.profile is not None else PAYERS - _PROFILE_PAYERS
    return {} if roles.isdisjoint(may_pay) and not roles.isdisjoint(_PROFILE_PAYERS | _PAYERS_ELSEWHERE) else None


def _last_slot(moment: "Moment[Memory, RetryNow]") -> Mapping[str, object] | None:
    debt = moment.memory.debt
    if debt is None or debt.next_slot is None or debt.next_slot + 1 < debt.slots:
        return None
    return {"slot": debt.next_slot + 1, "slots": debt.slots}


def _no_reason(moment: "Moment[Memory, WriteOff]") -> Mapping[str, object] | None:
    return None if moment.event.reason.strip() else {}


ATTEMPT_RUNNING = Rule(
    "ATTEMPT_RUNNING",
    _attempt_open,
    "An attempt on this debt is under way (attempt {attempt}), and there is never a second one beside it.",
    "Wait for its result, or look it up again.",
    "law 1; U1",
)
NOT_READ = Rule(
    "NOT_READ",
    _not_read,
    "The debt could not be read from the account book, so it is not known what may be charged.",
    "Look it up again when the book can be reached.",
    "law 2",
)
ASKED_TO_WAIT = Rule(
    "ASKED_TO_WAIT",
    _asked_to_wait,
    "The bank or the card network asked to wait until {until}.",
    "Try again after that, or bind another payment method.",
    "money.md, decline categories (retry_later)",
)
NO_CHARGEABLE_METHOD = Rule(
    "NO_CHARGEABLE_METHOD",
    _not_chargeable,
    "The payment method on this debt ({method}) may not be charged any more as it is.",
    "Correct its details, or bind another payment method to the subscription or billing profile.",
    "C9; G65",
)
CARD_NOT_OWNED = Rule(
    "CARD_NOT_OWNED",
    _card_of_another,
    "{method} was added by another administrator, and only they may use it.",
    "Ask that administrator, or replace it with a payment method of your own.",
    "G3; G60",
    reads_actor=True,
)
PROFILE_ROLE_ELSEWHERE = Rule(
    "PROFILE_ROLE_ELSEWHERE",
    _profile_role_elsewhere,
    "A role on a billing profile has no effect outside it, and this invoice is not paid through one on which you may pay bills.",
    "Ask a global or billing administrator or, where a billing profile pays, somebody with a role on that one.",
    "G11; G4; G5",
    reads_actor=True,
)
LAST_SLOT = Rule(
    "LAST_SLOT",
    _last_slot,
    "This is the last attempt that is left ({slot} of {slots}): after a notice another attempt must follow.",
    "Hold the retries instead, or write the debt off.",
    "G54",
)
REASON_MISSING = Rule(
    "REASON_MISSING",
    _no_reason,
    "A write-off needs a reason.",
    "Give one in the field “reason”.",
    "design, charge-retry actions",
    reads_event=True,
)

CATALOGUE: tuple[Rule, ...] = (
    ATTEMPT_RUNNING,
    NOT_READ,
    ASKED_TO_WAIT,
    NO_CHARGEABLE_METHOD,
    CARD_NOT_OWNED,
    PROFILE_ROLE_ELSEWHERE,
    LAST_SLOT,
    REASON_MISSING,
)
"""Every rule, in the order `paystates rules` lists them."""
