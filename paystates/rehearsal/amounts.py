"""The amounts in a scenario file: each must be one in the currency of its invoice, and a payment must pay something."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.data import Place
from domain.money import Money, MoneyError

if TYPE_CHECKING:
    from paystates.rehearsal.scenario import Scenario


def wrong_amounts(scenario: "Scenario") -> Iterator[tuple[Place, str]]:
    """What is wrong with amounts and with what they are for: where, and what to do."""
    for index, step in enumerate(scenario.steps):
        given = step.receive or step.credit or step.void
        if given is not None and given.invoice is None and not scenario.collect:
            yield ("steps", index, step.deed, "invoice"), "is missing, and nothing is collected that it could mean: add it"
    currencies = {invoice.id: invoice.currency for account in scenario.accounts.accounts for invoice in account.invoices}
    for place, amount, invoice in _amounts(scenario):
        currency = currencies.get(invoice)
        if currency is None:
            continue  # a name that leads nowhere is told by itself
        try:
            money = Money.parse(amount, currency)
        except MoneyError as error:
            yield place, str(error)
            continue
        if "receive" in place and money.amount <= 0:
            yield place, f"{amount!r} pays nothing: write an amount above zero"


def _amounts(scenario: "Scenario") -> Iterator[tuple[Place, str, str]]:
    """Every amount: where it stands, as it is written, and the invoice it is for."""
    first = next(iter(scenario.collect), "")
    for index, step in enumerate(scenario.steps):
        for deed, given in (("receive", step.receive), ("credit", step.credit)):
            if given is not None:
                yield ("steps", index, deed, "amount"), given.amount, given.invoice or first
    for place, name, truth in scenario.truths():
        about = name or first
        for field, amount in (("balance", truth.balance), ("account_credit", truth.account_credit)):
            if amount is not None:
                yield (*place, field), amount, about
        yield from (((*place, "charged", method), amount, about) for method, amount in (truth.charged or {}).items())
