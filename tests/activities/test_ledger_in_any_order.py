"""Credits, voids, wires and the results of attempts in any order: nothing is lost, nothing is counted twice (law 6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench import BANK_ACCOUNT, DAY, Bench, method
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities import Desk, bookkeeping
from activities.bookkeeping import BookkeepingError
from domain.accounts import AttemptStatus, EntryKind
from domain.ledger import balance
from domain.money import Money
from store.port import Book, Pages

ACH = [method("card", BANK_ACCOUNT)]
BOUNCES = {"late": {"after": "2d", "then": {"decline": {"network": "R01"}}}}
CLEARS = {"late": {"after": "2d"}}


class Watched:
    """A book that holds law 6 at the end of every transaction: what waits has an attempt to wait for."""

    def __init__(self, book: Book) -> None:
        self._book = book

    @contextmanager
    def transaction(self) -> Iterator[Pages]:
        with self._book.transaction() as pages:
            yield pages
            waiting = [order for order in pages.ledger_orders("F-1") if order.is_waiting]
            assert not waiting or any(attempt.is_open for attempt in pages.attempts("F-1"))
            assert balance(pages.entries("F-1")) >= 0


ON_CARD = ["succeed", {"decline": "insufficient_funds"}, {"decline": "invalid_amount"}, {"charged_back_after": "5d"}]
ON_CARD += [{"fault": "reply_lost"}, {"fault": "reply_lost", "decline": "insufficient_funds"}]
ON_CARD += [{"action_required": {"completed_after": "2d"}}, {"action_required": {"completed_after": "never"}}]
ON_ACCOUNT = [CLEARS, BOUNCES, CLEARS | {"returned_after": {"after": "3d", "code": "R01"}}]
banks = st.one_of(
    st.lists(st.sampled_from(ON_CARD), min_size=1, max_size=4).map(lambda steps: (steps, [method("card")])),
    st.lists(st.sampled_from(ON_ACCOUNT), min_size=1, max_size=3).map(lambda steps: (steps, ACH)),
)
credits_ = st.tuples(st.just("credit"), st.sampled_from("abc"), st.sampled_from([1, 2_000, 5_000, 10_000]))
voids = st.tuples(st.just("void"), st.sampled_from("ab"), st.just(0))
wires = st.tuples(st.just("wire"), st.sampled_from("ab"), st.sampled_from([2_500, 12_000]))
attempts = st.tuples(st.sampled_from(["charge", "look_up", "expire"]), st.just(""), st.just(0))
deeds = st.lists(st.one_of(attempts, attempts, attempts, credits_, voids, wires), max_size=14)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bank=banks, done=deeds)
def test_in_whatever_order_they_come_the_debts_account_is_right(
    bank: tuple[list[Any], list[Any]], done: list[tuple[str, str, int]]
) -> None:
    """Law 6: what was charged, received, credited and voided, less what became account credit, is what the debt has lost."""
    steps, methods = bank
    bench = Bench({"card": steps}, methods=methods)
    bench.desk = Desk(Watched(bench.desk.book), bench.bank)
    accepted: dict[str, int] = {}
    for deed, reference, amount in done:
        bench.now += DAY
        try:
            _do(bench, deed, reference, amount)
        except BookkeepingError:  # too much, or other money under a name that is taken
            continue
        if amount:
            assert accepted.setdefault(f"{deed}/{reference}", amount) == amount
    orders = bench.read(lambda pages: pages.ledger_orders("F-1"))
    waiting = {order.reference.removeprefix("F-1/") for order in orders if order.is_waiting}
    came = sum(amount for name, amount in accepted.items() if name not in waiting)
    charged = sum(attempt.amount for attempt in bench.attempts() if attempt.status is AttemptStatus.SUCCEEDED)
    voided = -sum(entry.amount for entry in bench.entries() if entry.kind is EntryKind.VOID)
    assert 10_000 - balance(bench.entries()) == charged + came + voided - bench.credit()


def _do(bench: Bench, deed: str, reference: str, amount: int) -> None:
    made = len(bench.attempts())
    match deed:
        case "credit":
            bookkeeping.credit(bench.desk.book, "F-1", Money(amount, "NOK"), reference, bench.now)
        case "void":
            bookkeeping.void(bench.desk.book, "F-1", reference, bench.now)
        case "wire":
            bookkeeping.receive_payment(bench.desk.book, "F-1", Money(amount, "NOK"), reference, bench.now)
        case "charge":
            bench.charge(made + 1, slot=None, automatic=False)
        case _ if made:
            bench.look_up(made, expire=deed == "expire")
        case _:
            bench.open()
