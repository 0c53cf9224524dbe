"""What may refuse a settlement: who pays, what is due, and with what (G2 to G6, G9, G11, G24, G60 to G63; laws 1 and 8).

Whoever may pay here may know what it may be paid with, an invoice manager too. Where paying binds what used the declined method
anew (G61), the rules of choosing such a method hold as well, before anything is charged.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.accounts import AccountKind, Role
from domain.eras import policy
from paystates.engine import Actor, Moment, Rule
from states.facts import MethodFacts
from states.rules.asking import METHOD_ADMINS, Found, chosen, seen
from states.rules.choosing import (
    CARDS_ONLY,
    CHOICE,
    METHOD_EXPIRED,
    METHOD_NEEDS_CORRECTION,
    METHOD_NOT_GOOD,
    SAME_METHOD,
    UNKNOWN_METHOD,
    WRONG_COUNTRY,
)
from states.settling import Balance, Bar, Due

_ADMINS = (Role.GLOBAL_ADMIN, Role.BILLING_ADMIN)
_OF_PROFILE = (Role.ACCOUNT_OWNER, Role.PROFILE_OWNER, Role.PROFILE_CONTRIBUTOR, Role.INVOICE_MANAGER)
"""G9: a billing account's contributor is not among them (C6), nor is a profile's reader (G6)."""
_OF_ACCOUNT = (Role.ACCOUNT_OWNER, Role.ACCOUNT_CONTRIBUTOR)
"""C6: what no billing profile pays is paid at the billing account's scope."""

SETTLERS = frozenset(role.value for role in (*_ADMINS, *_OF_PROFILE, *_OF_ACCOUNT))
"""Every role that may pay in some era, of some kind of account. Our own staff settle nothing: they retry."""

_ANY_MANAGER = frozenset(METHOD_ADMINS)


def _payers(balance: Balance) -> tuple[Role, ...]:
    account = balance.account
    managers = policy(account.era).may_manage(account.kind, profile_alone=False)
    if account.kind is AccountKind.MOSA:
        return managers
    admins = tuple(role for role in managers if role in _ADMINS)
    by_profile = any(due.profile is not None for due in balance.due_with(None))
    return admins + (_OF_PROFILE if by_profile else _OF_ACCOUNT)


def _told(roles: tuple[Role, ...]) -> str:
    return " or ".join(role.value.replace("_", " ") for role in roles)


def _may_pay(moment: Moment[Any, Any], balance: Balance) -> bool:
    return not moment.actor.roles.isdisjoint(_payers(balance))


def _balance(moment: Moment[Any, Any]) -> Balance | None:
    """What is due, as far as the asker may know of it. None: nothing is read yet, or nothing may be told."""
    picture = moment.memory.picture
    if not isinstance(picture, Balance):
        return None
    return picture if _may_pay(moment, picture) or seen(moment) is not None else None


def _paying(moment: Moment[Any, Any]) -> tuple[Balance, MethodFacts] | None:
    """What is due, and the method that is to pay it, if the account has that."""
    balance = _balance(moment)
    method = balance.candidate(chosen(moment)) if balance is not None else None
    return (balance, method) if balance is not None and method is not None else None


def _rebinds(moment: Moment[Any, Any]) -> bool:
    """Whether paying with what is chosen binds what used the declined method anew (G61): never by paying one invoice (G63)."""
    picture, target = moment.memory.picture, chosen(moment)
    if not isinstance(picture, Balance) or picture.account.kind is AccountKind.MCA:
        return False
    return picture.source is not None and target not in {None, picture.source.id}


def _role(moment: Moment[Any, Any]) -> Found:
    picture = moment.memory.picture
    if not isinstance(picture, Balance) or _may_pay(moment, picture):
        return None
    return {"roles": _told(_payers(picture))}


def _declined_card_of_another(moment: Moment[Any, Any]) -> Found:
    balance = _balance(moment)
    source = balance.source if balance is not None else None
    if balance is None or source is None or balance.account.kind is AccountKind.MCA:
        return None  # a billing profile's card is its role holders' to use, whoever added it (G4, G9)
    return {"method": source.label} if source.is_card and source.added_by != moment.actor.id else None


def _partial(moment: Moment[Any, Any]) -> Found:
    balance = _balance(moment)
    if balance is None or balance.invoice is None or balance.account.kind is AccountKind.MCA:
        return None
    return {"invoice": balance.invoice}


def _not_named(moment: Moment[Any, Any]) -> Found:
    balance = _balance(moment)
    if balance is None or balance.invoice is not None or balance.account.kind is AccountKind.MOSA:
        return None
    return {}


def _nothing_due(moment: Moment[Any, Any]) -> Found:
    balance = _balance(moment)
    if balance is None or balance.source is None or balance.due_with(balance.source.id):
        return None
    return {"method": balance.source.label}


def _attempt_open(moment: Moment[Any, Any]) -> Found:
    balance = _balance(moment)
    charging = [] if balance is None else [due for due in balance.due_with(chosen(moment)) if due.charging]
    return {"invoices": _invoices(charging)} if charging else None


def _invoices(debts: list[Due]) -> str:
    return ", ".join(due.invoice for due in debts)


def _card_of_another(moment: Moment[Any, Any]) -> Found:
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


def _bar(moment: Moment[Any, Any], kind: str) -> tuple[Bar, dict[str, object]] | None:
    """The first bar of that kind on what is chosen, with its facts."""
    match _paying(moment):
        case (balance, method):
            bar = next((one for one in balance.bars if one.method == method.id and one.kind == kind), None)
            return None if bar is None else (bar, {"method": method.label, "invoice": bar.invoice})
    return None


def _when(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _capped_until(moment: Moment[Any, Any]) -> Found:
    match _bar(moment, "capped"):
        case (Bar(until=datetime() as until), facts):
            return {**facts, "until": _when(until)}
    return None


def _capped_for_good(moment: Moment[Any, Any]) -> Found:
    match _bar(moment, "capped"):
        case (Bar(until=None), facts):
            return facts
    return None


def _must_wait(moment: Moment[Any, Any]) -> Found:
    match _bar(moment, "asked_to_wait"):
        case (Bar(until=datetime() as until), facts):
            return {**facts, "until": _when(until)}
    return None


def _disputed(moment: Moment[Any, Any]) -> Found:
    found = _bar(moment, "disputed")
    return None if found is None else found[1]


def _used_up(moment: Moment[Any, Any]) -> Found:
    found = _bar(moment, "used_up")
    return None if found is None else found[1]


def _amount_changed(moment: Moment[Any, Any]) -> Found:
    found = _bar(moment, "amount_changed")
    return None if found is None else found[1]


MAY_SETTLE = Rule(
    "MAY_NOT_PAY",
    _role,
    "Your role is not enough to pay this: it takes somebody who is {roles}.",
    "Ask somebody who is {roles} to do it, or to have the role given to you.",
    "G1; G4; G5; G6; G9; G11; C6; C10",
    reads_actor=True,
    others={
        "nb": (
            "Rollen din er ikke nok til å betale dette: det kreves en som er {roles}.",
            "Be en som er {roles}, om å gjøre det, eller om å sørge for at du får rollen.",
        )
    },
)
DECLINED_CARD_NOT_OWNED = Rule(
    "DECLINED_CARD_NOT_OWNED",
    _declined_card_of_another,
    "{method} was added by another administrator, and only they may settle what is due with it.",
    "Ask that administrator, or change the payment method of each subscription to one of your own.",
    "G2; G3; G60",
    reads_actor=True,
    helps="change-single-subscription",
    others={
        "nb": (
            "{method} ble lagt til av en annen administrator, og bare den kan gjøre opp saldoen for det.",
            "Spør den administratoren, eller endre betalingsmåten for hvert abonnement til en av dine egne.",
        )
    },
)
PARTIAL = Rule(
    "PARTIAL_PAYMENT",
    _partial,
    "{invoice} cannot be paid by itself: all that is due with the payment method is paid at once.",
    "Settle the whole balance, without naming an invoice.",
    "G62",
    reads_actor=True,
    helps="settle-balance",
    others={
        "nb": (
            "{invoice} kan ikke betales alene: alt som er utestående på betalingsmåten, betales samtidig.",
            "Gjør opp hele saldoen, uten å oppgi en faktura.",
        )
    },
)
INVOICE_NOT_NAMED = Rule(
    "INVOICE_NOT_NAMED",
    _not_named,
    "In this account each invoice is paid by itself, and none is named.",
    "Name the invoice that is to be paid.",
    "G63",
    reads_actor=True,
    helps="settle-balance",
    others={"nb": ("I denne kontoen betales hver faktura for seg, og ingen er oppgitt.", "Oppgi fakturaen som skal betales.")},
)
NOTHING_DUE = Rule(
    "NOTHING_DUE",
    _nothing_due,
    "Nothing is due with {method}: the balance is settled already.",
    "Nothing need be done.",
    "G64; U8",
    reads_actor=True,
    others={"nb": ("Ingenting er utestående på {method}: saldoen er allerede gjort opp.", "Du trenger ikke gjøre noe.")},
)
ATTEMPT_ON_DEBT = Rule(
    "ATTEMPT_ON_DEBT",
    _attempt_open,
    "Another attempt is under way on {invoices}, and there is never a second one beside it.",
    "Wait for its result, then read again what is due.",
    "law 1; U1",
    reads_actor=True,
    others={
        "nb": (
            "Et annet forsøk pågår for {invoices}, og det gjøres aldri to samtidig.",
            "Vent på resultatet, og les så på nytt hva som er utestående.",
        )
    },
)
PAYING_CARD_NOT_OWNED = Rule(
    "PAYING_CARD_NOT_OWNED",
    _card_of_another,
    "{method} was added by somebody else and pays for something else: you may pay only with a card of your own.",
    "Choose the declined payment method or a card of your own.",
    "G3; G5",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "{method} ble lagt til av noen andre og betaler for noe annet: du kan bare betale med et kort du selv har lagt til.",
            "Velg den avslåtte betalingsmåten eller et kort du selv har lagt til.",
        )
    },
)
CAPPED = Rule(
    "NETWORK_CAP",
    _capped_until,
    "The card network allows no further attempt with {method} before {until}.",
    "Choose another payment method, or wait until then.",
    "money.md, network caps",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "Kortnettverket tillater ikke flere forsøk med {method} før {until}.",
            "Velg en annen betalingsmåte, eller vent til da.",
        )
    },
)
CAPPED_FOR_GOOD = Rule(
    "NETWORK_CAP_FOR_GOOD",
    _capped_for_good,
    "The network allows no further attempt with {method} for what is due.",
    "Choose another payment method.",
    "money.md, network caps; C9",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "Nettverket tillater ikke flere forsøk med {method} for det som er utestående.",
            "Velg en annen betalingsmåte.",
        )
    },
)
MUST_WAIT = Rule(
    "METHOD_MUST_WAIT",
    _must_wait,
    "The bank or the network of {method} asked to wait until {until}.",
    "Choose another payment method, or wait until then.",
    "money.md, decline categories (retry_later)",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "Banken eller nettverket bak {method} har bedt om å vente til {until}.",
            "Velg en annen betalingsmåte, eller vent til da.",
        )
    },
)
DISPUTED = Rule(
    "DEBT_DISPUTED",
    _disputed,
    "An earlier charge of {invoice} on {method} was disputed, so it is never charged there again.",
    "Choose another payment method.",
    "law 8",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "En tidligere belastning av {method} for {invoice} ble bestridt, så den belastes aldri der igjen.",
            "Velg en annen betalingsmåte.",
        )
    },
)
DEBITS_USED_UP = Rule(
    "BANK_DEBITS_USED_UP",
    _used_up,
    "A bank debit of one invoice is presented at most three times, and {invoice} has had them.",
    "Choose a credit or debit card.",
    "money.md, default plan",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "En faktura trekkes fra en bankkonto høyst tre ganger, og {invoice} har hatt dem.",
            "Velg et kreditt- eller debetkort.",
        )
    },
)
AMOUNT_CHANGED = Rule(
    "DEBIT_AMOUNT_CHANGED",
    _amount_changed,
    "A debit of {invoice} was returned: it may be presented again only with the same amount, and by itself.",
    "Choose a credit or debit card.",
    "money.md, network caps (ACH, SEPA)",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "Et trekk for {invoice} ble returnert: det kan bare gjentas med samme beløp, og for seg.",
            "Velg et kreditt- eller debetkort.",
        )
    },
)


def _for_payers(rule: Rule) -> Rule:
    """The same rule, asked by whoever may pay: for that, they know what it may be paid with."""

    def check(moment: Moment[Any, Any]) -> Found:
        picture = moment.memory.picture
        if not isinstance(picture, Balance) or not _may_pay(moment, picture):
            return rule.check(moment)
        actor = Actor(moment.actor.id, moment.actor.roles | _ANY_MANAGER)
        return rule.check(Moment(moment.memory, moment.event, actor, moment.now))

    return replace(rule, check=check)


def _when_rebinding(rule: Rule) -> Rule:
    """The same rule, asked only where paying binds anew (G61)."""

    def check(moment: Moment[Any, Any]) -> Found:
        return rule.check(moment) if _rebinds(moment) else None

    return replace(rule, check=check)


_OF_THE_CHARGED = (UNKNOWN_METHOD, WRONG_COUNTRY, CARDS_ONLY, METHOD_EXPIRED, METHOD_NEEDS_CORRECTION, METHOD_NOT_GOOD)

OWN_SETTLING: tuple[Rule, ...] = (
    MAY_SETTLE,
    DECLINED_CARD_NOT_OWNED,
    PARTIAL,
    INVOICE_NOT_NAMED,
    NOTHING_DUE,
    ATTEMPT_ON_DEBT,
    PAYING_CARD_NOT_OWNED,
    CAPPED,
    CAPPED_FOR_GOOD,
    MUST_WAIT,
    DISPUTED,
    DEBITS_USED_UP,
    AMOUNT_CHANGED,
)
"""The rules that settling alone has, for the catalogue."""

START_SETTLING: tuple[Rule, ...] = OWN_SETTLING[:4]
"""What holds whatever is chosen, and for as long as this person asks for this."""

SETTLING: tuple[Rule, ...] = (
    *OWN_SETTLING,
    *(_for_payers(rule) for rule in _OF_THE_CHARGED),
    *(_when_rebinding(rule) for rule in CHOICE if rule not in {*_OF_THE_CHARGED, SAME_METHOD}),
)
"""Everything about paying with what is chosen; where that binds anew, everything about binding too (G18, G61)."""
