"""Who pays with a method, and what they owe, over plain records: the answers of the book in memory."""

# ruff: noqa: D102 - `store.port` documents what each question answers

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from domain.accounts import (
    Attempt,
    BillingProfile,
    Dunning,
    Entry,
    Invoice,
    PayerKind,
    Rebinding,
    Subscription,
    SubscriptionStatus,
)
from domain.notices import Notice, NoticeKind
from store.errors import BookConflict
from store.pages import KeptPages
from store.port import DueInvoice, Owed, Payer, PayerKey

PAYING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE)
"""A subscription of this status is charged for."""


class PlainPayers(KeptPages):
    """The questions about payers, asked of whatever finds records by a field."""

    def payers_on(
        self,
        method_id: str,
        after: PayerKey | None = None,
        limit: int = 250,
        *,
        lock: bool = False,  # noqa: ARG002 - one transaction at a time
    ) -> Sequence[Payer]:
        return [one for one in self._on(method_id) if after is None or key_of(one) > after][:limit]

    def _on(self, method_id: str) -> list[Payer]:
        return [*self._of(BillingProfile, "method_id", method_id), *self._of(Subscription, "method_id", method_id)]

    def count_payers(self, method_id: str) -> Mapping[PayerKind, int]:
        kinds = [key_of(one)[0] for one in self._on(method_id)]
        return {kind: kinds.count(kind) for kind in PayerKind}

    def must_pay(self, account_id: str) -> bool:
        paying = (one for one in self.subscriptions(account_id) if one.status in PAYING)
        if any(self._by_method(one) for one in paying):
            return True
        return any(self._by_method(self._payer_of(one)) for one in self._due(self.invoices(account_id)))

    def _by_method(self, payer: Payer | None) -> bool:
        """Whether it is paid by a method, or would have to be: not by invoice."""
        if isinstance(payer, Subscription):
            return payer.profile_id is None or self._by_method(self.profile(payer.profile_id))
        return payer is not None and payer.method_id is not None

    def _payer_of(self, invoice: Invoice) -> Payer | None:
        by_profile = invoice.payer_kind is PayerKind.PROFILE
        return self.profile(invoice.payer_id) if by_profile else self.subscription(invoice.payer_id)

    def _due(self, invoices: Iterable[Invoice]) -> Iterable[Invoice]:
        return (one for one in invoices if sum(entry.amount for entry in self._of(Entry, "invoice_id", one.id)) > 0)

    def rebind(self, rebindings: Sequence[Rebinding]) -> None:
        for each in rebindings:
            by_profile = each.item_kind is PayerKind.PROFILE
            payer: Payer | None = self.profile(each.item_id) if by_profile else self.subscription(each.item_id)
            if payer is None or payer.method_id != each.from_method or not self._add(each):
                raise not_as_it_was(each)
            self._put(replace(payer, method_id=each.to_method))

    def rebindings(
        self, procedure: str, run: str | None = None, after: PayerKey | None = None, limit: int = 250
    ) -> Sequence[Rebinding]:
        rows = [one for one in self._of(Rebinding, "procedure", procedure) if run in {None, one.run}]
        return [one for one in rows if after is None or (one.item_kind, one.item_id) > after][:limit]

    def count_rebindings(self, procedure: str, runs: Collection[str]) -> int:
        return sum(one.run in runs for one in self._of(Rebinding, "procedure", procedure))

    def rebound(self, procedure: str, runs: Collection[str], payers: Collection[PayerKey]) -> frozenset[PayerKey]:
        found = ((each, self._one(Rebinding, (procedure, run, *each))) for each in payers for run in runs)
        return frozenset(each for each, row in found if row is not None)

    def due_on(
        self,
        method_id: str,
        after: str = "",
        limit: int = 250,
        *,
        retried: bool = False,
        rebound_by: tuple[str, Collection[str]] | None = None,
    ) -> Sequence[DueInvoice]:
        payers = [key_of(one) for one in self._on(method_id)]
        if rebound_by is not None:
            procedure, runs = rebound_by
            rows = (one for one in self._of(Rebinding, "procedure", procedure) if one.run in runs)
            theirs = {(one.item_kind, one.item_id) for one in rows if one.to_method == method_id}
            payers = [each for each in payers if each in theirs]
        invoices = (one for payer in payers for one in self.invoices_of(*payer) if one.id > after)
        found = sorted((self._due_invoice(one) for one in self._due(invoices)), key=lambda one: one.id)
        return [one for one in found if not retried or (one.pinned and not one.over)][:limit]

    def owed(self, account_id: str, limit: int = 250) -> Sequence[Owed]:
        found = sorted(self._due(self.invoices(account_id)), key=lambda one: (one.billing_date, one.id))
        return [Owed(one, sum(entry.amount for entry in self._of(Entry, "invoice_id", one.id))) for one in found[:limit]]

    def _due_invoice(self, invoice: Invoice) -> DueInvoice:
        over = any(one.kind is NoticeKind.FINAL for one in self._of(Notice, "invoice_id", invoice.id))
        return DueInvoice(invoice.id, self._one(Dunning, invoice.id) is not None, over)

    def open_attempts_on(self, method_id: str, limit: int) -> Sequence[Attempt]:
        return [one for one in self._of(Attempt, "method_id", method_id) if one.is_open][:limit]


def key_of(payer: Payer) -> PayerKey:
    """What names it."""
    return (PayerKind.SUBSCRIPTION if isinstance(payer, Subscription) else PayerKind.PROFILE, payer.id)


def not_as_it_was(each: Rebinding) -> BookConflict:
    """What `rebind` says."""
    message = f"{each.item_kind.value} {each.item_id} is not bound to {each.from_method} any more, or was bound anew before"
    return BookConflict(message)
