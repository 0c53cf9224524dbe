"""What is true of an invoice at a moment, in the words of a scenario file; and what the file says should be."""

from collections import Counter

from domain.accounts import Invoice
from domain.money import exponent
from domain.notices import NoticeStatus
from paystates.rehearsal.drivers import Where
from paystates.rehearsal.scenario import Staged, Truth, minor
from paystates.rehearsal.stage import Stage


def compare(stage: Stage, invoice_id: str, where: Where | None, truth: Truth) -> list[tuple[str, object, object]]:
    """Each thing the file speaks of that is otherwise: its name, what should be, what is."""
    with stage.book.transaction() as pages:
        invoice = pages.invoice(invoice_id)
    if invoice is None:
        return [("invoice", invoice_id, None)]
    should, is_so = _should(stage.staged, truth, exponent(invoice.currency)), _is(stage, invoice, where)
    return [(name, should[name], is_so[name]) for name in should if should[name] != is_so[name]]


def _should(staged: Staged, truth: Truth, digits: int) -> dict[str, object]:
    said = truth.model_dump(exclude_none=True, exclude={"at", "on"})
    for name in {"balance", "account_credit"} & said.keys():
        said[name] = minor(said[name], digits)
    if truth.charged is not None:
        said["charged"] = {method: minor(amount, digits) for method, amount in truth.charged.items()}
    if truth.next is not None:
        said["next"] = staged.elapsed(staged.instant(truth.next))
    if truth.cases is not None:
        said["cases"] = tuple(sorted(truth.cases))
    return said


def _is(stage: Stage, invoice: Invoice, where: Where | None) -> dict[str, object]:
    """Everything a file may speak of. What was charged is read from the bank's own ledger, never from our book."""
    with stage.book.transaction() as pages:
        notices = pages.notices(invoice.id)
        dunning = pages.dunning(invoice.id)
        subscription = pages.subscription(invoice.payer_id)
        names = {method.token: method.id for method in pages.methods(invoice.account_id)}
        facts: dict[str, object] = {
            "balance": sum(entry.amount for entry in pages.entries(invoice.id)),
            "attempts": tuple(f"{attempt.status.value} {attempt.method_id}" for attempt in pages.attempts(invoice.id)),
            "account_credit": sum(
                one.amount for one in pages.account_credits(invoice.account_id) if one.invoice_id == invoice.id
            ),
            "waiting": tuple(order.kind.value for order in pages.ledger_orders(invoice.id) if order.is_waiting),
            "cases": tuple(sorted(case.kind for case in pages.cases(invoice.account_id) if case.invoice_id == invoice.id)),
        }
    charged: Counter[str] = Counter()
    for entry in stage.bank.ledger():
        if entry.reference.startswith(f"{invoice.id}/") and entry.kind == "charge":
            charged[names.get(entry.token, entry.token)] += entry.amount
    return facts | {
        "state": where.state if where else None,
        "next": stage.staged.elapsed(where.due) if where and where.due else None,
        "charged": dict(charged),
        "mails": tuple(notice.kind.value for notice in notices),
        "sent": sum(notice.status is NoticeStatus.SENT for notice in notices),
        "slots_used": dunning.used if dunning else None,
        "subscription": subscription.status.value if subscription else None,
    }
