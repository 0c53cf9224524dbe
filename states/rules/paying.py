"""What the rules about settling look at: who may pay here, what is due, and what stands against the method that is to pay it.

Whoever may pay here may know what it may be paid with, an invoice manager too. Each function answers the facts against it. Like
the rules that read a picture (`asking`), they refuse where what is due is not read, or nobody knows it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from domain.accounts import AccountKind, Role
from domain.eras import policy
from paystates.engine import Missing, Moment, known
from states.facts import MethodFacts
from states.rules import asking
from states.rules.asking import Found, chosen, seen, wait_ends
from states.settling import Balance, Bar, Due

_ADMINS = (Role.GLOBAL_ADMIN, Role.BILLING_ADMIN)
_OF_PROFILE = (Role.ACCOUNT_OWNER, Role.PROFILE_OWNER, Role.PROFILE_CONTRIBUTOR, Role.INVOICE_MANAGER)
"""G9: a billing account's contributor is not among them (C6), nor is a profile's reader (G6)."""
_OF_ACCOUNT = (Role.ACCOUNT_OWNER, Role.ACCOUNT_CONTRIBUTOR)
"""C6: what no billing profile pays is paid at the billing account's scope."""

SETTLERS = frozenset(role.value for role in (*_ADMINS, *_OF_PROFILE, *_OF_ACCOUNT))
"""Every role that may pay in some era, of some kind of account. Our own staff settle nothing: they retry."""


_DUE: Final = Missing("what is due with the payment method", "Try again when the account book can be reached.")
"""The picture is there, but it was read without what is due."""


def _payers(balance: Balance) -> tuple[Role, ...]:
    account = balance.account
    managers = policy(account.era).may_manage(account.kind, profile_alone=False)
    if account.kind is AccountKind.MOSA:
        return managers
    admins = tuple(role for role in managers if role in _ADMINS)
    if balance.invoice is not None:
        return admins + (_OF_PROFILE if balance.profile is not None else _OF_ACCOUNT)
    pays = balance.dependents  # which invoice is meant is not known yet: whoever may pay one of them is asked for its name
    of_profile = _OF_PROFILE if pays.profiles else ()
    of_account = _OF_ACCOUNT if pays.count > pays.profiles or not pays.profiles else ()
    return tuple(dict.fromkeys((*admins, *of_profile, *of_account)))


def _told(roles: tuple[Role, ...]) -> str:
    return " or ".join(role.value.replace("_", " ") for role in roles)


def may_pay(moment: Moment[Any, Any], balance: Balance) -> bool:
    """Whether one of the actor's roles may pay here."""
    return not moment.actor.roles.isdisjoint(_payers(balance))


def read(moment: Moment[Any, Any]) -> Balance:
    """What is due, for a rule whose sentence tells nothing of it but what everybody may know."""
    picture = asking.read(moment)
    return known(picture if isinstance(picture, Balance) else None, _DUE)


def _balance(moment: Moment[Any, Any]) -> Balance | None:
    """What is due, as far as the asker may know of it. None: nothing may be told."""
    balance = read(moment)
    return balance if may_pay(moment, balance) or seen(moment) is not None else None


def _paying(moment: Moment[Any, Any]) -> tuple[Balance, MethodFacts] | None:
    """What is due, and the method that is to pay it, if one is chosen and the account has that."""
    name = chosen(moment)
    balance = _balance(moment) if name is not None else None
    method = balance.candidate(name) if balance is not None else None
    return (balance, method) if balance is not None and method is not None else None


def another(moment: Moment[Any, Any]) -> bool:
    """Whether what is chosen is another method than the declined one."""
    target = chosen(moment)
    if target is None:
        return False
    source = read(moment).source
    return source is not None and target != source.id


def rebinds(moment: Moment[Any, Any]) -> bool:
    """Whether paying with what is chosen binds what used the declined method anew (G61): never by paying one invoice (G63)."""
    return another(moment) and read(moment).account.kind is AccountKind.MOSA


def role_too_small(moment: Moment[Any, Any]) -> Found:
    """Nobody of these roles pays here (G1, G4 to G6, G9, G11, C6)."""
    balance = read(moment)
    return None if may_pay(moment, balance) else {"roles": _told(_payers(balance))}


def declined_card_of_another(moment: Moment[Any, Any]) -> Found:
    """Where no billing profile is, a card is its adder's to settle with (G60)."""
    balance = _balance(moment)
    source = balance.source if balance is not None else None
    if balance is None or source is None or balance.account.kind is AccountKind.MCA:
        return None  # a billing profile's card is its role holders' to use, whoever added it (G4, G9)
    return {"method": source.label} if source.is_card and source.added_by != moment.actor.id else None


def partial(moment: Moment[Any, Any]) -> Found:
    """One invoice was named where everything is paid at once (G62)."""
    balance = _balance(moment)
    if balance is None or balance.invoice is None or balance.account.kind is AccountKind.MCA:
        return None
    return {"invoice": balance.invoice}


def not_named(moment: Moment[Any, Any]) -> Found:
    """No invoice was named where each is paid by itself (G63)."""
    balance = _balance(moment)
    if balance is None or balance.invoice is not None or balance.account.kind is AccountKind.MOSA:
        return None
    return {}


def _none_due(moment: Moment[Any, Any], kind: AccountKind) -> tuple[Balance, MethodFacts] | None:
    """The balance and the declined method, when nothing of it would be paid here; only in accounts of that kind."""
    balance = _balance(moment)
    if balance is None or balance.source is None or balance.account.kind is not kind or not_named(moment) is not None:
        return None
    # what is due with the chosen one may be left, in another currency
    return None if balance.due_with(chosen(moment) or balance.source.id) else (balance, balance.source)


def nothing_due(moment: Moment[Any, Any]) -> Found:
    """Nothing is due in the account, which pays everything with a method at once."""
    match _none_due(moment, AccountKind.MOSA):
        case (balance, method) if not balance.debts:
            return {"method": method.label}
    return None


def due_elsewhere(moment: Moment[Any, Any]) -> Found:
    """Nothing is due with the declined method, but with others of the account: who may pay here may see them (G1, G2)."""
    match _none_due(moment, AccountKind.MOSA):
        case (balance, method) if balance.debts:
            return {"method": method.label, "others": ", ".join(_sums(balance))}
    return None


def _sums(balance: Balance) -> Iterator[str]:
    """What is due with each method, in each currency: `Visa ending 1881 (40.00 NOK)`."""
    for method in sorted({one.method for one in balance.debts}):
        for bill in balance.model_copy(update={"source": None}).bills(method):
            known = balance.candidate(method)
            yield f"{known.label if known is not None else method} ({bill.money})"


def invoice_not_due(moment: Moment[Any, Any]) -> Found:
    """Nothing is due of the one invoice that is paid by itself (G63)."""
    match _none_due(moment, AccountKind.MCA):
        case (balance, _):
            return {"invoice": balance.invoice}
    return None


def attempt_open(moment: Moment[Any, Any]) -> Found:
    """One of the debts has an attempt that is open or clearing (law 1)."""
    balance = _balance(moment)
    charging = [] if balance is None else [due for due in balance.due_with(chosen(moment)) if due.charging]
    return {"invoices": _invoices(charging)} if charging else None


def _invoices(debts: list[Due]) -> str:
    return ", ".join(due.invoice for due in debts)


def card_of_another(moment: Moment[Any, Any]) -> Found:
    """A profile's bill is to be paid with a card that somebody else put on file for something else."""
    match _paying(moment):
        case (balance, method) if (
            balance.account.kind is AccountKind.MCA
            and method != balance.source
            and method.is_card
            and method.added_by != moment.actor.id
            and moment.actor.roles.isdisjoint(policy(balance.account.era).may_manage(AccountKind.MCA, profile_alone=True))
        ):
            return {"method": method.label}
    return None


def _bars(moment: Moment[Any, Any], kind: str) -> tuple[MethodFacts, list[Bar]] | None:
    """What is chosen, and every bar of that kind on it; None where there is none."""
    match _paying(moment):
        case (balance, method):
            bars = [one for one in balance.bars if one.method == method.id and one.kind == kind]
            return (method, bars) if bars else None
    return None


def _named(moment: Moment[Any, Any], kind: str) -> Found:
    """The first debt that is barred so, and the method."""
    match _bars(moment, kind):
        case (method, bars):
            return {"method": method.label, "invoice": bars[0].invoice}
    return None


def capped_until(moment: Moment[Any, Any]) -> Found:
    """A network's cap is closed for a while."""
    match _bars(moment, "capped"):
        case (method, bars):
            until, invoice = max(((bar.until, bar.invoice) for bar in bars if bar.until is not None), default=(moment.now, None))
            return _wait(moment, method, until, invoice)
    return None


def _wait(moment: Moment[Any, Any], method: MethodFacts, until: datetime, invoice: str | None) -> Found:
    return {"method": method.label, "invoice": invoice, "until": f"{until:%Y-%m-%d %H:%M} UTC"} if until > moment.now else None


def capped_for_good(moment: Moment[Any, Any]) -> Found:
    """A network's cap is closed for good."""
    match _bars(moment, "capped"):
        case (method, bars):
            closed = [bar.invoice for bar in bars if bar.until is None]
            return {"method": method.label, "invoice": closed[0]} if closed else None
    return None


def must_wait(moment: Moment[Any, Any]) -> Found:
    """A bank or network asked to wait."""
    match _bars(moment, "asked_to_wait"):
        case (method, bars):
            return _wait(moment, method, *max((known(bar.until, wait_ends(method.label)), bar.invoice) for bar in bars))
    return None


def disputed(moment: Moment[Any, Any]) -> Found:
    """One of the debts was charged back, or returned as unauthorised, on this method (law 8)."""
    return _named(moment, "disputed")


def used_up(moment: Moment[Any, Any]) -> Found:
    """One of the debts has had its bank debits."""
    return _named(moment, "used_up")


def amount_changed(moment: Moment[Any, Any]) -> Found:
    """One of the debts was returned, and would be presented with another amount."""
    return _named(moment, "amount_changed")
