"""Events: everything that happened to an account, in order, each once, and told in words."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from activities import bookkeeping
from activities.happenings import Happening, happening, is_wanted, message
from domain.accounts import (
    Account,
    Attempt,
    AttemptStatus,
    Entry,
    EntryKind,
    Grant,
    Initiator,
    Invoice,
    Method,
    MethodKind,
    PayerKind,
    Person,
    Role,
    Subscription,
)
from domain.money import Money
from domain.webhooks import Endpoint, Wanted
from gateways.port import Notification
from paystates.front.events import MOST, NOTES, events
from store.files import read_book, write_book
from store.memory import MemoryBook
from store.port import JournalRow

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
REFUSAL = {"code": "NOT_ALLOWED", "sentence": "Kari may not hold it.", "remedy": "Ask an administrator.", "source": "G1"}


def row(sequence: int, kind: str, source: str, target: str, **differences) -> JournalRow:
    made = JournalRow(
        "charge-retry/F-1", "run", sequence, NOW, "charge-retry@1", "paystates", kind, "{}", source, target, accepted=True
    )
    return replace(made, account_id="fjord", **differences)


DECISIONS = (
    row(1, "opened", "opening", "charging"),
    row(2, "declined", "charging", "waiting", event='{"attempt":1}'),
    row(3, "hold", "waiting", "waiting", actor="kari", accepted=False, refusals=json.dumps([REFUSAL])),
    row(4, "charged", "charging", "recovered", event='{"attempt":2}'),
)


@pytest.fixture
def book() -> MemoryBook:
    kept = MemoryBook()
    with kept.transaction() as pages:
        pages.put_account(Account("fjord", "Fjord AS", "NO"))
        pages.put_account(Account("elv", "Elv AS", "NO"))
        pages.put_person(Person("kari", "fjord", "Kari Nordmann", "kari@fjord.example"))
        pages.put_grant(Grant("kari", Role.GLOBAL_ADMIN, "fjord"))
        pages.put_method(Method("card", "fjord", MethodKind.CARD, "visa", "tok", "4242", "NO", "kari", NOW))
        pages.put_subscription(Subscription("sub", "fjord", "Pro", method_id="card"))
        pages.put_invoice(Invoice("F-1", "fjord", PayerKind.SUBSCRIPTION, "sub", "NOK", date(2026, 3, 1)))
        pages.add_entry(Entry("F-1/invoice", "F-1", EntryKind.INVOICE, 10_000, NOW))
    return kept


def keep(book: MemoryBook, *rows: JournalRow) -> None:
    with book.transaction() as pages:
        pages.add_journal(rows)


def test_decisions_are_told_in_order_with_what_they_were_and_words(book):
    keep(book, *DECISIONS)
    told = events(book, "fjord")
    assert [(one.type, one.kind, one.accepted) for one in told.rows] == [
        (Happening.MOVED, "opened", True),
        (Happening.MOVED, "declined", True),
        (Happening.REFUSED, "hold", False),
        (Happening.ENDED, "charged", True),
    ]
    refused, ended = told.rows[2:]
    assert refused.words == "Kari Nordmann wants to hold the attempts: refused (Kari may not hold it)"
    assert refused.refusals[0].remedy == "Ask an administrator."
    assert "attempt 2 charged" in ended.words
    assert all(one.words for one in told.rows)
    assert json.loads(json.dumps(ended.data()))["subject"] == "charge-retry/F-1"


def test_page_after_page_tells_each_event_once_whatever_the_size(book):
    keep(book, *DECISIONS)
    whole = events(book, "fjord").rows
    for size in (1, 2, 3, 4, 5):
        cursor, told = 0, []
        while (page := events(book, "fjord", cursor, size)).rows:
            assert len(page.rows) <= size
            cursor, told = page.next, [*told, *page.rows]
        assert [one.id for one in told] == [one.id for one in whole]
        assert page.next == cursor


def test_words_on_a_later_page_know_what_came_before(book):
    """Which attempt it was that got no answer is counted from the beginning, not from the page's."""
    unknown = row(2, "outcome_unknown", "charging", "confirming"), row(4, "outcome_unknown", "charging", "confirming")
    keep(book, DECISIONS[0], unknown[0], row(3, "not_charged", "confirming", "charging", event='{"attempt":1}'), unknown[1])
    cursor = events(book, "fjord", limit=3).next
    (later,) = events(book, "fjord", cursor).rows
    assert later.words.startswith("attempt 2: no answer")


def test_an_account_is_told_of_nothing_that_happened_to_another(book):
    keep(book, *DECISIONS, replace(DECISIONS[0], procedure="charge-retry/E-1", account_id="elv"))
    assert {one.account for one in events(book, "fjord").rows} == {"fjord"}
    assert [one.subject for one in events(book, "elv").rows] == ["charge-retry/E-1"]
    assert {one.account for one in events(book, None).rows} == {"fjord", "elv"}


@pytest.mark.parametrize("limit", [-1, 0, 10**9])
def test_a_page_has_at_least_one_event_and_no_more_than_the_most(book, limit):
    keep(book, *(row(number, "opened", "opening", "charging") for number in range(1, MOST + 10)))
    assert len(events(book, "fjord", limit=limit).rows) == (MOST if limit > 0 else 1)


def test_a_definition_that_is_kept_no_more_is_told_plainly(book):
    keep(book, replace(DECISIONS[1], definition="charge-retry@0"), replace(DECISIONS[3], target="a_state_of_then"))
    assert [one.words for one in events(book, "fjord").rows] == [
        "declined: charging → waiting",
        "charged: charging → a_state_of_then",
    ]


def test_a_row_without_a_line_of_its_own_is_told_in_norwegian_by_the_names_of_its_declaration(book):
    keep(book, row(1, "due", "waiting", "charging"), row(2, "unchanged", "confirming", "opening"))
    told = [one.words for one in events(book, "fjord", language="nb").rows]
    assert told == ["tiden er inne: venter → belaster", "uendret: venter på bekreftelse → begynner"]


def everything(book: MemoryBook) -> None:
    """All that can happen to an account outside its procedures, but for what `registering` does."""
    nok = Money.parse
    bookkeeping.receive_payment(book, "F-1", nok("20.00", "NOK"), "wire", NOW)
    bookkeeping.receive_payment(book, "F-1", nok("20.00", "NOK"), "wire", NOW)
    bookkeeping.credit(book, "F-1", nok("10.00", "NOK"), "c", NOW)
    other = Method("card2", "fjord", MethodKind.CARD, "visa", "tok2", "1881", "NO", "kari", NOW)
    bookkeeping.add_method(book, other)
    bookkeeping.bind(book, PayerKind.SUBSCRIPTION, "sub", "card2", actor="kari")
    bookkeeping.correct_details(book, "card2", NOW)
    bookkeeping.hear(book, Notification("n", "method.gone", NOW, token="tok2"), NOW)
    bookkeeping.hear(book, Notification("n", "method.gone", NOW, token="tok2"), NOW)
    bookkeeping.void(book, "F-1", "v", NOW)
    bookkeeping.receive_payment(book, "F-1", nok("5.00", "NOK"), "late", NOW)
    bookkeeping.cancel_subscription(book, "sub")


def test_what_is_booked_beside_the_procedures_is_told_too_and_once(book):
    """A payment told twice is booked once and told once; each is written with what it tells."""
    everything(book)
    told = events(book, "fjord").rows
    assert [one.kind for one in told] == [
        "payment_received",
        "credit_given",
        "method_added",
        "method_bound",
        "details_corrected",
        "method_gone",
        "void_given",
        "payment_received",
        "subscription_cancelled",
    ]
    assert {one.type for one in told} == {Happening.NOTED}
    assert told[0].words == "20.00 NOK received for F-1"
    assert told[3].words == "card2 pays for sub from now on"
    assert told[3].actor == "kari"
    assert told[5].actor == "provider"
    assert "account credit" in told[7].words
    assert not set(NOTES) & {one.words for one in told}


def test_nothing_that_is_refused_is_told_as_if_it_had_happened(book):
    with pytest.raises(bookkeeping.DoesNotFit):
        bookkeeping.credit(book, "F-1", Money.parse("999.00", "NOK"), "c", NOW)
    with pytest.raises(bookkeeping.BookkeepingError):
        bookkeeping.bind(book, PayerKind.SUBSCRIPTION, "sub", "nothing")
    assert events(book, "fjord").rows == ()


def test_an_import_is_told_to_each_account_that_it_brought_something():
    book = MemoryBook()
    text = """
accounts:
  - id: contoso
    name: Contoso AS
    country: "NO"
    people: [{id: ann, name: Ann, email: ann@contoso.example, roles: [global_admin]}]
"""
    for _ in range(2):
        write_book(read_book(text, "book", NOW.date()), book, NOW)
    (told,) = events(book, "contoso").rows
    assert told.words == "imported: 1 account, 1 person, 1 role"


def test_a_credit_that_waits_says_for_what(book):
    attempt = Attempt(
        "F-1", 1, AttemptStatus.CLEARING, "card", "visa", 10_000, "NOK", Initiator.MERCHANT, "charge-retry/F-1", NOW
    )
    with book.transaction() as pages:
        pages.add_attempt(attempt)
    bookkeeping.credit(book, "F-1", Money.parse("10.00", "NOK"), "c", NOW)
    (told,) = events(book, "fjord").rows
    assert told.words == "credit of 10.00 NOK for F-1, once the result of attempt 1 is known"


# What web hooks are told of it.


def endpoint(**differences) -> Endpoint:
    return replace(Endpoint("wh_1", None, "https://x", tuple(Wanted), 0, NOW), **differences)


def test_a_web_hook_is_told_of_ends_and_of_what_people_were_refused():
    """Not of moves, not of what was booked, and not of a wake-up that came too late."""
    late = replace(DECISIONS[2], event_kind="balance_changed", actor="paystates")
    assert [is_wanted(endpoint(), one) for one in (*DECISIONS, late)] == [False, False, True, True, False]
    assert not is_wanted(endpoint(wants=("procedure.ended",)), DECISIONS[2])
    assert not is_wanted(endpoint(account_id="elv"), DECISIONS[3])
    assert is_wanted(endpoint(account_id="fjord"), DECISIONS[3])


def test_a_message_has_ids_and_sentences_and_neither_fields_of_events_nor_facts():
    """What somebody typed into an action may be anything: it stays here."""
    secret = replace(DECISIONS[2], event='{"note":"call Kari at home"}')
    body = message(7, secret).model_dump_json()
    assert json.loads(body)["refusals"] == [REFUSAL]
    assert "at home" not in body
    told = message(8, DECISIONS[3])
    assert (told.id, told.type, told.verdict, told.state, told.account) == (
        "evt_8",
        "procedure.ended",
        "done",
        "recovered",
        "fjord",
    )


def test_a_message_of_a_definition_that_is_kept_no_more_still_tells_what_is_known():
    old = replace(DECISIONS[3], definition="charge-retry@0")
    assert happening(old) is Happening.MOVED
    assert message(1, old).title == ""
