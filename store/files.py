"""Reads a book file, the YAML of `paystates book import`, and writes it into the account book in one transaction."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.accounts import (
    Account,
    BillingProfile,
    Entry,
    EntryKind,
    Grant,
    Invoice,
    Method,
    MethodKind,
    PayerKind,
    Person,
    Role,
    Standing,
    Subscription,
)
from domain.data import DataError, Problem, load
from store.book_file import AccountData, BookFile, CardData, InvoiceData, MethodData
from store.card_numbers import REMEDY, has_card_number
from store.errors import BookConflict
from store.port import Book, Pages
from store.records import BUILT_IN

__all__ = ["BookFile", "Summary", "read_book", "write_book"]


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did. `added` counts records by what they are, `unchanged` those that were in the book already.

    `left` names what the book has otherwise than the file, and keeps: what procedures have done since is not undone.
    """

    added: Mapping[str, int]
    unchanged: int
    left: tuple[str, ...] = ()

    def __str__(self) -> str:
        added = ", ".join(f"{count} {_counted(what, count)}" for what, count in self.added.items())
        told = f"added {added}" if added else "nothing to add"
        if self.unchanged:
            told += f"; {self.unchanged} {_counted('record', self.unchanged)} in the book already"
        return told + "".join(f"; left as the book has it: {what}" for what in self.left)


def _counted(noun: str, count: int) -> str:
    if count == 1:
        return noun
    return {"person": "people", "entry": "entries"}.get(noun, f"{noun}s")


def read_book(text: str, source_name: str, start: date) -> BookFile:
    """Read and check a book file. Days such as `+3d` count from `start`; `source_name` is what errors call the file.

    Raises `domain.data.DataError` with every problem: its line, its field, and a sentence with the remedy.
    """
    book_file = load(text, BookFile, source_name, {"start": start})
    # A comment is no field of the model, but it would keep the number just as well.
    commented = [n for n, line in enumerate(text.splitlines(), start=1) if has_card_number(line)]
    if commented:
        raise DataError(source_name, [Problem(n, "", f"something in this line {REMEDY}") for n in commented])
    return book_file


def write_book(book_file: BookFile, book: Book, now: datetime) -> Summary:
    """Write what the book does not have yet, in one transaction; `now` (aware) is when the invoices are booked.

    What is in the book already stays as it is, so that the same file changes nothing the second time. `BookConflict`,
    and nothing is written, when a record belongs to another account there, or an invoice has another payer or amount.
    """
    added: Counter[str] = Counter()
    unchanged = 0
    left: list[str] = []
    conflicts: list[str] = []
    imported: dict[str, Counter[str]] = {}
    with book.transaction() as pages:
        for record in _records(book_file, now):
            present = _find(pages, record)
            if present is None and _write(pages, record):
                added[_NOUNS[type(record)]] += 1
                whose = record.id if isinstance(record, Account) else getattr(record, "account_id", None)
                if whose is not None:
                    imported.setdefault(whose, Counter())[_NOUNS[type(record)]] += 1
                continue
            present = present or _find(pages, record)
            name = f"{_NOUNS[type(record)]} {_name(record)}"
            differing = [field for field in _names(record) if getattr(record, field) != getattr(present, field)]
            conflicts += [_conflict(name, field, present, record) for field in differing if field in _FIXED]
            others = [field for field in differing if field not in _FIXED | _DAY_OF_IMPORT]
            left += [f"{name} ({', '.join(others)})"] if others else []
            unchanged += not others
        if conflicts:
            raise BookConflict("; ".join(conflicts))
        for account_id, counts in imported.items():
            pages.note(f"account/{account_id}", "imported", dict(counts), now, account_id, actor=BUILT_IN[0].id)
    return Summary(dict(added), unchanged, tuple(left))


_FIXED: Final = {"account_id", "payer_kind", "payer_id", "currency", "amount"}
"""What can never differ between file and book: whose a record is, who owes a debt, and how much."""

_DAY_OF_IMPORT: Final = {"added_at", "standing_since", "details_at", "billing_date", "due_date", "at"}
"""What a file may say in days from the import: the first import settles it."""


def _names(record: Any) -> list[str]:
    return [each.name for each in fields(record)]


def _conflict(name: str, field: str, present: object, record: object) -> str:
    unit = " (minor units)" if field == "amount" else ""
    there, here = getattr(present, field), getattr(record, field)
    return f"{name} has the {field} {there} in the book, but {here}{unit} in the file: correct the file"


def _records(book_file: BookFile, now: datetime) -> Iterator[Any]:
    """The file as records of the book, each after those it names."""
    for actors, role in ((book_file.staff, Role.OPERATOR), (book_file.services, Role.SERVICE)):
        for actor in actors:
            yield Person(actor.id, None, actor.name, actor.email)
            yield Grant(actor.id, role)
    for account in book_file.accounts:
        yield Account(
            id=account.id,
            name=account.name,
            country=account.country,
            language=account.language,
            time_zone=account.time_zone,
            kind=account.kind,
            era=account.era,
            contact_email=account.contact_email,
            extra_recipients=account.extra_recipients,
            strict_from=account.strict_from,
        )
        for person in account.people:
            yield Person(person.id, account.id, person.name, person.email, person.alternate_email)
            yield from (Grant(person.id, each.role, account.id, each.profile) for each in person.roles)
        yield from (method_of(account, method, now) for method in account.methods)
        for profile in account.billing_profiles:
            yield BillingProfile(profile.id, account.id, profile.name, profile.method)
        for each in account.subscriptions:
            yield Subscription(
                id=each.id,
                account_id=account.id,
                name=each.name,
                status=each.status,
                method_id=each.method,
                profile_id=each.billing_profile,
                recurring_billing=each.recurring_billing,
            )
        for invoice in account.invoices:
            yield _invoice(account, invoice)
            yield Entry(f"{invoice.id}/invoice", invoice.id, EntryKind.INVOICE, invoice.money.amount, now)


def method_of(account: AccountData, method: MethodData, now: datetime) -> Method:
    """The record of a method that a file describes."""
    details = method.details
    card = details if isinstance(details, CardData) else None
    return Method(
        id=method.id,
        account_id=account.id,
        kind=MethodKind.CARD if card else MethodKind.BANK_ACCOUNT,
        network=details.network,
        token=method.provider_token,
        last4=details.last4,
        country=method.country or account.country,
        added_by=method.added_by,
        added_at=datetime.combine(method.added, time(), ZoneInfo(account.time_zone)).astimezone(UTC),
        holder=details.holder,
        expires=card.expires if card else None,
        standing=method.standing,
        standing_since=None if method.standing is Standing.GOOD else now,
    )


def _invoice(account: AccountData, invoice: InvoiceData) -> Invoice:
    return Invoice(
        id=invoice.id,
        account_id=account.id,
        payer_kind=PayerKind.SUBSCRIPTION if invoice.subscription else PayerKind.PROFILE,
        payer_id=invoice.subscription or invoice.billing_profile or "",
        currency=invoice.currency,
        billing_date=invoice.billing_date,
        due_date=invoice.due_date,
    )


def _find(pages: Pages, record: Any) -> object | None:
    """What the book has under the record's name."""
    match record:
        case Account():
            return pages.account(record.id)
        case Person():
            return pages.person(record.id)
        case Method():
            return pages.method(record.id)
        case BillingProfile():
            return pages.profile(record.id)
        case Subscription():
            return pages.subscription(record.id)
        case Invoice():
            return pages.invoice(record.id)
        case Entry():
            return next((each for each in pages.entries(record.invoice_id) if each.reference == record.reference), None)
        case _:
            return record if record in pages.grants_of(record.person_id) else None


def _refuse_deleted(pages: Pages, payer: BillingProfile | Subscription) -> None:
    """The file's method may be in the book, and deleted since: nothing is bound to it again."""
    method = pages.method(payer.method_id, lock=True) if payer.method_id else None
    if method is not None and method.is_deleted:
        message = f"{payer.id} pays with {method.id}, which was deleted: name another method, or leave it out"
        raise BookConflict(message)


def _write(pages: Pages, record: Any) -> bool:
    """Whether it was written: another may have made it since the look for it."""
    match record:
        case Account():
            return pages.add_account(record)
        case Person():
            return pages.add_person(record)
        case Method():
            return pages.add_method(record)
        case BillingProfile():
            _refuse_deleted(pages, record)
            return pages.add_profile(record)
        case Subscription():
            _refuse_deleted(pages, record)
            return pages.add_subscription(record)
        case Invoice():
            return pages.add_invoice(record)
        case Entry():
            if pages.entries(record.invoice_id):
                # The debt begins with this entry: one that began otherwise would be doubled by it.
                message = f"invoice {record.invoice_id} has a ledger in the book without {record.reference}: leave it out"
                raise BookConflict(message)
            return pages.add_entry(record)
        case _:
            return pages.add_grant(record)


def _name(record: Any) -> str:
    match record:
        case Grant():
            return f"{record.role} of {record.person_id}"
        case Entry():
            return record.reference
        case _:
            return str(record.id)


_NOUNS: Final[Mapping[type[Any], str]] = {
    Account: "account",
    Person: "person",
    Grant: "role",
    Method: "method",
    BillingProfile: "billing profile",
    Subscription: "subscription",
    Invoice: "invoice",
    Entry: "entry",
}
