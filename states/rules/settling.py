"""What may refuse a settlement: who pays, what is due, and with what (G2 to G6, G9, G11, G24, G60 to G63; laws 1 and 8).

Where paying binds what used the declined method anew (G61), the rules of choosing such a method hold as well, before anything
is charged.
"""

from dataclasses import replace
from typing import Any

from paystates.engine import Actor, Moment, Rule
from states.rules import paying as check
from states.rules.asking import METHOD_ADMINS, Found, chosen
from states.rules.choosing import (
    BANK_ACCOUNT_UNAVAILABLE,
    CARDS_ONLY,
    METHOD_EXPIRED,
    METHOD_NEEDS_CORRECTION,
    METHOD_NOT_GOOD,
    SAME_METHOD,
    TARGET,
    UNKNOWN_METHOD,
    WRONG_COUNTRY,
)
from states.rules.paying import SETTLERS

__all__ = ["OWN_SETTLING", "SETTLERS", "SETTLING", "START_SETTLING", "WHY_NOTHING"]

MAY_SETTLE = Rule(
    "MAY_NOT_PAY",
    check.role_too_small,
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
    check.declined_card_of_another,
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
    check.partial,
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
    check.not_named,
    "In this account each invoice is paid by itself, and none is named.",
    "Name the invoice that is to be paid.",
    "G63",
    reads_actor=True,
    helps="settle-balance",
    others={"nb": ("I denne kontoen betales hver faktura for seg, og ingen er oppgitt.", "Oppgi fakturaen som skal betales.")},
)
NOTHING_DUE = Rule(
    "NOTHING_DUE",
    check.nothing_due,
    "Nothing is due with {method}, nor with any other payment method of the account.",
    "Nothing need be done.",
    "G64; U8",
    reads_actor=True,
    others={
        "nb": ("Ingenting er utestående på {method}, og heller ikke på noen annen betalingsmåte.", "Du trenger ikke gjøre noe.")
    },
)
DUE_ELSEWHERE = Rule(
    "DUE_ELSEWHERE",
    check.due_elsewhere,
    "Nothing is due with {method}. What is due is due with other payment methods: {others}.",
    "Settle the balance of the payment method that it is due with.",
    "G62; G64",
    reads_actor=True,
    helps="settle-balance",
    others={
        "nb": (
            "Ingenting er utestående på {method}. Det som er utestående, er det på andre betalingsmåter: {others}.",
            "Gjør opp saldoen for betalingsmåten det er utestående på.",
        )
    },
)
INVOICE_NOT_DUE = Rule(
    "INVOICE_NOT_DUE",
    check.invoice_not_due,
    "Nothing is due of {invoice}.",
    "Nothing need be done. To pay another invoice, name that one.",
    "G63; G64; U8",
    reads_actor=True,
    helps="settle-balance",
    others={
        "nb": (
            "Ingenting er utestående av {invoice}.",
            "Du trenger ikke gjøre noe. Oppgi en annen faktura hvis du vil betale den.",
        )
    },
)
ATTEMPT_ON_DEBT = Rule(
    "ATTEMPT_ON_DEBT",
    check.attempt_open,
    "Another attempt is under way on {invoices}, and there is never a second one beside it.",
    "Wait for its result, then read again what is due.",
    "law 1; U1",
    reads_actor=True,
    helps="read_again",
    others={
        "nb": (
            "Et annet forsøk pågår for {invoices}, og det gjøres aldri to samtidig.",
            "Vent på resultatet, og les så på nytt hva som er utestående.",
        )
    },
)
PAYING_CARD_NOT_OWNED = Rule(
    "PAYING_CARD_NOT_OWNED",
    check.card_of_another,
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
    check.capped_until,
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
    check.capped_for_good,
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
    check.must_wait,
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
    check.disputed,
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
    check.used_up,
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
    check.amount_changed,
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

    def asked(moment: Moment[Any, Any]) -> Found:
        if chosen(moment) is None or not check.may_pay(moment, check.read(moment)):
            return rule.check(moment)
        actor = Actor(moment.actor.id, moment.actor.roles | METHOD_ADMINS)
        return rule.check(Moment(moment.memory, moment.event, actor, moment.now))

    return replace(rule, check=asked)


def _when_rebinding(rule: Rule) -> Rule:
    """The same rule, asked only where paying binds anew (G61)."""

    def asked(moment: Moment[Any, Any]) -> Found:
        return rule.check(moment) if check.rebinds(moment) else None

    return replace(rule, check=asked)


def _of_another(rule: Rule) -> Rule:
    """The same rule, asked only where another method than the declined one pays: that one pays here already (G18a)."""

    def asked(moment: Moment[Any, Any]) -> Found:
        return rule.check(moment) if check.another(moment) else None

    return replace(rule, check=asked)


_OF_THE_CHARGED = (UNKNOWN_METHOD, WRONG_COUNTRY, CARDS_ONLY, METHOD_EXPIRED, METHOD_NEEDS_CORRECTION, METHOD_NOT_GOOD)

OWN_SETTLING: tuple[Rule, ...] = (
    MAY_SETTLE,
    DECLINED_CARD_NOT_OWNED,
    PARTIAL,
    INVOICE_NOT_NAMED,
    NOTHING_DUE,
    DUE_ELSEWHERE,
    INVOICE_NOT_DUE,
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

WHY_NOTHING: tuple[Rule, ...] = (NOTHING_DUE, DUE_ELSEWHERE, INVOICE_NOT_DUE)
"""What is said where nothing is to be paid: one of them."""

SETTLING: tuple[Rule, ...] = (
    *OWN_SETTLING,
    *(_for_payers(rule) for rule in _OF_THE_CHARGED),
    _of_another(_for_payers(BANK_ACCOUNT_UNAVAILABLE)),
    *(_when_rebinding(rule) for rule in TARGET if rule not in {*_OF_THE_CHARGED, BANK_ACCOUNT_UNAVAILABLE, SAME_METHOD}),
)
"""Everything about paying with what is chosen; where that binds anew, everything about binding too (G18a, G61).

Who may bind, and whose declined card it is, is asked by the first two: where paying binds anew, they ask for the same.
"""
