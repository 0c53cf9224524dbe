"""Reads what is due with a method, and what stands against paying it with any of the account's, in the transaction that asks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from activities.counting import counted
from activities.desk import roles_in
from activities.picturing import picture_of
from activities.reading import anchor
from domain.accounts import Account, AccountKind, Attempt, Initiator, Invoice, Method, MethodKind, PayerKind
from domain.caps import AmountChanged, Capped, bank_debits_left, cap, disputed
from domain.ledger import balance
from paystates.engine import Scope
from states.settling import Balance, Bar, Bill, Due
from store.port import Pages

_Attempts = Mapping[str, Sequence[Attempt]]
"""The attempts of each debt, by its invoice."""


def balance_of(pages: Pages, method_id: str, invoice_id: str | None, now: datetime) -> Balance | None:
    """What is due with the method, and with any that might be chosen. None: there is no such method, or no such invoice on it.

    Due is what is billed and not paid (MCA: what falls due, G67); the one invoice that is named may be paid before that.
    """
    picture = picture_of(pages, method_id, now)
    if picture is None:
        return None
    account = pages.account(picture.account.id)
    if account is None:
        message = f"account {picture.account.id} has vanished from the book"
        raise LookupError(message)
    methods = [one for one in pages.methods(account.id) if one.id == method_id or account.kind is AccountKind.MOSA]
    invoices = [(method.id, invoice) for method in methods for invoice in _due_on(pages, method.id, account, invoice_id, now)]
    profile = None
    if invoice_id is not None:
        named = pages.invoice(invoice_id)
        if named is None or not _is_on(pages, named, method_id):
            return None
        profile = named.payer_id if named.payer_kind is PayerKind.PROFILE else None
    attempts = {invoice.id: pages.attempts(invoice.id) for _, invoice in invoices}
    debts = tuple(_due(pages, invoice, bound, attempts[invoice.id]) for bound, invoice in invoices)
    seen = {name: getattr(picture, name) for name in type(picture).model_fields}
    read = Balance(**seen, invoice=invoice_id, profile=profile, debts=debts, bars=())
    bars = tuple(bar for method in pages.methods(account.id) for bar in _bars(pages, read, method, attempts, now))
    return read.model_copy(update={"bars": bars})


def roles_of(pages: Pages, actor: str, read: Balance) -> frozenset[str]:
    """The roles of whoever pays: on the account, and on the profile that pays the one invoice (G9, G11).

    Where an invoice should be named and is not, a role on any profile that pays with the method is a reason to ask for its name.
    """
    profiles = [read.profile]
    if read.account.kind is AccountKind.MCA and read.invoice is None and read.source is not None:
        profiles += [one.id for one in pages.profiles(read.account.id) if one.method_id == read.source.id]
    return frozenset[str]().union(*(roles_in(pages, actor, Scope(read.account.id, one)) for one in profiles))


def _due_on(pages: Pages, method_id: str, account: Account, named: str | None, now: datetime) -> Iterator[Invoice]:
    today = now.astimezone(ZoneInfo(account.time_zone)).date()
    after = ""
    while found := pages.due_on(method_id, after):
        after = found[-1].id
        for one in found:
            invoice = pages.invoice(one.id)
            if invoice is not None and (one.id == named or anchor(invoice, account) <= today):
                yield invoice


def _is_on(pages: Pages, invoice: Invoice, method_id: str) -> bool:
    """Whether the payer of the invoice is bound to the method, paid or not."""
    by_subscription = invoice.payer_kind is PayerKind.SUBSCRIPTION
    payer = pages.subscription(invoice.payer_id) if by_subscription else pages.profile(invoice.payer_id)
    return payer is not None and payer.method_id == method_id


def _due(pages: Pages, invoice: Invoice, method_id: str, attempts: Sequence[Attempt]) -> Due:
    return Due(
        invoice=invoice.id,
        method=method_id,
        currency=invoice.currency,
        amount=balance(pages.entries(invoice.id)),
        attempt=max((one.n for one in attempts), default=0) + 1,
        charging=any(one.is_open for one in attempts),
    )


def _bars(pages: Pages, read: Balance, method: Method, attempts: _Attempts, now: datetime) -> Iterator[Bar]:
    """What the networks and banks have against charging this method with all that would be paid with it."""
    is_bank = method.kind is MethodKind.BANK_ACCOUNT
    bills = read.bills(method.id)
    asked = counted(pages, method, (one for each in attempts.values() for one in each), now) if bills else ()
    for bill in bills:
        yield from _capped(bill, method, asked, now, each=is_bank)
        for part in bill.parts:
            of_debt = attempts[part.invoice]
            here = [one for one in of_debt if one.method_id == method.id]
            closed = [one for one in here if not one.is_open]  # an open one's date is the customer's, to authenticate
            waits = [one.not_before for one in closed if one.not_before is not None and one.not_before > now]
            if waits:
                yield Bar(method=method.id, kind="asked_to_wait", invoice=part.invoice, until=max(waits))
            if disputed(of_debt if is_bank else here) is not None:
                yield Bar(method=method.id, kind="disputed", invoice=part.invoice)
            if is_bank and bank_debits_left(of_debt) == 0:
                yield Bar(method=method.id, kind="used_up", invoice=part.invoice)


def _capped(bill: Bill, method: Method, asked: Sequence[Attempt], now: datetime, *, each: bool) -> Iterator[Bar]:
    """A card's cap is on the sum that is asked for; a debit that was returned is presented again by itself, or not at all."""
    invoices = [part.invoice for part in bill.parts] if each else [bill.parts[0].invoice]
    for invoice in invoices:
        match cap(method.network, asked, bill.money, Initiator.CUSTOMER, now, invoice_id=invoice):
            case AmountChanged():
                yield Bar(method=method.id, kind="amount_changed", invoice=invoice)
            case Capped(until=until):
                yield Bar(method=method.id, kind="capped", invoice=invoice, until=until)
