"""What is true of a procedure, its invoice and the book at a moment, and what a scenario file says should be."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from domain.accounts import Invoice
from domain.money import Money
from domain.notices import NoticeStatus
from paystates.rehearsal.drivers import Where
from paystates.rehearsal.scenario import OF_INVOICES, Staged, Truth, shown
from paystates.rehearsal.stage import Stage


def compare(stage: Stage, subject: str, where: Where | None, truth: Truth) -> list[tuple[str, object, object]]:
    """Each thing the file speaks of that is otherwise: its name, what should be, what is."""
    invoice = None
    if "/" not in shown(subject):
        with stage.book.transaction() as pages:
            invoice = pages.invoice(shown(subject))
        if invoice is None:
            return [("invoice", shown(subject), None)]
    should = _should(stage.staged, truth, invoice)
    is_so = {**_of_procedure(stage, where), **_of_book(stage, truth), "cases": _cases(stage, subject, invoice)}
    if invoice is not None and OF_INVOICES & should.keys():
        is_so |= _of_invoice(stage, invoice)
    return [(name, should[name], is_so[name]) for name in should if should[name] != is_so[name]]


def _should(staged: Staged, truth: Truth, invoice: Invoice | None) -> dict[str, object]:
    said = truth.model_dump(exclude_none=True, exclude={"at", "on", "invoice"})
    if invoice is not None:
        for name in {"balance", "account_credit"} & said.keys():
            said[name] = str(Money.parse(said[name], invoice.currency))
        if truth.charged is not None:
            said["charged"] = {method: str(Money.parse(amount, invoice.currency)) for method, amount in truth.charged.items()}
    if truth.next is not None:
        said["next"] = staged.elapsed(staged.instant(truth.next))
    for name in {"refusals", "cases", "conflicts", "on_file", "deleted"} & said.keys():
        said[name] = tuple(sorted(said[name]))
    return said


def _of_procedure(stage: Stage, where: Where | None) -> dict[str, object]:
    """Where a procedure stands and what it remembers."""
    memory: Mapping[str, Any] = where.memory if where else {}
    return {
        "state": where.state if where else None,
        "verdict": where.verdict if where else None,
        "next": stage.staged.elapsed(where.due) if where and where.due else None,
        "refusals": tuple(sorted(one["code"] for one in memory.get("refusals", ()))),
        "moved": memory.get("moved"),
        "conflicts": tuple(sorted(one["item"]["id"] for one in memory.get("conflicts", ()))),
    }


def _cases(stage: Stage, subject: str, invoice: Invoice | None) -> tuple[str, ...]:
    """The kinds of the cases about the debt, or about the procedure itself, of all accounts of the scenario."""
    with stage.book.transaction() as pages:
        found = [case for account in pages.accounts() for case in pages.cases(account.id)]
    about = [one for one in found if one.subject == subject or (invoice is not None and one.invoice_id == invoice.id)]
    return tuple(sorted(one.kind for one in about))


def _of_book(stage: Stage, truth: Truth) -> dict[str, object]:
    """What pays with which method, and which methods are on file or deleted: of all accounts of the scenario."""
    if truth.bound is None and truth.on_file is None and truth.deleted is None:
        return {}
    bound: dict[str, str | None] = {}
    on_file: list[str] = []
    deleted: list[str] = []
    with stage.book.transaction() as pages:
        for account in pages.accounts():
            names = stage.names(pages, account)
            payers = [(one.id, one.method_id) for one in pages.subscriptions(account.id)]
            payers += [(one.id, one.method_id) for one in pages.profiles(account.id)]
            bound |= {name: names[method] if method else None for name, method in payers}
            for method in pages.methods(account.id, deleted=True):
                (deleted if method.is_deleted else on_file).append(names[method.id])
    told = {name: bound.get(name, "nobody") for name in truth.bound or {}}
    return {"bound": told, "on_file": tuple(sorted(on_file)), "deleted": tuple(sorted(deleted))}


def _of_invoice(stage: Stage, invoice: Invoice) -> dict[str, object]:
    """Everything a file may say of a debt. What was charged is read from the bank's own ledger, never from our book."""
    with stage.book.transaction() as pages:
        notices = pages.notices(invoice.id)
        dunning = pages.dunning(invoice.id)
        subscription = pages.subscription(invoice.payer_id)
        account = pages.account(invoice.account_id)
        ids = stage.names(pages, account) if account else {}
        names = {one.token: ids[one.id] for one in pages.methods(invoice.account_id, deleted=True)}
        left = [one.amount for one in pages.account_credits(invoice.account_id) if one.invoice_id == invoice.id]
        facts: dict[str, object] = {
            "balance": str(Money(sum(entry.amount for entry in pages.entries(invoice.id)), invoice.currency)),
            "attempts": tuple(
                f"{attempt.status.value} {ids.get(attempt.method_id, attempt.method_id)}"
                for attempt in pages.attempts(invoice.id)
            ),
            "account_credit": str(Money(sum(left), invoice.currency)),
            "waiting": tuple(order.kind.value for order in pages.ledger_orders(invoice.id) if order.is_waiting),
        }
    charged: Counter[str] = Counter()
    for entry in stage.bank.ledger():
        if entry.reference.startswith(f"{invoice.id}/") and entry.kind == "charge":
            charged[names.get(entry.token, entry.token)] += entry.amount
    return facts | {
        "charged": {method: str(Money(amount, invoice.currency)) for method, amount in charged.items()},
        "mails": tuple(notice.kind.value for notice in notices),
        "sent": sum(notice.status is NoticeStatus.SENT for notice in notices),
        "slots_used": dunning.used if dunning else None,
        "subscription": subscription.status.value if subscription else None,
    }
