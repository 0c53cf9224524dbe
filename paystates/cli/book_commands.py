"""The commands of `paystates book`: fill the account book, and book what happens outside the procedures."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from paystates.cli.app import App
from paystates.cli.options import Json

books = App(help="Fill the account book, and book what happens outside the procedures.", no_args_is_help=True)

Invoice = Annotated[str, typer.Argument(metavar="INVOICE", help="The invoice.")]
Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="In the invoice's currency, with a point: 1495.00.")]
Reference = Annotated[str | None, typer.Option("--reference", help="What it is known by: the same reference is booked once.")]


@books.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A book file, such as examples/contoso.yaml.")],
    *,
    json: Json = False,
) -> None:
    """Import accounts, people, methods and invoices. What the book has already stays as it is."""
    from paystates.cli.books import import_file
    from paystates.cli.connection import settings

    import_file(settings(), file, json=json)


@books.command("pay")
def pay_command(invoice: Invoice, amount: Amount, *, reference: Reference = None, json: Json = False) -> None:
    """Book money that came by other ways, such as a wire; what is too much becomes account credit."""
    from activities.bookkeeping import receive_payment
    from paystates.cli import books as work
    from paystates.cli.connection import settings

    given = settings()
    money, name = work.amount_of(given, invoice, amount), reference or work.reference()
    done = f"{money} received for {invoice} ({name})"
    asyncio.run(work.booked(given, lambda book, now: receive_payment(book, invoice, money, name, now), done=done, json=json))


@books.command("credit")
def credit_command(invoice: Invoice, amount: Amount, *, reference: Reference = None, json: Json = False) -> None:
    """Credit part of a debt or all of it. While an attempt is under way it waits, and is booked with the result."""
    from activities.bookkeeping import credit
    from paystates.cli import books as work
    from paystates.cli.connection import settings

    given = settings()
    money, name = work.amount_of(given, invoice, amount), reference or work.reference()
    order, done = f"the credit of {money} to {invoice} ({name})", f"{money} credited to {invoice} ({name})"
    asyncio.run(work.ordered(given, lambda book, now: credit(book, invoice, money, name, now), order=order, done=done, json=json))


@books.command("void")
def void_command(invoice: Invoice, *, reference: Reference = None, json: Json = False) -> None:
    """Void what is left of an invoice. While an attempt is under way it waits, and is booked with the result."""
    from activities.bookkeeping import void
    from paystates.cli import books as work
    from paystates.cli.connection import settings

    given = settings()
    work.invoice_of(given, invoice)
    name = reference or work.reference()
    order, done = f"the void of {invoice} ({name})", f"the rest of {invoice} is voided ({name})"
    asyncio.run(work.ordered(given, lambda book, now: void(book, invoice, name, now), order=order, done=done, json=json))


@books.command("bind")
def bind_command(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="The payment method to bind.")],
    *,
    subscription: Annotated[str | None, typer.Option("--subscription", help="The subscription it pays.")] = None,
    profile: Annotated[str | None, typer.Option("--billing-profile", help="The billing profile it pays.")] = None,
    charge_now: Annotated[bool, typer.Option("--charge-now", help="Charge what is owed at once.")] = False,
    json: Json = False,
) -> None:
    """Bind a payment method to a subscription or a billing profile: from now on it is what is charged."""
    from activities.bookkeeping import bind
    from domain.accounts import PayerKind
    from paystates.cli import books as work
    from paystates.cli.connection import settings
    from paystates.cli.errors import BadInput

    if (subscription is None) == (profile is None):
        message = "name exactly one payer: either --subscription or --billing-profile"
        raise BadInput(message)
    kind = PayerKind.SUBSCRIPTION if subscription else PayerKind.PROFILE
    payer = subscription or profile or ""
    done = f"{method} is bound to {payer}"
    given = settings()
    work.must_know(given, method, subscription=subscription, profile=profile)
    asyncio.run(
        work.booked(
            given,
            lambda book, now: bind(book, kind, payer, method, charge_now=charge_now),
            done=done,
            json=json,
        )
    )


@books.command("add-method")
def add_method_command(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account that gets it.")],
    method: Annotated[str, typer.Argument(metavar="METHOD", help="Its id.")],
    *,
    brand: Annotated[str, typer.Option("--brand", help="visa, mastercard or amex.")],
    last4: Annotated[str, typer.Option("--last4", help="The last four digits, never more of them.")],
    expires: Annotated[str, typer.Option("--expires", help="Year and month, such as 2029-04.")],
    by: Annotated[str, typer.Option("--by", help="Who adds it: a person's id.")],
    json: Json = False,
) -> None:
    """Put a card on file. It is bound to nothing: `paystates book bind` does that."""
    from activities.bookkeeping import add_method
    from paystates.cli import books as work
    from paystates.cli.connection import settings

    given = settings()
    made = work.card(given, account, method, brand=brand, last4=last4, expires=expires, by=by)
    done = f"{method} is on file of {account}, and bound to nothing"
    asyncio.run(work.booked(given, lambda book, now: add_method(book, replace(made, added_at=now)), done=done, json=json))
