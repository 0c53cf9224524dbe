"""What the tests of the choosing procedures stand on: a picture, an administrator, and a world that answers as it is told."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from pictures import NOTHING_DEPENDS, NOTHING_DUE, depends

from domain.accounts import AccountKind, Era, MethodKind, PayerKind, Standing, SubscriptionStatus
from paystates.engine import Actor, Answers, Event, Memory, Procedure, Request, Walk, kind_of
from states import methods as ask
from states.facts import AccountFacts, Item, MethodFacts, NewMethod, Picture, SubscriptionFacts

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADMIN = Actor("kari", frozenset({"global_admin"}))
READER = Actor("rolf", frozenset({"profile_reader"}))
HOUSE_SERVICE = Actor("paystates", frozenset({"service"}))


def card(name: str, **more: Any) -> MethodFacts:
    """A good Norwegian card of the administrator's."""
    facts: dict[str, Any] = {
        "id": name,
        "label": f"Visa ending {name[-4:]}",
        "kind": MethodKind.CARD,
        "country": "NO",
        "added_by": "kari",
        "added_on": date(2025, 1, 7),
        "expires": date(2029, 4, 30),
        "standing": Standing.GOOD,
    }
    return MethodFacts(**{**facts, **more})


VISA, NEWER, OTHERS = card("visa-4242"), card("visa-4444"), card("visa-1881", added_by="per")
BANK = card("bank-0001", kind=MethodKind.BANK_ACCOUNT, label="bank account ending 0001", expires=None)
NEW = NewMethod(token="tok_new", kind=MethodKind.CARD, network="visa", last4="5100", country="NO", expires=date(2030, 1, 31))
ITEMS = tuple(Item(kind=PayerKind.SUBSCRIPTION, id=f"sub-{number}", name=f"Sub {number}") for number in (1, 2, 3))


def picture(**more: Any) -> Picture:
    """Three subscriptions pay with the Visa; a newer card, another's card and a bank account are on file besides."""
    facts: dict[str, Any] = {
        "account": AccountFacts(
            id="fjord", country="NO", kind=AccountKind.MOSA, era=Era.SEED, today=NOW.date(), methods=4, needs_paying=True
        ),
        "source": VISA,
        "dependents": depends(*ITEMS),
        "candidates": (NEWER, OTHERS, BANK),
        **NOTHING_DUE,
    }
    return Picture(**{**facts, **more})


def unused(**more: Any) -> Picture:
    """Nothing pays with the Visa."""
    return picture(dependents=NOTHING_DEPENDS, **more)


SUBSCRIPTION = SubscriptionFacts(id="sub-1", name="Sub 1", status=SubscriptionStatus.ACTIVE, method=VISA.id, profile=None)


def reviewed(seen: Picture | None = None, roles: Iterable[str] = ADMIN.roles) -> ask.Reviewed:
    """The answer to a review."""
    return ask.Reviewed(picture=seen or picture(), roles=frozenset(roles))


def conflict(item: Item = ITEMS[0]) -> ask.Conflict:
    """An item that stays."""
    return ask.Conflict(item=item, code="CARDS_ONLY", sentence="Only cards.")


class Told:
    """Answers each request with the next answer it was told for its kind; the last one again and again."""

    def __init__(self, **answers: Event | list[Event]) -> None:
        self.asked: list[Request[Any]] = []
        self._answers = {kind: list(told) if isinstance(told, list) else [told] for kind, told in answers.items()}

    def __call__(self, request: Request[Any]) -> Event:
        self.asked.append(request)
        told = self._answers[kind_of(type(request))]
        return told.pop(0) if len(told) > 1 else told[0]

    @property
    def kinds(self) -> list[str]:
        """What was asked, in order."""
        return [request.kind for request in self.asked]


def walk(procedure: Procedure[Any], memory: Memory, told: Told) -> Walk[Any]:
    """The procedure under way in that world."""
    return Walk(procedure, memory, Answers(told), NOW)
