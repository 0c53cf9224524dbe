"""`paystates items`: every item a line, or as data, read from the account book alone."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from shell import Run

from domain.accounts import Account, Method, MethodKind, PayerKind, Person, Rebinding, Subscription
from paystates import clock
from store.port import JournalRow
from store.sql import SqlBook

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
SUBJECT = "replace-all/old"
CONFLICT = (
    '{"kind": "page_moved", "moved": 2, "conflicts": [{"item": {"kind": "subscription", "id": "s-3", "name":'
    ' "[red]Tre\\u001b[2J"}, "code": "CHANGED_MEANWHILE", "sentence": "S-3 pays with another payment method by now."}]}'
)
ROW = JournalRow(SUBJECT, "r1", 1, T0, "replace-all@1", "paystates", "page_moved", CONFLICT, "moving", "verifying", accepted=True)


@pytest.fixture
def kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> SqlBook:
    """`s-1` and `s-2` were moved from `old` to `new`, and `s-3` stayed."""
    url = f"sqlite:///{home}/book.db"
    monkeypatch.setenv("PAYSTATES_BOOK_URL", url)
    with closing(SqlBook.create(url)) as book:
        with book.transaction() as pages:
            pages.put_account(Account("fjord", "Fjord AS", "NO", time_zone="Europe/Oslo"))
            pages.put_person(Person("ann", "fjord", "Ann", "ann@fjord.example"))
            card = Method("old", "fjord", MethodKind.CARD, "visa", "tok_old", "4242", "NO", "ann", T0, expires=date(2031, 1, 31))
            for method in (card, replace(card, id="new", token="tok_new")):
                pages.put_method(method)
            for name in ("s-1", "s-2"):
                pages.put_subscription(Subscription(name, "fjord", name.upper(), method_id="old"))
            moved = Rebinding(SUBJECT, "r1", PayerKind.SUBSCRIPTION, "s-1", "fjord", "old", "new", T0)
            pages.rebind([moved, replace(moved, item_id="s-2")])
            pages.add_journal([replace(ROW, account_id="fjord")])
        yield book


def test_every_item_has_its_line_and_what_stayed_its_reason(kept: SqlBook, paystates: Run) -> None:
    with clock.at(T0):
        ran = paystates("items", SUBJECT)
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            "subscription s-1 (S-1)  old → new  Sun  1 Mar 10:00",
            "subscription s-2 (S-2)  old → new  Sun  1 Mar 10:00",
            "subscription s-3 ([red]Tre\N{REPLACEMENT CHARACTER}[2J)  stays",
            "    S-3 pays with another payment method by now. (CHANGED_MEANWHILE)",
        ],
    )
    assert "3 items, 1 of them not where they were to be" in ran.told


def test_the_same_as_data(kept: SqlBook, paystates: Run) -> None:
    data = paystates("items", SUBJECT, "--json").data
    at = T0.isoformat()
    assert data[0] == {
        "kind": "subscription", "id": "s-1", "name": "S-1", "from": "old", "to": "new", "at": at, "stayed": None,
    }  # fmt: skip
    assert [one["id"] for one in data] == ["s-1", "s-2", "s-3"]
    why = {"code": "CHANGED_MEANWHILE", "sentence": "S-3 pays with another payment method by now.", "at": at}
    assert (data[2]["to"], data[2]["stayed"]) == (None, why)


def test_a_procedure_that_bound_nothing_anew_says_so(kept: SqlBook, paystates: Run) -> None:
    """Also one that is about a debt: a bare invoice stands for its retry."""
    with kept.transaction() as pages:
        pages.add_journal([replace(ROW, procedure="charge-retry/F-1", event_kind="hold", event="{}")])
    ran = paystates("items", "F-1")
    assert (ran.code, ran.out) == (0, "")
    assert "Nothing has been bound anew" in ran.err
    assert paystates("items", "F-1", "--json").data == []


def test_what_the_book_does_not_know_is_named_and_nothing_is_written(kept: SqlBook, paystates: Run) -> None:
    ran = paystates("items", "replace-all/none", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "The account book knows nothing of replace-all/none" in ran.told
