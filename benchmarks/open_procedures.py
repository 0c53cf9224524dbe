"""Fills a book and a server with open procedures, cheaply: each begins where a real one came to rest, with one workflow task."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from domain.accounts import (
    Account,
    Entry,
    EntryKind,
    Grant,
    Invoice,
    Method,
    MethodKind,
    PayerKind,
    Person,
    Role,
    Subscription,
)
from gateways.script import Script, parse_script
from paystates import clock
from paystates.client import Paystates
from paystates.temporal.messages import Happened, Outcome, Resumed, Start, View
from states.procedures import NEWEST
from store.port import Book, JournalRow, Pages

TOGETHER = 20
"""Invoices of one account, each with a retry that is open."""
PATTERN, PATTERN_ACCOUNT = "F-pattern", "a-pattern"
_AT_ONCE = 40
_ACCOUNTS_AT_ONCE = 100
_RETRY = NEWEST["charge-retry"]
_NOW = clock.now()


def account_of(number: int) -> str:
    """The account of an invoice."""
    return f"a-{number // TOGETHER:05}"


def invoice_of(number: int) -> str:
    """The invoice of that number."""
    return f"F-{number:07}"


def subject_of(number: int) -> str:
    """Its retry."""
    return f"charge-retry/{invoice_of(number)}"


def script() -> Script:
    """What the bank does: the pattern is declined for lack of funds."""
    return parse_script(f"tok_{PATTERN_ACCOUNT}-0: [{{decline: insufficient_funds}}]")


def write_pattern(book: Book) -> None:
    """The account and the invoice that the pattern is about."""
    with book.transaction() as pages:
        _put_account(pages, PATTERN_ACCOUNT)
        _put_debt(pages, PATTERN_ACCOUNT, PATTERN, 0)


async def pattern(front: Paystates) -> Resumed:
    """A real retry that was declined once and waits, in the form in which one goes on as another run. It is ended then."""
    subject = (await front.charge_retry(PATTERN)).subject
    handle = front.client.get_workflow_handle(subject)
    while (seen := await front.view(subject)).stand.state != "waiting":  # noqa: ASYNC110 - the server is asked
        await asyncio.sleep(0.05)
    happened: tuple[Happened, ...] = await handle.query("happened", 0, result_type=tuple[Happened, ...])
    await handle.terminate()
    return _resumed(seen, happened)


def _resumed(seen: View, happened: tuple[Happened, ...]) -> Resumed:
    return Resumed(run="pattern", stand=seen.stand, sequence=seen.sequence, taken=seen.taken, happened=happened)


def write_accounts(book: Book, count: int) -> None:
    """Accounts with two people, four cards and twenty subscriptions each, every one with an invoice and its retry's journal."""
    with book.transaction() as pages:
        rows = pages.journal(f"charge-retry/{PATTERN}")
    numbers = range(count)
    for first in range(0, count, _ACCOUNTS_AT_ONCE * TOGETHER):
        now = numbers[first : first + _ACCOUNTS_AT_ONCE * TOGETHER]
        with book.transaction() as pages:
            for account in dict.fromkeys(map(account_of, now)):
                _put_account(pages, account)
            for number in now:
                _put_debt(pages, account_of(number), invoice_of(number), number)
            pages.add_journal(_rows(rows, now))


def _rows(rows: Sequence[JournalRow], numbers: range) -> Iterator[JournalRow]:
    for number in numbers:
        for row in rows:
            event = _about(row.event, number)
            yield replace(row, procedure=subject_of(number), run="pattern", event=event, account_id=account_of(number))


def _about(text: str, number: int) -> str:
    return text.replace(PATTERN_ACCOUNT, account_of(number)).replace(PATTERN, invoice_of(number))


def _put_account(pages: Pages, account: str) -> None:
    pages.put_account(Account(account, f"Firm {account} AS", "NO", "nb", "Europe/Oslo"))
    for person in ("anna", "berit"):
        pages.put_person(Person(f"{account}-{person}", account, person.title(), f"{person}@{account}.example"))
        pages.put_grant(Grant(f"{account}-{person}", Role.GLOBAL_ADMIN, account))
    for number in range(4):
        name = f"{account}-{number}"
        owner = f"{account}-anna"
        expires = date(_NOW.year + 3, 4, 30)
        pages.put_method(
            Method(name, account, MethodKind.CARD, "visa", f"tok_{name}", "4242", "NO", owner, _NOW, expires=expires)
        )


def _put_debt(pages: Pages, account: str, invoice: str, number: int) -> None:
    payer = f"s-{invoice}"
    pages.put_subscription(Subscription(payer, account, f"Seat {invoice}", method_id=f"{account}-{number % 4}"))
    pages.put_invoice(Invoice(invoice, account, PayerKind.SUBSCRIPTION, payer, "NOK", _NOW.date() - timedelta(days=1)))
    pages.add_entry(Entry(f"{invoice}/invoice", invoice, EntryKind.INVOICE, 29900, _NOW))


async def start_all(front: Paystates, resumed: Resumed, count: int) -> None:
    """Start them, some at once, and wait until the server lists all of them where they rest."""
    text = resumed.model_dump_json()
    room = asyncio.Semaphore(_AT_ONCE)

    async def start(number: int) -> None:
        begun = Start(definition=_RETRY.id, resumed=Resumed.model_validate_json(_about(text, number)))
        async with room:
            await front.client.start_workflow(
                "charge-retry", begun, id=subject_of(number), task_queue=front.task_queue, result_type=Outcome
            )

    await asyncio.gather(*(start(number) for number in range(count)))
    while (await front.client.count_workflows("PaystatesState = 'waiting' AND ExecutionStatus = 'Running'")).count < count:  # noqa: ASYNC110 - the server is asked
        await asyncio.sleep(0.5)
