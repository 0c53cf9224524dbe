"""An account in which everything is fine, for tests of the rules: each test says only what is different in its own."""

from datetime import UTC, date, datetime
from typing import Any, Literal

from domain.accounts import AccountKind, Era, MethodKind, PayerKind, Standing, SubscriptionStatus
from paystates.engine import Actor, Event, Rule
from states.facts import AccountFacts, Dependents, Item, MethodFacts, NewMethod, Picture, SubscriptionFacts
from states.rules.judging import judge

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = date(2026, 11, 22)
KARI = Actor("kari", frozenset({"global_admin"}))
PER = Actor("per", frozenset({"billing_admin"}))
MCA_2024 = {"kind": AccountKind.MCA, "era": Era.Y2024}


def card(name: str = "visa", label: str = "Visa ending 4242", **different: Any) -> MethodFacts:
    """Kari's, good and valid."""
    facts = {"kind": MethodKind.CARD, "country": "NO", "added_by": "kari", "added_on": date(2025, 1, 1)}
    good = {"expires": date(2030, 4, 30), "standing": Standing.GOOD}
    return MethodFacts(id=name, label=label, **facts | good | different)


def bank_account(name: str = "bank", label: str = "bank account ending 6789", **different: Any) -> MethodFacts:
    """Kari's, in good standing."""
    return card(name, label, **{"kind": MethodKind.BANK_ACCOUNT, "expires": None} | different)


def new_card(**different: Any) -> NewMethod:
    """A valid card of the account's country."""
    facts = {"token": "tok_new", "kind": MethodKind.CARD, "network": "visa", "last4": "1881", "country": "NO"}
    return NewMethod(**facts | {"expires": date(2031, 1, 31)} | different)


def new_bank_account(**different: Any) -> NewMethod:
    """A bank account of the account's country."""
    return new_card(**{"kind": MethodKind.BANK_ACCOUNT, "network": "sepa", "expires": None} | different)


def item(kind: PayerKind = PayerKind.SUBSCRIPTION, name: str = "Microsoft 365") -> Item:
    return Item(kind=kind, id=name.lower().replace(" ", "-"), name=name)


def depends(*items: Item, **different: Any) -> Dependents:
    """These pay with the source, and nothing else does."""
    profiles = [one.id for one in items if one.kind is PayerKind.PROFILE]
    alone = profiles[0] if len(items) == len(profiles) == 1 else None
    return Dependents(**{"count": len(items), "profiles": len(profiles), "first": items, "profile": alone} | different)


NOTHING_DEPENDS = depends()
NOTHING_DUE = {"charging": (), "retried": (), "outstanding": ()}
A_SUBSCRIPTION = depends(item())
A_PROFILE = depends(item(PayerKind.PROFILE, "Drift"))
BOTH = depends(item(PayerKind.PROFILE, "Drift"), item())


def subscription(**different: Any) -> SubscriptionFacts:
    """One that pays with the source."""
    facts = {"id": "m365", "name": "Microsoft 365", "status": SubscriptionStatus.ACTIVE, "method": "visa", "profile": None}
    return SubscriptionFacts(**facts | different)


def picture(account: dict[str, Any] | None = None, **different: Any) -> Picture:
    """Kari's account in Norway: a card that nothing depends on, and another card to choose."""
    home = {"id": "fjord", "country": "NO", "kind": AccountKind.MOSA, "era": Era.SEED, "today": TODAY}
    paying = {"methods": 2, "needs_paying": False}
    facts = {"source": card(), "dependents": NOTHING_DEPENDS, "candidates": (card("other", "Mastercard ending 5100"),)}
    return Picture(account=AccountFacts(**home | paying | (account or {})), **facts | NOTHING_DUE | different)


def codes(rules: tuple[Rule, ...], shown: Picture, actor: Actor = KARI, **asked: Any) -> list[str]:
    """The codes of all that stands against it."""
    return [refusal.code for refusal in judge(rules, shown, actor, NOW, **asked)]


class Numbered(Event):
    """An action whose sender wants another number on the method."""

    kind: Literal["numbered"] = "numbered"
    number_changed: bool = True
