"""What may refuse an action on a charge-retry (law 1, law 2, C9, G3 to G5, G11, G54)."""

from typing import TYPE_CHECKING, Final

from domain.accounts import Role
from domain.roles import elsewhere
from paystates.engine import Missing, Moment, Rule, known
from states.rules.asking import OPERATORS, Found

if TYPE_CHECKING:
    from states.debts import Debt
    from states.retry_messages import Memory, RetryNow, WriteOff

_MAY_PAY = (Role.PROFILE_OWNER, Role.PROFILE_CONTRIBUTOR, Role.INVOICE_MANAGER)
_PROFILE_PAYERS = frozenset(role.value for role in _MAY_PAY)
_PAYERS_ELSEWHERE = frozenset(elsewhere(role) for role in _MAY_PAY)
_ADMINS = frozenset({Role.GLOBAL_ADMIN.value, Role.BILLING_ADMIN.value})
PAYERS = OPERATORS | _ADMINS | _PROFILE_PAYERS


_UNREAD: Final = Missing("what the account book says of the debt", "Look it up again when the book can be reached.")
_DATE: Final = Missing("the date of the next attempt")


def _debt(moment: "Moment[Memory, RetryNow]") -> "Debt":
    return known(moment.memory.debt, _UNREAD)


def _attempt_open(moment: "Moment[Memory, RetryNow]") -> Found:
    return {"attempt": moment.memory.open_attempt or "now being made"} if moment.memory.attempt_under_way else None


def _not_read(moment: "Moment[Memory, RetryNow]") -> Found:
    return {"missing": _UNREAD.what} if moment.memory.debt is None else None  # said here, so no rule beside it says it again


def _asked_to_wait(moment: "Moment[Memory, RetryNow]") -> Found:
    debt = _debt(moment)
    if debt.not_before is None or debt.not_before <= moment.now:
        return None
    return {"until": f"{debt.not_before:%Y-%m-%d %H:%M} UTC"}


def _not_chargeable(moment: "Moment[Memory, RetryNow]") -> Found:
    debt = _debt(moment)
    if debt.chargeable:
        return None
    return {"method": debt.method or "no method"}


def _card_of_another(moment: "Moment[Memory, RetryNow]") -> Found:
    debt, actor = _debt(moment), moment.actor
    if debt.profile is not None or debt.card_owner in {None, actor.id}:
        return None  # a billing profile's card is its role holders' to use, whoever added it (G3 to G5, G9)
    if not actor.roles.isdisjoint(OPERATORS):
        return None
    return {"method": debt.method or "the card"}


def _profile_role_elsewhere(moment: "Moment[Memory, RetryNow]") -> Found:
    debt, roles = _debt(moment), moment.actor.roles
    may_pay = PAYERS if debt.profile is not None else PAYERS - _PROFILE_PAYERS
    return {} if roles.isdisjoint(may_pay) and not roles.isdisjoint(_PROFILE_PAYERS | _PAYERS_ELSEWHERE) else None


def _last_slot(moment: "Moment[Memory, RetryNow]") -> Found:
    debt = _debt(moment)
    slot = known(debt.next_slot, _DATE) + 1
    return None if slot < debt.slots else {"slot": slot, "slots": debt.slots}


def _no_reason(moment: "Moment[Memory, WriteOff]") -> Found:
    return None if moment.event.reason.strip() else {}


ATTEMPT_RUNNING = Rule(
    "ATTEMPT_RUNNING",
    _attempt_open,
    "An attempt on this debt is under way (attempt {attempt}), and there is never a second one beside it.",
    "Wait for its result, or look it up again.",
    "law 1; U1",
    helps="look_up_again",
    others={
        "nb": (
            "Et forsøk på denne fordringen pågår (forsøk {attempt}), og det gjøres aldri to samtidig.",
            "Vent på resultatet, eller slå det opp igjen.",
        )
    },
)
NOT_READ = Rule(
    "NOT_READ",
    _not_read,
    "The debt could not be read from the account book, so it is not known what may be charged.",
    "Look it up again when the book can be reached.",
    "law 2",
    helps="look_up_again",
    others={
        "nb": (
            "Fordringen kunne ikke leses fra kontoboken, så det er ikke kjent hva som kan belastes.",
            "Slå den opp igjen når kontoboken er tilgjengelig.",
        )
    },
)
ASKED_TO_WAIT = Rule(
    "ASKED_TO_WAIT",
    _asked_to_wait,
    "The bank or the card network asked to wait until {until}.",
    "Try again after that, or bind another payment method.",
    "money.md, decline categories (retry_later)",
    helps="replace-all",
    others={
        "nb": (
            "Banken eller kortnettverket har bedt om å vente til {until}.",
            "Prøv igjen etter det, eller bruk en annen betalingsmåte.",
        )
    },
)
NO_CHARGEABLE_METHOD = Rule(
    "NO_CHARGEABLE_METHOD",
    _not_chargeable,
    "The payment method on this debt ({method}) may not be charged any more as it is.",
    "Correct its details, or bind another payment method to the subscription or billing profile.",
    "C9; G65",
    helps="replace-all",
    others={
        "nb": (
            "Betalingsmåten for denne fordringen ({method}) kan ikke belastes mer slik den er.",
            "Rett detaljene, eller knytt en annen betalingsmåte til abonnementet eller faktureringsprofilen.",
        )
    },
)
CARD_NOT_OWNED = Rule(
    "CARD_NOT_OWNED",
    _card_of_another,
    "{method} was added by another administrator, and only they may use it.",
    "Ask that administrator, or replace it with a payment method of your own.",
    "G3; G60",
    reads_actor=True,
    helps="change-single-subscription",
    others={
        "nb": (
            "{method} ble lagt til av en annen administrator, og bare den kan bruke det.",
            "Spør den administratoren, eller erstatt det med en betalingsmåte du selv har.",
        )
    },
)
PROFILE_ROLE_ELSEWHERE = Rule(
    "PROFILE_ROLE_ELSEWHERE",
    _profile_role_elsewhere,
    "A role on a billing profile has no effect outside it, and this invoice is not paid through one on which you may pay bills.",
    "Ask a global or billing administrator or, where a billing profile pays, somebody with a role on that one.",
    "G11; G4; G5",
    reads_actor=True,
    others={
        "nb": (
            (
                "En rolle på en faktureringsprofil gjelder ikke utenfor den, og denne fakturaen betales ikke gjennom en der du "
                "kan betale regninger."
            ),
            (
                "Spør en global administrator eller faktureringsadministrator eller, der en faktureringsprofil betaler, en som "
                "har en rolle på den."
            ),
        )
    },
)
LAST_SLOT = Rule(
    "LAST_SLOT",
    _last_slot,
    "This is the last attempt that is left ({slot} of {slots}): after a notice another attempt must follow.",
    "Hold the retries instead, or write the debt off.",
    "G54",
    others={
        "nb": (
            "Dette er det siste forsøket som er igjen ({slot} av {slots}): etter et varsel må det komme et forsøk til.",
            "Sett forsøkene på vent i stedet, eller avskriv fordringen.",
        )
    },
)
REASON_MISSING = Rule(
    "REASON_MISSING",
    _no_reason,
    "A write-off needs a reason.",
    "Give one in the field “reason”.",
    "design, charge-retry actions",
    reads_event=True,
    helps="write_off",
    others={"nb": ("En avskrivning må ha en begrunnelse.", "Oppgi den i feltet «begrunnelse».")},
)

RETRY: tuple[Rule, ...] = (
    ATTEMPT_RUNNING,
    NOT_READ,
    ASKED_TO_WAIT,
    NO_CHARGEABLE_METHOD,
    CARD_NOT_OWNED,
    PROFILE_ROLE_ELSEWHERE,
    LAST_SLOT,
    REASON_MISSING,
)
"""Every rule of a charge-retry."""
