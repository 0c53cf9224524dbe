"""The book as a page about one account needs it: what much of the page asks is asked of the book once, however much there is.

Whoever judges each of many methods and subscriptions asks about the same account, its methods and its payers again and again. A
page that is only read sees one state of the book, so an answer that was given is the answer.
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast

from domain.accounts import BillingProfile, Invoice, Method, PayerKind, Subscription
from store.port import DueInvoice, Pages, Payer, PayerKey

_MANY: Final = 250
"""As many debts as are read at once; where there are so many, there may be more."""


def read_once(pages: Pages, account_id: str) -> Pages:
    """The same pages, for reading about that account: methods, payers and debts are read in bulk, and nothing is asked twice."""
    return cast("Pages", _ReadOnce(pages, account_id))


class _ReadOnce:
    """`Pages` for whoever only reads. What has no method here is asked, and kept."""

    def __init__(self, pages: Pages, account_id: str) -> None:
        self._pages = pages
        self._answers: dict[Hashable, Any] = {}
        known: Pages = cast("Pages", self)
        payers: list[Payer] = [*known.profiles(account_id), *known.subscriptions(account_id)]
        self._methods = {one.id: one for one in known.methods(account_id)}
        self._payers: Mapping[PayerKey, Payer] = {(_kind(one), one.id): one for one in payers}
        owed = known.owed(account_id)
        self._invoices = {one.invoice.id: one.invoice for one in owed}
        owing = (self._payers.get((one.invoice.payer_kind, one.invoice.payer_id)) for one in owed)
        self._owing = {one.method_id for one in owing if one is not None} if len(owed) < _MANY else None

    def __getattr__(self, name: str) -> Any:
        return partial(self._ask, name)

    def _ask(self, name: str, *about: Hashable, **options: Hashable) -> Any:
        key = (name, about, tuple(sorted(options.items())))
        if key not in self._answers:
            self._answers[key] = getattr(self._pages, name)(*about, **options)
        return self._answers[key]

    def method(self, method_id: str) -> Method | None:
        found: Method | None = self._methods.get(method_id) or self._ask("method", method_id)
        return found

    def invoice(self, invoice_id: str) -> Invoice | None:
        found: Invoice | None = self._invoices.get(invoice_id) or self._ask("invoice", invoice_id)
        return found

    def subscription(self, subscription_id: str) -> Subscription | None:
        found: Any = self._payers.get((PayerKind.SUBSCRIPTION, subscription_id))
        return found or cast("Subscription | None", self._ask("subscription", subscription_id))

    def payers_on(self, method_id: str, limit: int) -> Sequence[Payer]:
        return [one for one in self._payers.values() if one.method_id == method_id][:limit]

    def count_payers(self, method_id: str) -> Mapping[PayerKind, int]:
        kinds = [kind for (kind, _), one in self._payers.items() if one.method_id == method_id]
        return {kind: kinds.count(kind) for kind in PayerKind}

    def due_on(self, method_id: str, after: str = "", limit: int = _MANY, *, retried: bool = False) -> Sequence[DueInvoice]:
        if self._owing is not None and method_id not in self._owing:
            return ()
        found: Sequence[DueInvoice] = self._ask("due_on", method_id, after, limit, retried=retried)
        return found


def _kind(payer: Payer) -> PayerKind:
    return PayerKind.PROFILE if isinstance(payer, BillingProfile) else PayerKind.SUBSCRIPTION
