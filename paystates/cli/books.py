"""`paystates book …`: fills the account book from a file, and books what happens outside the procedures."""

import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from paystates import clock
from paystates.cli import terminal
from paystates.cli.connection import book, connect
from paystates.cli.errors import BadInput, Unmet
from paystates.front.phrases import count
from paystates.orders import PaystatesError
from paystates.settings import Settings
from store.files import read_book, write_book

if TYPE_CHECKING:
    from activities.bookkeeping import Receipt, Wake
    from domain.accounts import Invoice, Method
    from domain.money import Money
    from store.port import Book


def import_file(settings: Settings, path: Path, *, json: bool) -> None:
    """Write into the book what it does not have yet; days in the file count from today."""
    now = clock.now()
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        message = f"FILE {path} is not text in UTF-8: save it as such"
        raise BadInput(message) from None
    except OSError as error:
        message = f"FILE {path} cannot be read ({error.strerror}): give the path of a book file, such as examples/contoso.yaml"
        raise BadInput(message) from None
    content = read_book(text, str(path), now.date())
    with book(settings, make=True) as opened:
        summary = write_book(content, opened, now)
    if json:
        terminal.show_json({"added": dict(summary.added), "unchanged": summary.unchanged, "left": list(summary.left)})
        return
    terminal.show(terminal.safe(f"{path}: {summary}."))
    invoices = [invoice.id for account in content.accounts for invoice in account.invoices]
    if invoices and summary.added:
        terminal.note(f"Collect an invoice with:  paystates start charge-retry {terminal.safe(invoices[0])}")


def amount_of(settings: Settings, invoice: str, amount: str) -> "Money":
    """An amount above zero in the currency of an invoice; `BadInput` names what is wrong."""
    from domain.money import Money, MoneyError

    currency = invoice_of(settings, invoice).currency
    try:
        money = Money.parse(amount, currency)
    except MoneyError as error:
        message = f"AMOUNT: {error}"
        raise BadInput(message) from None
    if money.amount <= 0:
        message = f"AMOUNT: {money} is nothing that could be booked: write an amount above zero, such as 1495.00"
        raise BadInput(message)
    return money


def invoice_of(settings: Settings, invoice: str) -> "Invoice":
    """An invoice of the book; `BadInput` when it is none."""
    with book(settings) as opened, opened.reading() as pages:
        found = pages.invoice(invoice)
    if found is None:
        message = f"INVOICE {invoice!r} is not in the account book: correct the number, or import it"
        raise BadInput(message)
    return found


def must_know(settings: Settings, method: str, *, subscription: str | None, profile: str | None) -> None:
    """Whether the book has a payment method, and what it is to be bound to; `BadInput` names what it has not."""
    with book(settings) as opened, opened.reading() as pages:
        found = {
            f"METHOD {method!r}": pages.method(method),
            f"--subscription {subscription!r}": pages.subscription(subscription) if subscription else True,
            f"--billing-profile {profile!r}": pages.profile(profile) if profile else True,
        }
    unknown = [named for named, record in found.items() if record is None]
    if unknown:
        raise BadInput("\n".join(f"{named} is not in the account book: import it, or correct its id" for named in unknown))


def card(settings: Settings, account_id: str, method_id: str, *, brand: str, last4: str, expires: str, by: str) -> "Method":
    """A card to be put on file, read as a book file's is; `BadInput` names the option that is wrong."""
    from pydantic import ValidationError

    from store.book_file import AccountData, MethodData
    from store.files import method_of

    now = clock.now()
    with book(settings) as opened, opened.reading() as pages:
        account, person = pages.account(account_id), pages.person(by)
    if account is None:
        message = f"ACCOUNT {account_id!r} is not in the account book: import it, or correct its id"
        raise BadInput(message)
    if person is None:
        message = f"--by {by!r} is nobody in the account book: give the id of a person in it"
        raise BadInput(message)
    details = {"brand": brand, "last4": last4, "expires": expires, "holder": person.name}
    try:
        context = {"start": now.date()}
        read = MethodData.model_validate({"id": method_id, "card": details, "added_by": by, "added": "0d"}, context=context)
    except ValidationError as error:
        problems = [f"{_option(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}" for fault in error.errors()]
        raise BadInput("\n".join(problems)) from None
    kept = AccountData(id=account.id, name=account.name, country=account.country, time_zone=account.time_zone)
    return method_of(kept, read, now)


def _option(place: tuple[str | int, ...]) -> str:
    """The option that a field of a method was given with."""
    return "METHOD" if place[-1] == "id" else f"--{place[-1]}"


def reference() -> str:
    """A reference of our own for what is booked without one."""
    return f"cli-{uuid.uuid4().hex[:12]}"


async def ordered(
    settings: Settings, deed: Callable[["Book", datetime], "Receipt"], *, order: str, done: str, json: bool
) -> None:
    """Give a credit or void to the book. It says whether that is booked, or waits for the result of an attempt."""
    with book(settings) as opened:
        receipt = deed(opened, clock.now())
    said = done
    data: dict[str, str | int] = {"booked": done}
    if receipt.waits_for is not None:
        said = f"{order} is accepted; it waits for the result of attempt {receipt.waits_for}, and is booked with that"
        data = {"waiting": order, "attempt": receipt.waits_for}
    await _tell(settings, list(receipt.wakes), said=said, data=data, json=json)


async def booked(settings: Settings, deed: Callable[["Book", datetime], list["Wake"]], *, done: str, json: bool) -> None:
    """Do it to the book, and wake the procedures it concerns."""
    with book(settings) as opened:
        wakes = deed(opened, clock.now())
    await _tell(settings, wakes, said=done, data={"booked": done}, json=json)


async def _tell(settings: Settings, wakes: list["Wake"], *, said: str, data: dict[str, str | int], json: bool) -> None:
    """Wake the procedures, and say so. A server that is away loses nothing: they ask the book."""
    woken = 0
    missed = ""
    if wakes:
        try:
            woken, missed = await _wake(settings, wakes)
        except Unmet as error:
            missed = str(error)
    if json:
        terminal.show_json({**data, "woken": woken})
        return
    terminal.show(terminal.safe(f"{said}; {count(woken, 'procedure')} woken."))
    if missed:
        nobody = "Not everybody" if woken else "Nobody"
        terminal.note(f"{nobody} was woken ({terminal.safe(missed)}). Procedures ask the book again at their next date.")


async def _wake(settings: Settings, wakes: list["Wake"]) -> tuple[int, str]:
    """How many were woken, and why others could not be."""
    from paystates.client import Paystates

    front = Paystates(await connect(settings), settings.task_queue)
    woken, missed = 0, ""
    for one in wakes:
        try:
            woken += await front.wake(one.invoice, one.action, actor="paystates", starts=one.starts, subject=one.subject)
        except PaystatesError as error:
            missed = str(error)
    return woken, missed
