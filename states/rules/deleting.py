"""Which method may be deleted (G41 to G52): one that nothing depends on, that is not charged now, and is not the last."""

from collections.abc import Sequence
from typing import Any, Final

from paystates.engine import Missing, Moment, Rule, known
from states.facts import Picture
from states.rules.asking import Found, seen
from states.rules.roles import ACCOUNT_ROLE_NEEDED, START

_NAMED = 10
"""How many invoices a sentence names; the others are counted."""


_DUE: Final = Missing("what is due in the account", "Try again when the account book can be reached.")
"""The picture was read without debts: it is one for those who only choose."""


def _goes(moment: Moment[Any, Any]) -> tuple[Picture, str] | None:
    """The picture and the name of the method that is to be deleted; None when there is none to be seen."""
    picture = seen(moment)
    return None if picture is None or picture.source is None else (picture, picture.source.label)


def _used(moment: Moment[Any, Any]) -> Found:
    match _goes(moment):
        case (picture, label) if picture.dependents.count > 0:
            names = ", ".join(item.name for item in picture.dependents.first)
            return {"method": label, "count": picture.dependents.count, "names": names or picture.dependents.count}
    return None


def _last(moment: Moment[Any, Any]) -> Found:
    match _goes(moment):
        case (picture, label) if picture.account.methods <= 1:
            to_pay = picture.dependents.count > 0 or known(picture.account.needs_paying, _DUE)
            return {"method": label} if to_pay else None
    return None


def _charging(moment: Moment[Any, Any]) -> Found:
    match _goes(moment):
        case (picture, label):
            return _named(label, known(picture.charging, _DUE))
    return None


def _retried(moment: Moment[Any, Any]) -> Found:
    match _goes(moment):
        case (picture, label):
            return _named(label, known(picture.retried, _DUE))
    return None


def _outstanding(moment: Moment[Any, Any]) -> Found:
    match _goes(moment):
        case (picture, label):
            return _named(label, known(picture.outstanding, _DUE))
    return None


def _named(label: str, invoices: Sequence[str]) -> Found:
    return {"method": label, "invoices": _listed(invoices)} if invoices else None


def _listed(invoices: Sequence[str]) -> str:
    more = len(invoices) - _NAMED
    return ", ".join([*invoices[:_NAMED], *([f"+ {more}"] if more > 0 else [])])


STILL_USED = Rule(
    "STILL_USED",
    _used,
    "{method} cannot be deleted while something pays with it, whatever its status ({count} in all: {names}).",
    "Replace it with another payment method everywhere first.",
    "G41; G42; G47; G52; C2",
    reads_actor=True,
    helps="replace-all",
    others={
        "nb": (
            "{method} kan ikke slettes så lenge noe betaler med den, uansett status ({count} i alt: {names}).",
            "Erstatt den først med en annen betalingsmåte overalt.",
        )
    },
)
LAST_METHOD = Rule(
    "LAST_METHOD",
    _last,
    "{method} is the only payment method of this account, and there is something to pay.",
    "Add another one first.",
    "G45; C4",
    reads_actor=True,
    helps="add-method",
    others={
        "nb": (
            "{method} er den eneste betalingsmåten på kontoen, og det er noe som skal betales.",
            "Legg til en annen først.",
        )
    },
)
ATTEMPT_ON_METHOD = Rule(
    "ATTEMPT_ON_METHOD",
    _charging,
    "{method} is being charged, and the result is not there yet (invoices: {invoices}).",
    "Wait for the result.",
    "G49; C11",
    reads_actor=True,
    others={
        "nb": (
            "{method} blir belastet nå, og resultatet er ikke klart ennå (fakturaer: {invoices}).",
            "Vent på resultatet.",
        )
    },
)
RETRY_NEEDS_METHOD = Rule(
    "RETRY_NEEDS_METHOD",
    _retried,
    "{method} is what open retries would charge next (invoices: {invoices}).",
    "Replace it with another payment method first.",
    "G59; law 4",
    reads_actor=True,
    helps="replace-all",
    others={
        "nb": (
            "{method} er den som neste betalingsforsøk skal belaste (fakturaer: {invoices}).",
            "Erstatt den først med en annen betalingsmåte.",
        )
    },
)
OUTSTANDING_CHARGES = Rule(
    "OUTSTANDING_CHARGES",
    _outstanding,
    "Something is still due on {method} (invoices: {invoices}).",
    "Settle the balance first.",
    "G49; C11",
    reads_actor=True,
    helps="settle-balance",
    others={
        "nb": (
            "Det er fortsatt noe å betale på {method} (fakturaer: {invoices}).",
            "Gjør opp saldoen først.",
        )
    },
)

START_DELETE: tuple[Rule, ...] = (*START, ACCOUNT_ROLE_NEEDED, ATTEMPT_ON_METHOD, OUTSTANDING_CHARGES)
"""What holds before anything is moved away: what moving does not mend."""

DELETE: tuple[Rule, ...] = (
    *START,
    ACCOUNT_ROLE_NEEDED,
    STILL_USED,
    LAST_METHOD,
    ATTEMPT_ON_METHOD,
    RETRY_NEEDS_METHOD,
    OUTSTANDING_CHARGES,
)
"""Everything about the deletion itself, and who does it. `OUTSTANDING_CHARGES` is the strict mode: else none are told (C11)."""
