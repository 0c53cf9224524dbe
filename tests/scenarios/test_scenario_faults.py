"""A malformed scenario, script or book is answered with line, field and remedy, before anything is written."""

from datetime import date
from pathlib import Path

import pytest

from domain.data import DataError
from paystates.rehearsal.scenario import Staged, read_scenario, stage
from paystates.rehearsal.stage import Stage
from store.errors import BookConflict
from store.memory import MemoryBook

WHOLE = """\
title: Held, and resumed
shows: [G54]
book:
  accounts:
    - id: varden
      name: Varden Maling AS
      country: "NO"
      time_zone: Europe/Oslo
      people:
        - {id: liv, name: Liv Varden, email: liv@varden.example, roles: [global_admin]}
      methods:
        - {id: varden-visa, card: {brand: visa, last4: "4242", expires: "2030-04"}, added_by: liv}
      subscriptions:
        - {id: varden-m365, name: Microsoft 365 Business Basic, method: varden-visa}
      invoices:
        - {id: V-1, subscription: varden-m365, amount: "100.00", currency: NOK, billing_date: 0d}
  staff:
    - {id: desk, name: Ida Desk, email: ida@operator.example}
collect: [V-1]
bank:
  varden-visa:
    - decline: insufficient_funds
    - succeed
steps:
  - {at: 2d, by: desk, act: hold}
  - {at: 9d, by: desk, act: resume}
checks:
  - {at: 8d, state: held}
ends:
  V-1: {state: recovered, balance: "0.00"}
"""

SCENARIOS = [
    ("title:", "titel:", "line 1, title: is missing: add it"),
    ("title:", "titel:", "line 1, titel: is not a field of this file: remove it or correct its name"),
    ("collect: [V-1]", "collect: []", "line 1: nothing happens: collect an invoice, or start a procedure"),
    ("collect: [V-1]", "collect: [V-2]", "line 19, collect[0]: 'V-2' is no invoice here: write one of V-1"),
    ("collect: [V-1]", "collect: [V-2]", "line 29, ends: does not say how V-2 ends: add it"),
    ("  V-1: {state", "  V-2: {state", "line 30, ends.V-2: 'V-2' is no collected invoice here: write one of V-1"),
    (
        "2d, by: desk",
        "2d, by: dsek",
        "line 25, steps[0].by: 'dsek' is no person here: write one of desk, liv, paystates, provider",
    ),
    ("act: hold", "act: hodl", "line 25, steps[0]: act: is of no kind that is known: use one of"),
    (
        "state: held",
        "state: hled",
        "line 28, checks[0].state: 'hled' is no state of that procedure: write one of opening, waiting",
    ),
    (
        "state: recovered,",
        "mails: [declinde], state: recovered,",
        "line 30, ends.V-1.mails[0]: 'declinde' is no mail: write one of",
    ),
    (
        "state: recovered,",
        "subscription: actve, state: recovered,",
        "line 30, ends.V-1.subscription: 'actve' is no status of a subscription: write one of active, past_due",
    ),
    (
        "title: Held, and resumed",
        "title: " + "[" * 3000 + "]" * 3000,
        "line 1: it is nested too deeply: write it with fewer levels",
    ),
    ("act: hold", "act: {kind: hold, why: x}", "line 25, steps[0]: act: why: is not a field here"),
    ("act: hold", "act: hold, void: {}", "line 25, steps[0]: does act and void: write exactly one of act, receive"),
    ("by: desk, act: hold", "by: desk", "line 25, steps[0]: does nothing: write exactly one of act, receive"),
    ("at: 2d", "at: soon", "line 25, steps[0].at: 'soon' is not a duration: write whole numbers with w, d, h, m or s"),
    ("at: 2d", "at: 2", "line 25, steps[0].at: 2 is not a time: count from the start, such as 0d, 3d or 3d 2h"),
    ("8d, state", "8d, stat", "line 28, checks[0].stat: is not a field of this file: remove it or correct its name"),
    ("8d, state", "8d, invoice: V-7, state", "line 28, checks[0].invoice: 'V-7' is no collected invoice here"),
    ('balance: "0.00"', "balance: none", "line 30, ends.V-1.balance: String should match pattern"),
    (
        "act: hold",
        "bind: {method: varden-visa}",
        "line 25, steps[0].bind: binds to nothing or to two things: write either subscription or billing_profile",
    ),
    (
        "act: hold",
        "bind: {subscription: varden-m365, method: varden-vise}",
        "line 25, steps[0].bind.method: 'varden-vise' is no payment method here: write one of varden-visa",
    ),
    ("act: hold", "receive: {invoice: V-3, amount: '1'}", "line 25, steps[0].receive.invoice: 'V-3' is no invoice here"),
    (
        "act: hold",
        "receive: {amount: '0.00'}",
        "line 25, steps[0].receive.amount: '0.00' pays nothing: write an amount",
    ),
    ("act: hold", "receive: {amount: '-1'}", "line 25, steps[0].receive.amount: '-1' pays nothing: write an amount above zero"),
    (
        "act: hold",
        "credit: {amount: '1.005'}",
        "line 25, steps[0].credit.amount: '1.005' has 3 decimals, but NOK has 2",
    ),
    ('balance: "0.00"', 'balance: "0.001"', "line 30, ends.V-1.balance: '0.001' has 3 decimals, but NOK has 2"),
    ('balance: "0.00"', 'charged: {varden-visa: "1.001"}', "ends.V-1.charged.varden-visa: '1.001' has 3 decimals, but NOK has 2"),
    ("8d, state", "8d, account_credit: '1.001', state", "checks[0].account_credit: '1.001' has 3 decimals, but NOK has 2"),
    ("act: hold", "cancel_subscription: m365", "steps[0].cancel_subscription: 'm365' is no subscription here"),
    ("act: hold", "mail_server: sleeps", "steps[0].mail_server: 'sleeps' is not known here: use 'refuses' or 'accepts'"),
    ("collect:", "drivers: [cloud]\ncollect:", "line 19, drivers[0]: 'cloud' is not known here: use 'memory' or 'temporal'"),
    ("shows: [G54]", "starts: 2026-02-30", "line 2, starts: 2026-02-30 cannot be read: day is out of range for month"),
    ("act: hold", "act: hold, on: V-7", "line 25, steps[0].on: 'V-7' is no collected invoice here: write one of V-1"),
    ("act: hold", "act: hold, on: dance/V-1", "line 25, steps[0].on: 'dance/V-1' is no collected invoice here"),
    (
        "act: hold",
        "start: {procedure: dance}",
        "steps[0].start: there is no procedure 'dance': use one of charge-retry, replace-all",
    ),
    ("act: hold", "start: {procedure: replace-all}", "steps[0].start: method: say what replace-all is about"),
    (
        "act: hold",
        "start: {procedure: replace-all, method: varden-visa, total: 1}",
        "steps[0].start: total: replace-all is not started with that: use method, actor, chosen",
    ),
    (
        "act: hold",
        "start: {procedure: replace-all, method: varden-visa}",
        "line 29, ends: does not say how replace-all/varden-visa ends: add it",
    ),
    ("8d, state", "8d, moved: 1, on: V-9, state", "line 28, checks[0].on: 'V-9' is no collected invoice here: write one of V-1"),
    ("act: hold", "withdraw: {person: lvi, role: global_admin}", "steps[0].withdraw.person: 'lvi' is no person here"),
    ("ends:\n", "ends: {}\nends:\n", "line 30, ends: is given twice: keep one"),
    ("title: Held, and resumed", "title: [", "this is not YAML as we read it"),
]
SCRIPTS = [
    ("  varden-visa:", "  varden-vise:", "line 21, bank.varden-vise: 'varden-vise' is no payment method or token here"),
    ("- decline: ins", "- declined: ins", "line 22, bank.varden-visa[0]: has no field declined: write decline"),
    ("- succeed", "- suceed", "bank.varden-visa[1]: 'suceed' is not a word that may stand here: write succeed, gone"),
    ("- succeed", "- {fault: unavailable}", "bank.varden-visa[1]: has fault unavailable without an end: add for: 2d"),
    ("- decline: insufficient_funds", "- gone", "bank: varden-visa, step 1: nothing can follow gone: make it the last step"),
    ("- succeed", "- {late: {after: 3}}", "bank.varden-visa[1].late.after: 3 has no unit: write a duration such as 4d"),
]
BOOKS = [
    ("method: varden-visa}", "method: varden-mc}", "line 14, book.accounts[0].subscriptions[0].method: account varden has no"),
    ('amount: "100.00"', 'amount: "100.005"', "invoices[0].amount: '100.005' has 3 decimals, but NOK has 2"),
    ("currency: NOK", "currency: KR", "invoices[0].currency: 'KR' is not a known currency"),
    ("Europe/Oslo", "Europe/Olso", "line 8, book.accounts[0].time_zone: 'Europe/Olso' is not a time zone"),
    ("added_by: liv", "added_by: per", "methods[0].added_by: account varden has no person 'per'"),
    ("id: desk,", "id: liv,", "line 10, book.accounts[0].people[0].id: 'liv' is the person id of another already"),
]


def staged(text: str) -> Staged:
    return stage(text, "bad", Path(), date(2026, 11, 2), "bad.yaml")


def test_the_whole_one_is_read() -> None:
    """What the cases below make worse is sound."""
    assert staged(WHOLE).scenario.title == "Held, and resumed"


@pytest.mark.parametrize(("sound", "wrong", "said"), [*SCENARIOS, *SCRIPTS, *BOOKS])
def test_a_mistake_is_answered_with_line_field_and_remedy(sound: str, wrong: str, said: str) -> None:
    """A file that cannot be used is refused as a whole, with every problem, before a book or a bank is made of it."""
    text = WHOLE.replace(sound, wrong, 1)
    assert text != WHOLE
    with pytest.raises(DataError) as caught:
        staged(text)
    assert said in str(caught.value)


@pytest.mark.parametrize("place", ['last4: "4242"', "title: Held, and resumed", "act: hold}"])
def test_a_card_number_is_never_repeated(place: str) -> None:
    """Card numbers are never kept nor shown, wherever they stand, in a comment too (law 6)."""
    number = "5" * 15 + "7"
    with pytest.raises(DataError) as caught:
        staged(WHOLE.replace(place, f"{place}  # {number}\n" if "act" in place else place + f" {number}"))
    assert "looks like a card number" in str(caught.value)
    assert number not in str(caught.value)


STARTED = WHOLE.replace("act: hold", "start: {procedure: replace-all, method: varden-visa}").replace("act: resume", "act: hold")
ENDED = f"{STARTED}  replace-all/varden-visa: {{state: lapsed}}\n"


@pytest.mark.parametrize(
    ("sound", "wrong", "said"),
    [
        ("act: hold", "act: confirm, on: V-1", "line 26, steps[1]: act: is of no kind that is known: use one of"),
        (
            "act: hold",
            "act: hold, on: replace-all/varden-visa",
            "line 26, steps[1]: act: is of no kind that is known: use one of",
        ),
        ("act: hold", "act: hold, on: replace-all/x", "'replace-all/x' is no collected invoice or started procedure here"),
        (
            "{state: lapsed}",
            "{sent: 1}",
            "line 31, ends.replace-all/varden-visa.sent: only an invoice that is collected has that",
        ),
    ],
)
def test_a_mistake_about_a_started_procedure_is_answered_too(sound: str, wrong: str, said: str) -> None:
    """Actions and truths are those of the procedure that is named; what it does not know is a fault of the file."""
    assert staged(ENDED).scenario.started == ("replace-all/varden-visa",)
    with pytest.raises(DataError) as caught:
        staged(ENDED.replace(sound, wrong, 1))
    assert said in str(caught.value)


def test_where_nothing_is_collected_an_invoice_must_be_named() -> None:
    """A void of “the” invoice is about none."""
    with pytest.raises(DataError, match=r"line 25, steps\[1\]\.void\.invoice: is missing, and nothing is collected that it"):
        staged(ENDED.replace("collect: [V-1]\n", "").replace("act: hold", "void: {}"))


def test_an_empty_file_says_so() -> None:
    """It is no scenario without a story."""
    with pytest.raises(DataError, match="the file is empty"):
        staged("")


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    """The sentence says what to give."""
    with pytest.raises(DataError, match="give the path of a scenario file"):
        read_scenario(tmp_path / "nowhere.yaml", date(2026, 11, 2))


def test_a_book_of_its_own_file_is_read_beside_the_scenario(tmp_path: Path) -> None:
    """`book` may name a file relative to the scenario; its mistakes are told with their own lines."""
    before, inner = WHOLE.split("book:\n")
    inner, after = inner.split("collect:")
    book = "\n".join(line.removeprefix("  ") for line in inner.splitlines())
    file = tmp_path / "split.yaml"
    file.write_text(f"{before}book: book.yaml\ncollect:{after}")
    with pytest.raises(DataError, match=r"book.yaml cannot be read: give the path of a book file"):
        read_scenario(file, date(2026, 11, 2))
    (tmp_path / "book.yaml").write_text(book)
    assert read_scenario(file, date(2026, 11, 2)).scenario.book == staged(WHOLE).scenario.book
    (tmp_path / "book.yaml").write_text(book.replace("NOK", "KR"))
    with pytest.raises(DataError, match="'KR' is not a known currency"):
        read_scenario(file, date(2026, 11, 2))


def test_a_book_that_conflicts_writes_nothing() -> None:
    """An invoice of another amount is in the book already: nothing of the file is written (one transaction)."""
    book = MemoryBook()
    Stage(staged(WHOLE), book)
    with book.transaction() as pages:
        before = pages.invoices("varden"), pages.entries("V-1"), pages.people("varden"), pages.grants("varden")
    with pytest.raises(BookConflict):
        Stage(staged(WHOLE.replace('"100.00"', '"101.00"').replace("Liv Varden", "Eva Varden")), book)
    with book.transaction() as pages:
        assert before == (pages.invoices("varden"), pages.entries("V-1"), pages.people("varden"), pages.grants("varden"))
