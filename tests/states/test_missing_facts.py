"""When a fact that a rule needs is missing, it says that it cannot tell, and what is missing: never a silent yes.

Every fact that may be unknown stands here, with the rule that refuses then, or with what it means that there is none.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args

import pytest
from for_every import for_every
from pictures import KARI, NOW, card, new_card
from pydantic import BaseModel
from retry_world import DEBT, PLAIN, UNREAD
from rule_cases import CASES, Case, name
from settling_world import balance

import states.rules
from paystates.engine import CANNOT_TELL, Action, Actor, Event, Missing, Moment, Refusal, Rule, against, known, say
from states import charge_retry, details, methods, rules
from states.debts import Debt
from states.facts import AccountFacts, Dependents, Item, MethodFacts, NewMethod, Picture, SubscriptionFacts
from states.rules.judging import judge
from states.rules.norwegian import tell
from states.settling import Balance, Bar, Due

READ_BY_RULES = (
    AccountFacts,
    Dependents,
    Item,
    MethodFacts,
    NewMethod,
    Picture,
    SubscriptionFacts,
    Balance,
    Due,
    Bar,
    Debt,
)

UNKNOWN = {
    "MethodFacts.country": "WRONG_COUNTRY",
    "MethodFacts.expires": "METHOD_EXPIRED",
    "NewMethod.country": "NEW_WRONG_COUNTRY",
    "NewMethod.expires": "NEW_METHOD_EXPIRED",
    "AccountFacts.needs_paying": "LAST_METHOD",
    "Picture.charging": "ATTEMPT_ON_METHOD",
    "Picture.retried": "RETRY_NEEDS_METHOD",
    "Picture.outstanding": "OUTSTANDING_CHARGES",
    "Bar.until": "METHOD_MUST_WAIT",
    "Debt.next_slot": "LAST_SLOT",
}
"""Facts that nobody may know, and the rule that needs them."""

NONE_IS_A_FACT = {
    "Dependents.profile": "something else depends on the method, or nothing does",
    "Picture.source": "the picture is about no method: an account, or a subscription that has none of its own",
    "Picture.subscription": "no single subscription is changed",
    "SubscriptionFacts.method": "it is paid by invoice or through a billing profile, or is deleted and has let go of it",
    "SubscriptionFacts.profile": "it pays by itself",
    "Balance.invoice": "none was named: INVOICE_NOT_NAMED where each is paid by itself",
    "Balance.profile": "no billing profile pays that invoice, or none was named",
    "Bar.invoice": "it is not about one debt",
    "Debt.method": "none is bound; `chargeable` says that nothing may be charged",
    "Debt.card_owner": "it is no card",
    "Debt.profile": "a subscription pays by itself",
    "Debt.next_at": "no slot is left",
    "Debt.not_before": "nobody asked to wait",
}
"""Where None says something, rather than that nobody knows. (A bar that is `capped` has no end; NETWORK_CAP_FOR_GOOD refuses.)"""

HAS_A_DEFAULT = {
    "AccountFacts.strict": "no rule reads it: `outstanding` is what speaks against a deletion",
    "AccountFacts.time_zone": "no rule reads it: `today` is the day there",
    "Dependents.first": "they are only named",
    "Dependents.profile": "without it a role on a billing profile permits nothing",
    "MethodFacts.expires": "METHOD_EXPIRED cannot tell without it",
    "NewMethod.country": "NEW_WRONG_COUNTRY cannot tell without it",
    "NewMethod.expires": "NEW_METHOD_EXPIRED cannot tell without it",
    "NewMethod.holder": "no rule reads it",
    "Picture.candidates": "what is not among them is refused as unknown",
    "Picture.subscription": "then it is the method that is replaced, with all that depends on it",
    "SubscriptionFacts.owes": "without it one that is deleted is refused",
    "Bar.invoice": "it is only named",
    "Bar.until": "METHOD_MUST_WAIT cannot tell without it, and a cap without it is closed for good",
    "Debt.attempts": "no rule reads it",
    "Debt.manual": "no rule reads it",
    "Debt.next_at": "no rule reads it",
    "Debt.tried": "no rule reads it",
    "Debt.mails": "no rule reads it",
    "Debt.time_zone": "no rule reads it",
}
"""A fact that speaks against something must be said by whoever makes the facts: these may be left out, and why."""


def fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Its own ones; those of `Picture` stand there."""
    inherited = Picture.model_fields.keys() if issubclass(model, Balance) else set()
    yield from ((f"{model.__name__}.{name}", info) for name, info in model.model_fields.items() if name not in inherited)


def test_every_fact_that_may_be_unknown_has_a_rule_that_says_so() -> None:
    """A new fact that may be missing must be put into one of the tables."""
    found = {name for model in READ_BY_RULES for name, info in fields(model) if NoneType in get_args(info.annotation)}
    assert found == UNKNOWN.keys() | NONE_IS_A_FACT.keys()
    shown = {case.code for case in CASES if case.label == "missing"} | {"METHOD_MUST_WAIT", "LAST_SLOT"}
    assert set(UNKNOWN.values()) == shown


def test_no_fact_that_speaks_against_something_may_be_left_out() -> None:
    """A default would be what nobody has looked up."""
    found = {name for model in READ_BY_RULES for name, info in fields(model) if not info.is_required()}
    assert found == HAS_A_DEFAULT.keys()


@for_every([case for case in CASES if case.label == "missing"], name)
def test_a_rule_that_lacks_a_fact_refuses_and_says_which(case: Case) -> None:
    """In both languages; the remedy is to have it entered, or read, and then the rule is asked again."""
    (refusal,) = judge(case.among, case.shown, KARI, NOW, **case.asked or {})
    assert refusal.code == case.code
    says_what_is_missing(refusal)


def says_what_is_missing(refusal: Refusal) -> None:
    assert refusal.sentence == say(CANNOT_TELL, {"missing": refusal.facts["missing"]})
    assert refusal.helps == ""
    in_norwegian = tell(refusal, "nb")
    assert in_norwegian.sentence.startswith("Det kan ikke avgjøres om dette er tillatt: ")
    assert refusal.facts["missing"] not in in_norwegian.sentence
    assert in_norwegian.remedy.startswith(("Sørg for at ", "Prøv igjen ", "Slå den opp ", "Velg en annen "))


def test_who_asked_to_wait_nobody_knows_how_long_is_not_charged() -> None:
    """money.md, retry_later: another debt's wait that is over says nothing about this one's."""
    over, unknown = (Bar(method="other", kind="asked_to_wait", invoice="F-1", until=until) for until in (NOW, None))
    for bars in ((unknown,), (over, unknown)):
        (refusal,) = judge(rules.SETTLING, balance(bars=bars), KARI, NOW, chosen="other")
        assert refusal.code == "METHOD_MUST_WAIT"
        assert refusal.facts == {"missing": "until when the bank or the network of Visa ending 1881 asked to wait"}
        says_what_is_missing(refusal)
    assert judge(rules.SETTLING, balance(bars=(over,)), KARI, NOW, chosen="other") == ()


# Nothing that refuses because of what it knows is content when that is taken away.


def erased(shown: Any) -> Iterator[tuple[str, Any]]:
    """The same facts, each time without one that nobody may know."""
    for field, value in shown:
        fact = f"{next(one.__name__ for one in type(shown).__mro__ if field in one.__annotations__)}.{field}"
        if fact in UNKNOWN and value is not None:
            yield fact, shown.model_copy(update={field: None})
        if isinstance(value, BaseModel):
            yield from ((inner, shown.model_copy(update={field: less})) for inner, less in erased(value))
        elif isinstance(value, tuple):
            for place, one in enumerate(value):
                if isinstance(one, BaseModel):
                    for inner, less in erased(one):
                        changed = (*value[:place], less, *value[place + 1 :])
                        yield inner, shown.model_copy(update={field: changed})


@for_every(CASES, name)
def test_to_know_less_never_permits_anything(case: Case) -> None:
    """Whatever nobody knows: what was refused is refused, for the same reason or because that cannot be told."""
    for fact, less in erased(case.shown):
        refusals = judge(case.among, less, case.actor, NOW, **case.asked or {})
        assert refusals, f"without {fact} it is allowed"
        same = {one.code for one in refusals} >= {case.code}
        assert same or any("missing" in one.facts for one in refusals), fact


def test_a_fact_is_taken_away_wherever_it_stands() -> None:
    shown = balance(bars=(Bar(method="other", kind="capped", until=NOW),))
    found = [fact for fact, _ in erased(shown)]
    assert found.count("MethodFacts.country") == 2
    assert set(found) == {fact for fact in UNKNOWN if not fact.startswith(("NewMethod", "Debt"))}


# Before anything is read.


class Blank(BaseModel):
    """What a procedure remembers before the book is read, with every choice made."""

    actor: str = "per"
    picture: Picture | None = None
    debt: Debt | None = None
    chosen: str | None = None
    new: NewMethod | None = None
    attempt_under_way: bool = False


class Asked(Event):
    """An action with every field that a rule looks at."""

    kind: Literal["asked"] = "asked"
    method: str | None = "other"
    new: NewMethod | None = new_card(country="SE")
    details: methods.Details | None = methods.Details(expires=NOW.date().replace(year=2025))
    security_code: str | None = None
    number_changed: bool = False
    reason: str = ""


class Listed(Event):
    """An action that is only listed as possible: nothing is chosen yet."""

    kind: Literal["listed"] = "listed"
    method: str | None = None
    new: NewMethod | None = None
    reason: str = "goodwill"


ALL_RULES = list(dict.fromkeys((*rules.CATALOGUE, *rules.SETTLING)))
"""Those of the catalogue, and those of others that a settlement asks in a way of its own."""


def called(rule: Rule) -> str:
    return rule.code if rule in rules.CATALOGUE else f"{rule.code} of a settlement"


ALL_ROLES = Actor("kari", rules.METHOD_ADMINS | rules.SETTLERS | rules.SERVICES)

NEEDS_NO_BOOK = {
    "NUMBER_IMMUTABLE": "what was sent",
    "REASON_MISSING": "what was sent",
    "STARTED_BY_ANOTHER": "who started it",
    "ATTEMPT_RUNNING": "the retry's own attempt",
}
"""Rules that judge what every procedure knows of itself."""

ABOUT_A_CHOICE = {
    *(rule.code for rule in rules.TARGET),
    *(rule.code for rule in rules.ADD[1:]),
    "NOTHING_CORRECTED",
    "EXPIRY_OF_BANK_ACCOUNT",
    "EXPIRY_PASSED",
    "SECURITY_CODE_MISSING",
    "PAYING_CARD_NOT_OWNED",
    "NETWORK_CAP",
    "NETWORK_CAP_FOR_GOOD",
    "METHOD_MUST_WAIT",
    "DEBT_DISPUTED",
    "BANK_DEBITS_USED_UP",
    "DEBIT_AMOUNT_CHANGED",
}


def unread(rule: Rule, event: Event, who: Actor = ALL_ROLES) -> Refusal | None:
    return rule(Moment(Blank(), event, who, NOW))


@for_every(ALL_RULES, called)
def test_no_rule_is_content_before_it_has_read_what_it_needs(rule: Rule) -> None:
    """Whoever asks; nothing is revealed by saying that nothing is known."""
    if rule.code in NEEDS_NO_BOOK:
        assert "missing" not in (refusal.facts if (refusal := unread(rule, Asked())) else {})
        return
    for who in (ALL_ROLES, Actor("lise")):
        refusal = unread(rule, Asked(), who)
        assert refusal is not None
        assert refusal.facts["missing"].startswith("what the account book says of the ")
        if rule is not rules.NOT_READ:
            says_what_is_missing(refusal)


@for_every(ALL_RULES, called)
def test_a_choice_that_nobody_has_made_is_no_missing_fact(rule: Rule) -> None:
    """A list of what may be done is not filled with what cannot be told of things that nobody asked for."""
    refusal = unread(rule, Listed())
    assert (refusal is None or "missing" not in refusal.facts) == (rule.code in NEEDS_NO_BOOK.keys() | ABOUT_A_CHOICE)


@pytest.mark.parametrize("among", [rules.CHOICE, rules.ADD, rules.EDIT, rules.DELETE, rules.CHANGE, rules.SETTLING])
def test_what_is_missing_is_said_once(among: tuple[Rule, ...]) -> None:
    """However many rules need it."""
    told = [one.facts.get("missing") for one in against(among, Moment(Blank(), Asked(), ALL_ROLES, NOW))]
    assert [one for one in told if one] == ["what the account book says of the account"]


def test_a_debt_that_is_not_read_is_told_once_and_in_its_own_words() -> None:
    told = against(rules.RETRY, Moment(UNREAD, charge_retry.WriteOff(reason="x"), ALL_ROLES, NOW))
    assert [one.code for one in told] == ["NOT_READ"]
    assert told[0].sentence.startswith("The debt could not be read")
    assert tell(told[0], "nb").sentence.startswith("Fordringen kunne ikke leses")
    assert PLAIN.debt == DEBT


def test_a_picture_without_what_is_due_is_not_enough_to_pay() -> None:
    """The balance is another thing to read than a method."""
    memory = Blank(picture=Picture(**{field: getattr(balance(), field) for field in Picture.model_fields}))
    told = against(rules.OWN_SETTLING, Moment(memory, methods.Choose(method="other"), KARI, NOW))
    assert [one.facts for one in told] == [{"missing": "what is due with the payment method"}]
    says_what_is_missing(told[0])


# The mechanism.


def test_whatever_is_missing_the_sentence_is_whole() -> None:
    """A check may answer that a fact is missing, or ask for it with `known`."""
    for check in (lambda _: Missing("the weather"), lambda _: {"sun": known(None, Missing("the weather"))}):
        refusal = Rule("X", check, "", "", "G1")(None)  # type: ignore[arg-type]  # its check looks at nothing
        assert refusal is not None
        assert refusal.remedy == "Have the weather entered, and try again."
        assert refusal.helps == ""
    assert known(0, Missing("nothing")) == 0


def test_no_rule_reads_what_may_not_be_read_yet_past_the_one_place_that_says_so() -> None:
    """`picture` and `debt` of a procedure's memory: in all the rules together, each is looked up by one function."""
    found = []
    for file in sorted(Path(states.rules.__file__).parent.glob("*.py")):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                reads = [one.attr for one in ast.walk(function) if isinstance(one, ast.Attribute)]
                found += [(file.stem, function.name, attr) for attr in reads if attr in {"picture", "debt"}]
    assert found == [
        ("asking", "read", "picture"),
        ("retrying", "_debt", "debt"),
        ("retrying", "_not_read", "debt"),
    ]


def test_an_action_asks_every_rule_with_what_it_has() -> None:
    """The events of these tests have every field that a rule takes from an action."""
    asked = {field for action in (methods.Choose, methods.AddNew, details.Edit, charge_retry.WriteOff) for field in own(action)}
    assert asked <= Asked.model_fields.keys()
    assert card().standing is not None


def own(action: type[Action]) -> set[str]:
    return set(action.model_fields) - {"kind"}
