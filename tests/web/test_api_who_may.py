"""Who may do what, through HTTP: every cell of the documents' table, by a token that acts for somebody with that one role.

It is the table of tests/states/test_who_may.py, and nothing of the code under test is asked what it says: each cell has an
account of its own in the book, whose procedure is started over HTTP, with everything chosen and confirmed, and looked at.
"""

import importlib.util
import itertools
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from house_in_memory import NOW, InMemory, in_memory

from domain.access import May
from domain.accounts import (
    Account,
    AccountKind,
    BillingProfile,
    Entry,
    EntryKind,
    Era,
    Grant,
    Invoice,
    Method,
    MethodKind,
    PayerKind,
    Person,
    Role,
    Subscription,
)
from domain.roles import PROFILE_ROLES


def table() -> ModuleType:
    """The module with the table: its folder has a `pictures` of its own beside it."""
    folder = Path(__file__).parents[1] / "states"
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("who_may_table", folder / "test_who_may.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module


WHO = table()
_numbers = itertools.count(1)
GOES_ON = {
    "replace-all": {"done"},
    "to": {"done"},
    "change-single": {"done"},
    "delete": {"confirming_deletion", "choosing"},
    "add-method": {"added"},
    "update": {"saved", "offering", "done"},
    "settle": {"settled", "done"},
}
"""Where a procedure gets to when nothing stands against it."""


def cases() -> list[Any]:
    """Each row once: the text of 2022 changed no role. A method is added to a profile in another procedure's flow only."""
    told = [row for row in WHO.rows() if row.era is not Era.Y2022]
    return [pytest.param(row, id=str(row)) for row in told if (row.procedure, row.pays) != ("add-method", "profile")]


@pytest.fixture(scope="module")
def whole_house() -> InMemory:
    """One book for all cells."""
    return in_memory()


@pytest.mark.parametrize("row", cases())
async def test_those_may_over_http_whom_the_table_names_and_nobody_else(whole_house: InMemory, row: Any) -> None:
    """One cell for each role, held alone."""
    may = []
    for short, role in WHO.ROLES.items():
        name = f"w{next(_numbers)}"
        procedure, data = furnished(whole_house, name, row, role)
        secret = whole_house.token(person=f"kari-{name}", accounts=(name,), may=tuple(May))
        async with whole_house.caller(secret) as caller:
            started = await caller.post(f"/v1/procedures/{procedure}", json=data)
            assert started.status_code == 202, started.text
            page = (await caller.get(started.headers["location"])).json()
        if page["state"] in GOES_ON[row.procedure]:
            may.append(short)
        else:
            assert page["state"] in {"refused", "choosing", "entering", "confirming"}, page["state"]
    assert tuple(may) == row.may


def furnished(house: InMemory, name: str, row: Any, role: str) -> tuple[str, dict[str, Any]]:
    """An account for one cell, in which all else is fine; which procedure is started in it, and with what."""
    kari, per, it, mine = f"kari-{name}", f"per-{name}", f"it-{name}", f"mine-{name}"
    drift, other = f"drift-{name}", f"other-{name}"
    source = mine if row.procedure == "to" else it
    own = {"own card": kari, "another's card": per, "bank account": per}[row.method]
    bank = row.method == "bank account"
    with house.book.transaction() as pages:
        pages.put_account(Account(name, "Norse AS", "DE", kind=row.kind, era=row.era, time_zone="Europe/Berlin"))
        for person in (kari, per):
            pages.put_person(Person(person, name, "Kari", "kari@norse.example"))
        added = NOW.replace(year=2020)
        kind = (MethodKind.BANK_ACCOUNT, "sepa", None) if bank else (MethodKind.CARD, "visa", date(2040, 4, 30))
        if row.procedure != "add-method":
            pages.put_method(_method(it, name, kind, own, added))
        pages.put_method(_method(mine, name, (MethodKind.CARD, "visa", date(2040, 4, 30)), kari, added))
        mca = row.kind is AccountKind.MCA
        if mca:
            pages.put_profile(BillingProfile(drift, name, "Drift", source if row.pays in {"profile", "both"} else None))
            pages.put_profile(BillingProfile(other, name, "Other"))
        through = row.procedure == "change-single" and row.pays == "profile"
        if row.pays in {"subscription", "both"} or row.procedure == "change-single":
            bound = None if through else source
            pages.put_subscription(
                Subscription(f"s-{name}", name, "Basic", method_id=bound, profile_id=drift if through else None)
            )
        if role:
            pages.put_grant(_grant(kari, role, name, drift, other))
        if row.procedure == "settle":
            payer = (PayerKind.PROFILE, drift) if row.pays == "profile" else (PayerKind.SUBSCRIPTION, f"s-{name}")
            pages.put_invoice(Invoice(f"F-{name}", name, *payer, "EUR", date(2026, 11, 1), date(2026, 11, 10)))
            pages.add_entry(Entry(f"F-{name}/invoice", f"F-{name}", EntryKind.INVOICE, 100, NOW))
    return _start(row, name, it, mine)


def _method(method: str, account: str, kind: tuple[MethodKind, str, date | None], added_by: str, added: Any) -> Method:
    what, network, expires = kind
    return Method(method, account, what, network, f"tok_{method}", "4242", "DE", added_by, added, "Kari", expires)


def _grant(person: str, role: str, account: str, drift: str, other: str) -> Grant:
    held = Role(role.removesuffix("_elsewhere"))
    if held in {Role.OPERATOR, Role.SERVICE}:
        return Grant(person, held)
    profile = (other if role.endswith("_elsewhere") else drift) if held in PROFILE_ROLES else None
    return Grant(person, held, account, profile)


def _start(row: Any, name: str, it: str, mine: str) -> tuple[str, dict[str, Any]]:
    new = {
        "token": f"tok_new_{name}",
        "kind": "card",
        "network": "visa",
        "last4": "1111",
        "country": "DE",
        "expires": "2040-04-30",
    }
    match row.procedure:
        case "replace-all":
            return "replace-all", {"method": it, "chosen": mine, "confirmed": True}
        case "to":
            return "replace-all", {"method": mine, "chosen": it, "confirmed": True}
        case "change-single":
            return "change-single-subscription", {"subscription": f"s-{name}", "chosen": mine, "confirmed": True}
        case "delete":
            return "delete-with-dependents", {"method": it}
        case "add-method":
            if row.method == "bank account":
                new = {"token": f"tok_new_{name}", "kind": "bank_account", "network": "sepa", "last4": "1111", "country": "DE"}
            return "add-method", {"account": name, "request": "r", "new": new}
        case "update":
            return "update-details", {"method": it, "details": {"holder": "Kari Nordmann"}, "security_code": "tok_code"}
    invoice = {"invoice": f"F-{name}"} if row.kind is AccountKind.MCA else {}
    return "settle-balance", {"method": it, "chosen": it, "confirmed": True, **invoice}


def test_every_role_there_is_has_its_column() -> None:
    assert {*WHO.ROLES.values()} - {"", "profile_owner_elsewhere"} == {role.value for role in Role}
