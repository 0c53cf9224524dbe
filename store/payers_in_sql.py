"""Who pays with a method, and what they owe, in SQL: statements built once, a handful for a page of any size."""

# ruff: noqa: D102 - `store.port` documents what each question answers

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, and_, bindparam, exists, func, insert, or_, select, union_all, update

from domain.accounts import (
    OPEN_STATUSES,
    Attempt,
    BillingProfile,
    Dunning,
    Entry,
    Invoice,
    PayerKind,
    Rebinding,
    Subscription,
)
from domain.notices import Notice, NoticeKind
from store.pages import KeptPages
from store.payers_in_memory import PAYING, not_as_it_was
from store.port import DueInvoice, Owed, Payer, PayerKey
from store.sql_errors import in_the_books_words
from store.tables import TABLES

if TYPE_CHECKING:
    from sqlalchemy.sql import Select

_RECORDS: Final[dict[PayerKind, Any]] = {PayerKind.PROFILE: BillingProfile, PayerKind.SUBSCRIPTION: Subscription}
"""The kinds of payer, in the order in which they are told."""

_subscriptions = TABLES[Subscription].c
_profiles = TABLES[BillingProfile].c
_invoices = TABLES[Invoice].c
_entries = TABLES[Entry].c
_rebindings = TABLES[Rebinding].c
_notices = TABLES[Notice].c
_attempts = TABLES[Attempt].c

_BALANCE: Final = select(func.sum(_entries.amount)).where(_entries.invoice_id == _invoices.id).scalar_subquery()
_OWED: Final = _BALANCE > 0
_PINNED: Final = exists().where(TABLES[Dunning].c.invoice_id == _invoices.id)
_IN_RUNS: Final = _rebindings.run.in_(bindparam("runs", expanding=True))
_OVER: Final = exists().where(_notices.invoice_id == _invoices.id, _notices.kind == NoticeKind.FINAL)


def _page(kind: PayerKind) -> "Select[Any]":
    columns = TABLES[_RECORDS[kind]].c
    on = and_(columns.method_id == bindparam("method"), columns.id > bindparam("after"))
    return select(*columns).where(on).order_by(columns.id).limit(bindparam("most"))


_PAGES: Final = {kind: _page(kind) for kind in _RECORDS}
_LOCKED_PAGES: Final = {kind: page.with_for_update() for kind, page in _PAGES.items()}
_COUNT: Final = select(
    *(
        select(func.count()).where(TABLES[record].c.method_id == bindparam("method")).scalar_subquery()
        for record in _RECORDS.values()
    )
)

_by_a_method = exists().where(_profiles.id == _subscriptions.profile_id, _profiles.method_id.is_not(None))
_not_by_invoice = or_(_subscriptions.profile_id.is_(None), _by_a_method)
_PAYS: Final = exists().where(
    _subscriptions.account_id == bindparam("account"), _subscriptions.status.in_(PAYING), _not_by_invoice
)
_of_subscription = exists().where(_subscriptions.id == _invoices.payer_id, _not_by_invoice)
_of_profile = exists().where(_profiles.id == _invoices.payer_id, _profiles.method_id.is_not(None))
_OWES: Final = exists().where(
    _invoices.account_id == bindparam("account"),
    or_(
        and_(_invoices.payer_kind == PayerKind.SUBSCRIPTION, _of_subscription),
        and_(_invoices.payer_kind == PayerKind.PROFILE, _of_profile),
    ),
    _OWED,
)
_MUST_PAY: Final = select(or_(_PAYS, _OWES))

_OPEN_ON: Final = (
    select(*_attempts)
    .where(_attempts.method_id == bindparam("method"), _attempts.status.in_(OPEN_STATUSES))
    .order_by(_attempts.reserved_at, _attempts.invoice_id, _attempts.n)
    .limit(bindparam("most"))
)


def _due(*, retried: bool, rebound: bool) -> "Select[Any]":
    wanted = [_OWED, _invoices.id > bindparam("after"), *([_PINNED, ~_OVER] if retried else [])]
    halves = []
    for kind, record in _RECORDS.items():
        columns = TABLES[record].c
        payers = select(columns.id).where(columns.method_id == bindparam("method"))
        if rebound:
            of_runs = and_(_rebindings.procedure == bindparam("procedure"), _IN_RUNS)
            to_it = and_(_rebindings.to_method == bindparam("method"), _rebindings.item_kind == kind)
            payers = payers.where(columns.id.in_(select(_rebindings.item_id).where(of_runs, to_it)))
        theirs = select(_invoices.id, _PINNED.label("pinned"), _OVER.label("over"))
        halves.append(theirs.where(_invoices.payer_kind == kind, _invoices.payer_id.in_(payers), *wanted))
    both = union_all(*halves).subquery()
    return select(both).order_by(both.c.id).limit(bindparam("most"))


_DUE: Final = {
    (retried, rebound): _due(retried=retried, rebound=rebound) for retried in (False, True) for rebound in (False, True)
}


def _rebound_page(*, of_run: bool, after: bool) -> "Select[Any]":
    wanted = [_rebindings.procedure == bindparam("procedure")]
    if of_run:
        wanted.append(_rebindings.run == bindparam("run"))
    if after:
        same_kind = and_(_rebindings.item_kind == bindparam("kind"), _rebindings.item_id > bindparam("id"))
        wanted.append(or_(_rebindings.item_kind > bindparam("kind"), same_kind))
    in_order = (_rebindings.run, _rebindings.item_kind, _rebindings.item_id)
    return select(*_rebindings).where(*wanted).order_by(*in_order).limit(bindparam("most"))


_REBOUND_PAGES: Final = {
    (of_run, after): _rebound_page(of_run=of_run, after=after) for of_run in (False, True) for after in (False, True)
}
_REBOUND_COUNT: Final = (
    select(func.count()).select_from(TABLES[Rebinding]).where(_rebindings.procedure == bindparam("procedure"), _IN_RUNS)
)
_REBOUND_OF: Final = select(_rebindings.item_kind, _rebindings.item_id).where(
    _rebindings.procedure == bindparam("procedure"),
    _IN_RUNS,
    _rebindings.item_id.in_(bindparam("ids", expanding=True)),
)


_OWED_BY: Final = (
    select(*_invoices, _BALANCE)
    .where(_invoices.account_id == bindparam("account"), _OWED)
    .order_by(_invoices.billing_date, _invoices.id)
    .limit(bindparam("most"))
)


class SqlPayers(KeptPages):
    """The questions about payers, as statements."""

    @property
    @abstractmethod
    def _connection(self) -> Connection:
        """Where the transaction is."""

    def payers_on(
        self, method_id: str, after: PayerKey | None = None, limit: int = 250, *, lock: bool = False
    ) -> Sequence[Payer]:
        found: list[Payer] = []
        pages = _LOCKED_PAGES if lock else _PAGES
        for kind, record in _RECORDS.items():
            if len(found) < limit and (after is None or after[0] <= kind):
                begin = after[1] if after is not None and after[0] == kind else ""
                asked = {"method": method_id, "after": begin, "most": limit - len(found)}
                found += [record(*row) for row in self._connection.execute(pages[kind], asked)]
        return found

    def count_payers(self, method_id: str) -> Mapping[PayerKind, int]:
        counts = self._connection.execute(_COUNT, {"method": method_id}).one()
        return dict(zip(_RECORDS, counts, strict=True))

    def must_pay(self, account_id: str) -> bool:
        return bool(self._connection.execute(_MUST_PAY, {"account": account_id}).scalar_one())

    def rebind(self, rebindings: Sequence[Rebinding]) -> None:
        if not rebindings:
            return
        alike: defaultdict[tuple[PayerKind, str | None, str], list[Rebinding]] = defaultdict(list)
        for each in rebindings:
            alike[each.item_kind, each.from_method, each.to_method].append(each)
        for (kind, before, after), rows in alike.items():
            table = TABLES[_RECORDS[kind]]
            as_it_was = and_(table.c.id.in_([each.item_id for each in rows]), table.c.method_id.is_not_distinct_from(before))
            if self._connection.execute(update(table).where(as_it_was).values(method_id=after)).rowcount != len(rows):
                raise not_as_it_was(rows[0])
        rows_of = [{column.name: getattr(each, column.name) for column in _rebindings} for each in rebindings]
        with in_the_books_words("rebindings", rebindings[0].procedure):
            self._connection.execute(insert(TABLES[Rebinding]), rows_of)

    def rebindings(
        self, procedure: str, run: str | None = None, after: PayerKey | None = None, limit: int = 250
    ) -> Sequence[Rebinding]:
        kind, item = after or (None, None)
        named = {"run": run} if run is not None else {}
        place = {"kind": kind, "id": item} if after is not None else {}
        page = _REBOUND_PAGES[run is not None, after is not None]
        rows = self._connection.execute(page, {"procedure": procedure, "most": limit} | named | place)
        return [Rebinding(*row) for row in rows]

    def count_rebindings(self, procedure: str, runs: Collection[str]) -> int:
        count: int = self._connection.execute(_REBOUND_COUNT, {"procedure": procedure, "runs": list(runs)}).scalar_one()
        return count

    def rebound(self, procedure: str, runs: Collection[str], payers: Collection[PayerKey]) -> frozenset[PayerKey]:
        asked = {"procedure": procedure, "runs": list(runs), "ids": [item for _, item in payers]}
        rows = self._connection.execute(_REBOUND_OF, asked)
        return frozenset((kind, item) for kind, item in rows) & frozenset(payers)

    def due_on(
        self,
        method_id: str,
        after: str = "",
        limit: int = 250,
        *,
        retried: bool = False,
        rebound_by: tuple[str, Collection[str]] | None = None,
    ) -> Sequence[DueInvoice]:
        named = {} if rebound_by is None else {"procedure": rebound_by[0], "runs": list(rebound_by[1])}
        asked = {"method": method_id, "after": after, "most": limit} | named
        rows = self._connection.execute(_DUE[retried, rebound_by is not None], asked)
        return [DueInvoice(name, bool(pinned), bool(over)) for name, pinned, over in rows]

    def owed(self, account_id: str, limit: int = 250) -> Sequence[Owed]:
        rows = self._connection.execute(_OWED_BY, {"account": account_id, "most": limit})
        return [Owed(Invoice(*invoice), int(balance)) for *invoice, balance in rows]

    def open_attempts_on(self, method_id: str, limit: int) -> Sequence[Attempt]:
        rows = self._connection.execute(_OPEN_ON, {"method": method_id, "most": limit})
        return [Attempt(*row) for row in rows]
