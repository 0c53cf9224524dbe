"""An attempt may be for several debts at once: a row for each, one intent, and one transaction that concludes them all (G62).

Whoever learns its result, the settlement or the retry of one of its debts, books it on every one of them.
"""

from collections.abc import Iterable, Mapping, Sequence

from activities.attempt_case import Case
from activities.concluding import Conclusion, conclude_intent
from activities.debts import required
from activities.desk import Overtaken
from activities.reading import File
from domain.accounts import Attempt, PayerKind
from gateways.port import Intent
from paystates.engine import Errand
from states import debts as ask
from states import settling
from store.port import Pages

Asking = Errand[ask.Charge] | Errand[ask.LookUp] | Errand[settling.Settle] | Errand[settling.LookUpSettlement]


def rows_of(pages: Pages, attempt: Attempt) -> tuple[Attempt, ...]:
    """The rows of the attempt, in the order of their debts: those that share its intent, or itself alone."""
    shared = pages.attempts_by_intent(attempt.intent_id) if attempt.intent_id else ()
    return tuple(sorted(shared, key=lambda one: one.invoice_id)) or (attempt,)


def locked(pages: Pages, invoices: Iterable[str], *methods: str) -> dict[str, File]:
    """The files of several debts, ours until the transaction ends: all invoices first, then all payers, then all methods.

    Whoever locks several does it in this order, each in the order of ids, so that nobody waits for somebody who waits for them.
    """
    names = sorted(set(invoices))
    found = [invoice for name in names if (invoice := pages.invoice(name, lock=True)) is not None]
    bound = set(methods)
    for kind, payer_id in sorted({(invoice.payer_kind, invoice.payer_id) for invoice in found}):
        by_subscription = kind is PayerKind.SUBSCRIPTION
        payer = pages.subscription(payer_id, lock=True) if by_subscription else pages.profile(payer_id, lock=True)
        bound |= {payer.method_id} if payer is not None and payer.method_id is not None else set()
    for method in sorted(bound):
        pages.method(method, lock=True)
    return {name: required(pages, name) for name in names}


def conclude_rows(
    pages: Pages, rows: Sequence[Attempt], errand: Asking, intent: Intent | None, *, expire: bool = False
) -> Mapping[str, tuple[File, Conclusion]]:
    """Write down on every debt what the provider says of their attempt; each file as it was before, and what came of it.

    `rows` are as they were when the provider was asked. Raises `Overtaken` when one of them is not so any more (law 3).
    """
    files = locked(pages, [row.invoice_id for row in rows], rows[0].method_id)
    present = tuple(next(one for one in files[row.invoice_id].attempts if one.n == row.n) for row in rows)
    if present != tuple(rows):
        message = f"attempt {rows[0].reference} is not as it was when the provider was asked about it: ask again"
        raise Overtaken(message)
    told = present if len(present) > 1 else ()
    return {
        row.invoice_id: (
            files[row.invoice_id],
            conclude_intent(Case(pages, files[row.invoice_id], row, errand, told), intent, expire=expire),
        )
        for row in present
    }
