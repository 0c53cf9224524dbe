"""The main ways through every procedure, to be walked with a worker that dies anywhere: what is started, who answers what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from racing import World

from domain.accounts import MethodKind, Standing
from paystates.engine import HOUSE, Action
from states import details, methods, retry_messages

NEW = {
    "token": "tok-new",
    "kind": MethodKind.CARD,
    "network": "visa",
    "last4": "1881",
    "country": "NO",
    "expires": date(2031, 4, 30),
}
HOLDER = {"holder": "Kari Nordmann"}
_AUTHENTICATED = {"needs_customer": methods.Authenticated(), "authenticating": methods.Authenticated(password="123456")}
_WITH_C = {"choosing": methods.Choose(method="card-c"), "confirming": methods.Confirm()}
_UNREACHABLE = {"fault": "unavailable", "for": "400d"}

BY = {"skip_attempt": "ola", "write_off": "ola", "provider_notified": HOUSE.id}
"""Who acts where it is not Kari: an operator, or the house."""

ONCE = frozenset({"skip_attempt"})
"""What is done the first time only."""


@dataclass(frozen=True, slots=True)
class Way:
    """A procedure with its choices, the bank it meets, what is answered where, and where it ends.

    `retried` are the invoices that are being collected when it starts. What nobody answers is left to time.
    """

    procedure: str
    choices: Mapping[str, Any]
    ends: str
    bank: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Action] = field(default_factory=dict)
    retried: tuple[str, ...] = ()
    prepare: Callable[[World], None] = lambda world: None


def declined_for_its_details(world: World) -> None:
    """Card A waits for corrected details."""
    with world.book.transaction() as pages:
        card = pages.method("card-a")
        assert card is not None
        pages.put_method(replace(card, standing=Standing.NEEDS_CORRECTION, standing_since=world.now))


def _replacing(procedure: str, about: Mapping[str, str], ends: str, retried: tuple[str, ...] = ("F-1",)) -> dict[str, Way]:
    new = {"tok-new": [{"set_up": {"action_required": {"completed_after": "never"}}}]}
    chosen = {**about, "chosen": "card-c", "confirmed": True}
    return {
        f"{procedure}, existing": Way(procedure, chosen, ends, retried=retried),
        f"{procedure}, new": Way(procedure, {**about, "new": NEW, "confirmed": True}, ends, new, _AUTHENTICATED, retried),
        f"{procedure}, step by step": Way(procedure, about, ends, answers=_WITH_C, retried=retried),
    }


def _adding() -> dict[str, Way]:
    start = {"account": "fjord", "request": "r1", "new": NEW}

    def way(ends: str, check: Any) -> Way:
        return Way("add-method", start, ends, {"tok-new": [{"set_up": check}]}, _AUTHENTICATED)

    return {
        "add-method": way("added", "ready"),
        "add-method, authenticated": way("added", {"action_required": {"completed_after": "never"}}),
        "add-method, password": way("added", {"password": "123456"}),
        "add-method, reply lost": way("added", {"fault": "reply_lost", "times": 2}),
        "add-method, refused": way("not_added", {"refused": "card_declined"}),
    }


def _editing() -> dict[str, Way]:
    start = {"method": "card-a", "details": HOLDER, "security_code": "cvc_tok"}
    pay = {"offering": details.PayNow()}
    edit = {"editing": details.Edit(details=methods.Details(holder="Kari Nordmann"), security_code="cvc_tok")}
    refused = {"tok-card-a": [{"details": {"refused": "invalid_expiry_year"}}]}
    due = ("F-1", "F-2")
    return {
        "update-details": Way("update-details", start, "done", retried=due),
        "update-details, step by step": Way("update-details", {"method": "card-a"}, "done", answers=edit, retried=due),
        "update-details, paid at once": Way(
            "update-details", start, "done", answers=pay, retried=due, prepare=declined_for_its_details
        ),
        "update-details, not paid at once": Way("update-details", start, "done", retried=due, prepare=declined_for_its_details),
        "update-details, refused": Way("update-details", start, "not_saved", refused, retried=due),
    }


def _settling() -> dict[str, Way]:
    same = {"method": "card-a", "chosen": "card-a", "confirmed": True}
    other = {"method": "card-a", "chosen": "card-c", "confirmed": True}
    due = ("F-1", "F-2")

    def way(choices: Mapping[str, Any], step: Any, answers: Mapping[str, Action] = {}, ends: str = "done") -> Way:
        token = f"tok-{choices.get('chosen', 'card-a')}"
        bank = {token: [step, "succeed"], "tok-card-b": ["succeed"]}
        return Way("settle-balance", choices, ends, bank, {**answers, **_AUTHENTICATED}, due)

    def new(choices: Mapping[str, Any], answers: Mapping[str, Action] = {}) -> Way:
        bank = {"tok-new": [{"set_up": {"action_required": {"completed_after": "never"}}}, "succeed"]}
        return Way("settle-balance", {"method": "card-a", **choices}, "done", bank, {**answers, **_AUTHENTICATED}, due)

    return {
        "settle-balance, charged": way(same, "succeed"),
        "settle-balance, charged and bound": way(other, "succeed"),
        "settle-balance, step by step": way({"method": "card-a"}, "succeed", _WITH_C),
        "settle-balance, declined": way(same, {"decline": "insufficient_funds"}, _WITH_C),
        "settle-balance, unknown and charged": way(same, {"fault": "reply_lost"}),
        "settle-balance, unknown and not charged": way(same, {"fault": "time_out"}),
        "settle-balance, unresolved": way(same, _UNREACHABLE, ends="unresolved"),
        "settle-balance, authenticated": way(same, {"action_required": {"completed_after": "never"}}),
        "settle-balance, new": new({"new": NEW, "confirmed": True}),
        "settle-balance, new, step by step": new({}, {"choosing": methods.AddNew(new=NEW), "confirming": methods.Confirm()}),
    }


def _retrying() -> dict[str, Way]:
    def way(*steps: Any, ends: str = "recovered", **answers: Action) -> Way:
        return Way("charge-retry", {"invoice": "F-1"}, ends, {"tok-card-a": steps}, answers)

    authenticate = {"action_required": {"completed_after": "never"}}
    declined = {"decline": "insufficient_funds"}

    return {
        "charge-retry, charged": way("succeed"),
        "charge-retry, declined": way(declined, "succeed"),
        "charge-retry, unknown and charged": way({"fault": "reply_lost"}, "succeed"),
        "charge-retry, unknown and not charged": way({"fault": "time_out"}, "succeed"),
        "charge-retry, authenticated": way(authenticate, needs_customer=retry_messages.ProviderNotified()),
        "charge-retry, authentication expires": way(authenticate, "succeed"),
        "charge-retry, exhausted": way(declined, ends="exhausted"),
        "charge-retry, skipped": way("succeed", waiting=retry_messages.SkipAttempt()),
        "charge-retry, unresolved": way(_UNREACHABLE, ends="unresolved"),
        "charge-retry, written off": way(declined, ends="written_off", waiting=retry_messages.WriteOff(reason="bankrupt")),
    }


WAYS: dict[str, Way] = {
    **_replacing("replace-all", {"method": "card-a"}, "done"),
    **_replacing("delete-with-dependents", {"method": "card-a"}, "done", ()),
    **_replacing("change-single-subscription", {"subscription": "sub-1"}, "done"),
    **_adding(),
    **_editing(),
    **_settling(),
    **_retrying(),
}
