"""How the operations of the HTTP API are asked for the examples in its description: each by the example of its own request.

They are asked in the house in memory; here stands what must have happened before, and what goes wrong with some of them only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

IDS = {
    "account": "contoso",
    "hook": "wh_4f1c2a5e7b7e4b39",
    "invoice": "2026-1001",
    "method": "visa-1",
    "person": "kari",
    "procedure": "charge-retry",
    "profile": "bp-1",
    "role": "billing_admin",
    "subject": "2026-1001",
    "subscription": "s-1",
}
"""What stands in a path, unless a case says otherwise."""

DAY = timedelta(days=1)

Sent = tuple[str, Mapping[str, Any]]
"""A path, and what is posted there."""


@dataclass(frozen=True)
class Case:
    """How an operation is asked: after what was posted, and how long after; about what, and with what else than its example.

    `person` is whom it is asked for; what was posted before was for Kari. `declined` is why the bank declines the first attempt.
    """

    before: Sequence[Sent | timedelta] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    person: str = "kari"
    declined: str = "insufficient_funds"


def start(name: str, **data: Any) -> Sent:
    """The start of a procedure."""
    return f"/v1/procedures/{name}", data


DECLINED = (start("charge-retry", invoice="2026-1001"), DAY)
"""The invoice is due, and the bank has declined it."""

HOOK = ("/v1/webhooks", {"url": "https://billing.contoso.example/paystates", "account": "contoso"})
FJORD = {"account": "fjord"}
MOVED = {"method": "visa-1", "chosen": "mastercard-2"}

WAITING = {
    "charge-retry": Case(DECLINED),
    "replace-all": Case([start("replace-all", **MOVED)]),
    "change-single-subscription": Case([start("change-single-subscription", subscription="s-1", chosen="mastercard-2")]),
    "delete-with-dependents": Case([start("delete-with-dependents", method="visa-1")]),
    "add-method": Case([start("add-method", account="contoso", request="r-1")]),
    "update-details": Case(
        [*DECLINED, start("update-details", method="visa-1", details={"holder": "Kari Hansen"}, security_code="tok_code")],
        declined="expired_card",
    ),
    "settle-balance": Case([*DECLINED, start("settle-balance", **MOVED)]),
}
"""Each procedure, waiting for the action that is the example of its orders."""

OTHERWISE: dict[str, Mapping[str, Any]] = {
    "replace-all": {"method": "visa-1"},
    "change-single-subscription": {"subscription": "s-1"},
    "delete-with-dependents": MOVED,
    "add-method": {"account": "contoso", "request": "r-1"},
    "update-details": {"method": "visa-1"},
    "settle-balance": {"method": "visa-1"},
}
"""Starts that ask for something else than the example of a start: while they run, it is refused."""

CASES: dict[str, Sequence[Case]] = {
    "GET /v1/procedures": [Case(DECLINED, query={"account": "contoso"})],
    "GET /v1/procedures/{procedure}/{subject}": [Case(DECLINED)],
    "GET /v1/procedures/{procedure}/{subject}/items": [
        Case([start("replace-all", **MOVED, confirmed=True)], ids={"procedure": "replace-all"})
    ],
    "GET /v1/procedures/{procedure}/{subject}/diagram": [Case(DECLINED)],
    "POST /v1/accounts": [Case(), Case(body={"name": "Contoso Norge AS"})],
    "GET /v1/accounts/{account}/events": [Case(DECLINED, query={"limit": 3})],
    "GET /v1/events": [Case(DECLINED, query={"limit": 3})],
    "PUT /v1/accounts/{account}/people/{person}": [Case(), Case(ids={"person": "ann"})],
    "POST /v1/accounts/{account}/roles": [Case(), Case(body={"person": "ann"})],
    "POST /v1/accounts/{account}/subscriptions": [Case(), Case(body={"method": "fjord-visa"})],
    "PUT /v1/subscriptions/{subscription}/method": [Case(), Case(body={"method": "fjord-visa"})],
    "GET /v1/accounts/{account}/billing-profiles": [Case(ids=FJORD)],
    "POST /v1/accounts/{account}/billing-profiles": [Case(ids=FJORD), Case()],
    "PUT /v1/billing-profiles/{profile}/method": [Case(body={"method": "fjord-visa"}), Case()],
    "POST /v1/accounts/{account}/invoices": [Case(), Case(body={"id": "2026-1001"})],
    "GET /v1/invoices/{invoice}": [Case(DECLINED)],
    "POST /v1/invoices/{invoice}/payments": [Case(DECLINED)],
    "POST /v1/invoices/{invoice}/credits": [Case(), Case(body={"amount": 900000})],
    "GET /v1/accounts/{account}/methods": [Case(DECLINED)],
    "GET /v1/methods/{method}/candidates": [Case(DECLINED)],
    "GET /v1/webhooks": [Case([HOOK])],
    **{f"POST /v1/procedures/{name}": [Case(), Case([*DECLINED, start(name, **other)])] for name, other in OTHERWISE.items()},
    **{f"POST /v1/procedures/{name}/{{subject}}/actions": [one] for name, one in WAITING.items()},
    **{f"POST /v1/procedures/{name}/{{subject}}/why": [replace(one, person="per")] for name, one in WAITING.items()},
}
"""How operations are asked, if it is not simply; a second case is one that goes wrong."""
