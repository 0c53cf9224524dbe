"""Invoices and their ledgers: issued, paid by other ways, credited and voided. What is booked is never changed (law 6)."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, status
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from activities import bookkeeping, registering
from activities.bookkeeping import Receipt
from activities.desk import Wake
from domain.accounts import AttemptStatus, EntryKind, Initiator, Invoice, PayerKind
from domain.ledger import balance
from paystates.web.access import Access, Accessed, May
from paystates.web.api.fields import (
    WITH_KEY,
    AccountId,
    ActingFor,
    Amount,
    AnId,
    Currency,
    Day,
    Id,
    Limit,
    Minor,
    Reference,
    Sent,
    Told,
    example,
)
from paystates.web.api.problem_model import failures
from paystates.web.api.writing import author, wake
from paystates.web.house import House, InHouse
from paystates.web.problems import not_found
from paystates.web.routes import ReadingRoute, WritingRoute
from store.port import Pages

reading = APIRouter(prefix="/v1", route_class=ReadingRoute, tags=["invoices"], responses=failures(404))
writing = APIRouter(prefix="/v1", route_class=WritingRoute, tags=["invoices"], responses=failures(404, 409))


class NewInvoice(Sent):
    """An invoice, addressed to a subscription or a billing profile of the account."""

    model_config = example(
        id="2026-1002",
        payer={"kind": "subscription", "id": "s-1"},
        amount=149500,
        currency="NOK",
        billing_date="2026-11-22",
        due_date="2026-12-06",
    )

    class Payer(Sent):
        """Whom an invoice is addressed to."""

        kind: PayerKind
        id: Id

    id: Id
    payer: Payer
    amount: Minor
    currency: Currency
    billing_date: Day
    due_date: Day | None = None


class Received(Amount):
    """Money that came by other ways, such as a wire. What is too much becomes account credit."""

    model_config = example(amount=149500, currency="NOK", reference="wire-77")

    reference: Reference


class Crediting(Amount):
    """A part of a debt, or all of it, that need not be paid."""

    model_config = example(amount=50000, currency="NOK", reference="complaint-12")

    reference: Reference


class Voiding(Sent):
    """What is left of an invoice need not be paid."""

    model_config = example(reference="issued-in-error")

    reference: Reference


class EntryTold(Told):
    """A line of the ledger, in minor units: positive raises the debt, negative lowers it."""

    reference: str
    kind: EntryKind
    amount: int
    at: datetime


class AttemptTold(Told):
    """An attempt to charge it. `category`, `source` and `code`: why it was declined, or what was answered and nothing charged."""

    n: int
    status: AttemptStatus
    method: str = Field(validation_alias="method_id")
    network: str
    amount: int
    currency: str
    initiator: Initiator
    reserved_at: datetime
    finished_at: datetime | None
    category: str | None
    source: str | None
    code: str | None


class WaitingTold(Told):
    """A credit or void that waits for the result of an attempt. `amount` null: all that is left."""

    reference: str
    kind: EntryKind
    amount: int | None
    attempt: int
    given_at: datetime


class InvoiceListed(Told):
    """An invoice, and what is still owed of it in minor units."""

    id: str
    account: str
    payer_kind: PayerKind
    payer_id: str
    currency: str
    billing_date: date
    due_date: date | None
    balance: int


class InvoiceTold(InvoiceListed):
    """An invoice with its ledger, its attempts, and what waits for one."""

    entries: list[EntryTold]
    attempts: list[AttemptTold]
    waiting: list[WaitingTold]


class InvoicesTold(Told):
    """A page of invoices. `next` goes into `after` for the page that follows; null after the last."""

    rows: list[InvoiceListed]
    next: str | None


class BookedTold(Told):
    """It is booked, and so many procedures were woken; or it waits for the result of attempt `waits_for`."""

    invoice: str
    balance: int
    waits_for: int | None
    woken: int


@reading.get("/accounts/{account}/invoices", summary="List invoices")
def invoices(
    account: AccountId,
    house: InHouse,
    known: Accessed,
    limit: Limit = 50,
    after: Annotated[str, Query(max_length=64, pattern=r"^[!-~]*$", description="`next` of the page before.")] = "",
) -> InvoicesTold:
    """All of an account, by id."""
    known.check(May.READ, account)
    with house.book.reading() as pages:
        if pages.account(account) is None:
            raise not_found("account")
        found = sorted((one for one in pages.invoices(account) if one.id > after), key=lambda one: one.id)
        rows = [_listed(pages, one) for one in found[:limit]]
    return InvoicesTold(rows=rows, next=rows[-1].id if len(found) > limit else None)


@writing.post(
    "/accounts/{account}/invoices",
    summary="Issue an invoice",
    status_code=status.HTTP_201_CREATED,
    dependencies=[WITH_KEY],
)
def issue_invoice(
    account: AccountId, house: InHouse, known: Accessed, wanted: NewInvoice, response: Response, actor: ActingFor = None
) -> InvoiceTold:
    """A new debt. Issued again with another amount it is refused: credit it instead. Start charge-retry to collect it."""
    known.check(May.BOOK, account)
    told = Invoice(
        id=wanted.id,
        account_id=account,
        payer_kind=wanted.payer.kind,
        payer_id=wanted.payer.id,
        currency=wanted.currency,
        billing_date=wanted.billing_date,
        due_date=wanted.due_date,
    )
    money = Amount(amount=wanted.amount, currency=wanted.currency).money
    with house.book.reading() as pages:
        if pages.account(account) is None:
            raise not_found("account")
    registering.issue_invoice(house.book, told, money, house.now(), actor=author(house, known, actor))
    response.headers["Location"] = f"/v1/invoices/{wanted.id}"
    return _whole(house, known, May.BOOK, wanted.id)


@reading.get("/invoices/{invoice}", summary="Look at an invoice")
def invoice(invoice: AnId, house: InHouse, known: Accessed) -> InvoiceTold:
    """Its balance, its ledger and its attempts."""
    return _whole(house, known, May.READ, invoice)


@writing.post(
    "/invoices/{invoice}/payments",
    summary="Book a payment received elsewhere",
    dependencies=[WITH_KEY],
)
async def receive_payment(
    invoice: AnId, house: InHouse, known: Accessed, wanted: Received, actor: ActingFor = None
) -> BookedTold:
    """Money that came by other ways may come at any time."""

    def booked() -> list[Wake]:
        _whole(house, known, May.BOOK, invoice)
        by, money, reference = author(house, known, actor), wanted.money, wanted.reference
        return bookkeeping.receive_payment(house.book, invoice, money, reference, house.now(), actor=by)

    return await _booked(house, known, invoice, Receipt(tuple(await run_in_threadpool(booked))))


@writing.post("/invoices/{invoice}/credits", summary="Credit an invoice", dependencies=[WITH_KEY])
async def credit(invoice: AnId, house: InHouse, known: Accessed, wanted: Crediting, actor: ActingFor = None) -> BookedTold:
    """While an attempt is under way it waits, and is booked with the result."""

    def booked() -> Receipt:
        _whole(house, known, May.BOOK, invoice)
        by = author(house, known, actor)
        return bookkeeping.credit(house.book, invoice, wanted.money, wanted.reference, house.now(), actor=by)

    return await _booked(house, known, invoice, await run_in_threadpool(booked))


@writing.post("/invoices/{invoice}/void", summary="Void an invoice", dependencies=[WITH_KEY])
async def void(invoice: AnId, house: InHouse, known: Accessed, wanted: Voiding, actor: ActingFor = None) -> BookedTold:
    """While an attempt is under way it waits, and is booked with the result."""

    def booked() -> Receipt:
        _whole(house, known, May.BOOK, invoice)
        by = author(house, known, actor)
        return bookkeeping.void(house.book, invoice, wanted.reference, house.now(), actor=by)

    return await _booked(house, known, invoice, await run_in_threadpool(booked))


async def _booked(house: House, known: Access, invoice: str, receipt: Receipt) -> BookedTold:
    woken = await wake(house, receipt.wakes)
    left = (await run_in_threadpool(_whole, house, known, May.BOOK, invoice)).balance
    return BookedTold(invoice=invoice, balance=left, waits_for=receipt.waits_for, woken=woken)


def _listed(pages: Pages, one: Invoice) -> InvoiceListed:
    return InvoiceListed(**_details(pages, one))


def _details(pages: Pages, one: Invoice) -> dict[str, Any]:
    return {
        "id": one.id,
        "account": one.account_id,
        "payer_kind": one.payer_kind,
        "payer_id": one.payer_id,
        "currency": one.currency,
        "billing_date": one.billing_date,
        "due_date": one.due_date,
        "balance": balance(pages.entries(one.id)),
    }


def _whole(house: House, known: Access, may: May, invoice_id: str) -> InvoiceTold:
    known.check(may)
    with house.book.reading() as pages:
        found = pages.invoice(invoice_id)
        if found is None or not known.reaches(found.account_id):
            raise not_found("invoice")
        return InvoiceTold.model_validate(
            {
                **_details(pages, found),
                "entries": [EntryTold.model_validate(one) for one in pages.entries(invoice_id)],
                "attempts": [AttemptTold.model_validate(one) for one in pages.attempts(invoice_id)],
                "waiting": [WaitingTold.model_validate(one) for one in pages.ledger_orders(invoice_id) if one.is_waiting],
            }
        )
