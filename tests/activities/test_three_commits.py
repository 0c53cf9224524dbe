"""The attempt between its three commits: a worker that wakes late, a faster look-up, and a debt somebody else charges."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bench import BANK_ACCOUNT, CARD, DAY, HOUR, Bench, Meddler, OutOfReach, invoice, method

from activities import Desk
from activities.bookkeeping import correct_details
from activities.charging import Fenced
from activities.desk import Overtaken
from domain.accounts import AttemptStatus, EntryKind, Standing
from gateways.port import IntentStatus
from states import debts as ask

SOON = timedelta(seconds=6)


def late_worker(bench: Bench, point: str) -> Desk:
    """A desk whose bank is slow: in the middle of a call a look-up comes by."""
    return Desk(bench.desk.book, Meddler(bench.bank, point, bench.look_up))


@pytest.mark.parametrize("point", ["before open", "after open", "before confirm"])
def test_a_worker_that_wakes_late_can_neither_open_nor_confirm(point: str) -> None:
    """Law 3: the look-up closes the row first, so that “not charged” stays true whatever the worker does afterwards."""
    bench = Bench()
    with pytest.raises(Fenced):
        bench.charge(desk=late_worker(bench, point))
    (attempt,) = bench.attempts()
    assert (attempt.status, attempt.fenced) == (AttemptStatus.NOT_CHARGED, True)
    assert bench.ledger() == []
    assert bench.notices() == []
    bench.now += 2 * DAY
    with pytest.raises(Fenced):
        bench.charge()
    assert bench.ledger() == []
    assert {call.outcome for call in bench.bank.calls()} <= {"unconfirmed", "no_such_intent", "cancelled"}


def test_an_intent_that_was_opened_too_late_is_cancelled_at_the_provider() -> None:
    """Law 3: the look-up asked before there was one, and will not ask again; nobody is left to confirm it."""
    bench = Bench()
    with pytest.raises(Fenced):
        bench.charge(desk=late_worker(bench, "before open"))
    assert bench.bank.find("F-1/1").status is IntentStatus.CANCELLED


@pytest.mark.parametrize("point", ["after open", "before confirm"])
def test_a_look_up_that_learns_nothing_closes_the_row_all_the_same(point: str) -> None:
    """Law 3: the row is closed before the provider is asked, so an outage does not let the late worker go on."""
    bench = Bench()

    def look_up_in_vain() -> None:
        answer = bench.do(ask.LookUp(invoice="F-1", attempt=1), desk=Desk(bench.desk.book, OutOfReach()))
        assert isinstance(answer, ask.StillUnknown)

    with pytest.raises(Fenced):
        bench.charge(desk=Desk(bench.desk.book, Meddler(bench.bank, point, look_up_in_vain)))
    assert bench.attempts()[0].fenced
    assert isinstance(bench.look_up(), ask.NotCharged if point == "after open" else ask.Charged)
    assert bench.calls("confirm") == ([] if point == "after open" else ["F-1/1"])


def test_what_was_charged_before_the_look_up_is_booked_once() -> None:
    """Law 3: “already succeeded” means charged; the late worker's own booking is refused."""
    bench = Bench()
    with pytest.raises(Fenced):
        bench.charge(desk=late_worker(bench, "after confirm"))
    assert [entry.amount for entry in bench.entries()] == [10_000, -10_000]
    assert [entry.amount for entry in bench.ledger()] == [10_000]
    assert bench.attempts()[0].status is AttemptStatus.SUCCEEDED


def test_two_look_ups_at_once_come_to_the_same() -> None:
    """Concluding what is concluded changes nothing: one notice, one use of the slot."""
    bench = Bench({"card": [{"decline": "insufficient_funds", "fault": "reply_lost"}]})
    assert isinstance(bench.charge(), ask.OutcomeUnknown)
    with pytest.raises(Overtaken):
        frozen_look_up(bench, bench.look_up)
    assert isinstance(bench.look_up(), ask.Declined)
    assert [notice.kind for notice in bench.notices()] == ["declined"]
    assert bench.dunning().used == 1


FROZEN = {
    "on its way, then paid": ({"late": {"after": "5d"}}, BANK_ACCOUNT, 5 * DAY - SOON),
    "on its way, then declined": (
        {"late": {"after": "5d", "then": {"decline": {"network": "R01"}}}},
        BANK_ACCOUNT,
        5 * DAY - SOON,
    ),
    "not authenticated, then paid": ({"action_required": {"completed_after": "1h"}}, CARD, HOUR - SOON),
    "paid, then returned": (
        {"late": {"after": "1d"}, "returned_after": {"after": "1d", "code": "R10"}},
        BANK_ACCOUNT,
        2 * DAY - SOON,
    ),
    "paid, then charged back": ({"charged_back_after": "1d"}, CARD, DAY - SOON),
}
"""What a look-up heard before it froze, and what a faster one then wrote; the bank's script, the method, when it froze."""


@pytest.mark.parametrize(("script", "details", "freezes"), FROZEN.values(), ids=FROZEN)
def test_a_look_up_that_wakes_late_writes_nothing_over_what_is_newer(
    script: dict[str, object], details: dict[str, str], freezes: timedelta
) -> None:
    """Laws 3, 6 and 8: no paid attempt is open again, no returned one paid, no credit comes of nothing, and nobody is told."""
    bench = Bench({"card": [script]}, methods=[method("card", details)])
    bench.charge()
    bench.now += freezes

    def meanwhile() -> None:
        bench.now += 2 * SOON
        bench.look_up()
        before.append(whole_book(bench))

    before: list[object] = []
    with pytest.raises(Overtaken):
        frozen_look_up(bench, meanwhile)
    assert whole_book(bench) == before[0]
    bench.look_up()
    assert whole_book(bench) == before[0]
    assert bench.credit() == 0


def frozen_look_up(bench: Bench, meanwhile: Callable[[], object]) -> None:
    """A look-up whose worker freezes when the bank has answered; in the meantime something happens."""
    slow = Desk(bench.desk.book, Meddler(bench.bank, "after read", meanwhile))
    bench.do(ask.LookUp(invoice="F-1", attempt=1), desk=slow, sequence=4)


def whole_book(bench: Bench) -> object:
    """All that a look-up may write."""
    return bench.attempts(), bench.entries(), bench.notices(), bench.cases(), bench.credit(), bench.method(), bench.dunning()


@pytest.mark.parametrize("request_", [ask.WriteOffDebt(invoice="F-1", reason="gone"), ask.SkipSlot(invoice="F-1", slot=1)])
def test_whatever_was_answered_meanwhile_is_not_done_again_by_who_wakes_late(request_: Any) -> None:
    """A worker that was taken for dead rests on what was true when it began; what another did in its stead stands, alone."""
    bench = Bench()
    bench.now += timedelta(minutes=1)
    bench.do(ask.SkipSlot(invoice="F-1", slot=0))
    before = whole_book(bench)
    bench.now -= timedelta(minutes=1)
    with pytest.raises(Overtaken, match="its step 5 asks for has been answered"):
        bench.do(request_)
    assert whole_book(bench) == before


def test_looking_a_declined_attempt_up_again_changes_nothing() -> None:
    """Late or repeated news: the row, the notices and a card that was corrected meanwhile stay as they are."""
    bench = Bench({"card": [{"decline": "expired_card"}]})
    bench.charge()
    correct_details(bench.desk.book, "card", bench.now)
    before = bench.attempts(), bench.notices(), bench.method()
    bench.now += DAY
    answer = bench.look_up()
    assert isinstance(answer, ask.Declined)
    assert (answer.category, answer.reason) == ("fix", "expired")
    assert (bench.attempts(), bench.notices(), bench.method()) == before


NO_MORE: list[dict[str, Any]] = [
    {"standing": Standing.FINISHED},
    {"standing": Standing.NEEDS_CORRECTION},
    {"standing": Standing.GONE},
    {"standing": Standing.POOR},
    {"deleted_at": datetime(2026, 11, 2, tzinfo=UTC)},
]


@pytest.mark.parametrize("point", ["before open", "after open"])
def test_a_method_that_is_no_good_any_more_is_not_confirmed(point: str) -> None:
    """Law 2: it is read again with the intent; the look-up cancels that, and the debt asks for another method."""
    wrong = []
    for change in NO_MORE:
        bench = Bench()

        def spoil(bench: Bench = bench, change: dict[str, Any] = change) -> None:
            spoilt = replace(bench.method(), **change)
            bench.write(lambda pages: pages.put_method(spoilt))

        charged = bench.charge(desk=Desk(bench.desk.book, Meddler(bench.bank, point, spoil)))
        looked_up = bench.look_up()
        asked = [call.outcome for call in bench.bank.calls()]
        nothing = bench.notices() == [] and bench.dunning().used == 0 and not looked_up.debt.chargeable
        told = (charged.kind, looked_up.kind, asked, nothing)
        if told != ("outcome_unknown", "not_charged", ["unconfirmed", "unconfirmed", "cancelled"], True):
            wrong.append((change, told))
    assert wrong == []


def test_a_card_that_another_debts_attempt_has_finished_is_not_confirmed() -> None:
    """C9: stolen, says the bank between the reservation and the opening."""
    bench = Bench({"card": [{"decline": "stolen_card"}, "unexpected"]}, invoices=[invoice("F-1"), invoice("F-2")])
    another = Meddler(bench.bank, "before open", lambda: bench.charge(invoice_id="F-2"))
    assert isinstance(bench.charge(desk=Desk(bench.desk.book, another)), ask.OutcomeUnknown)
    assert isinstance(bench.look_up(), ask.NotCharged)
    assert bench.calls("confirm") == ["F-2/1"]
    assert isinstance(bench.charge(2), ask.MethodNeeded)


def test_a_tombstone_takes_the_number_of_an_attempt_that_never_began() -> None:
    """Law 3: the worker died before it reserved; its number can never begin, and the slot is tried again in a day (law 7)."""
    bench = Bench()
    answer = bench.look_up()
    assert isinstance(answer, ask.NotCharged)
    assert answer.debt.next_at == bench.now + DAY
    with pytest.raises(Fenced):
        bench.charge()
    assert bench.bank.calls() == []
    assert bench.dunning().used == 0


def test_a_tombstone_delays_its_slot_when_the_debt_is_read_again() -> None:
    """A worker that dies each time is not started again without end: a day lies between (U13)."""
    bench = Bench()
    bench.look_up()
    read = bench.open()
    assert (read.debt.next_slot, read.debt.next_at) == (0, bench.now + DAY)
    bench.now += HOUR
    early = bench.charge(2)
    assert isinstance(early, ask.Postponed)
    assert bench.bank.calls() == []


def test_a_second_charge_beside_an_open_one_is_not_sent() -> None:
    """Law 1: its own open attempt is adopted, and looked up."""
    bench = Bench({"card": [{"late": {"after": "5d"}}]})
    assert isinstance(bench.charge(), ask.Clearing)
    found = bench.charge(2)
    assert isinstance(found, ask.AttemptOpen)
    assert (found.attempt, found.debt.account, found.debt.attempts) == (1, "fjord", 1)
    assert bench.open() == found
    assert bench.do(ask.SkipSlot(invoice="F-1", slot=1)) == found
    assert bench.do(ask.WriteOffDebt(invoice="F-1", reason="bankrupt")) == found
    assert bench.do(ask.CloseDebt(invoice="F-1")) == found
    assert bench.calls("confirm") == ["F-1/1"]


def test_a_slot_stands_aside_for_somebody_elses_attempt() -> None:
    """Laws 1 and 7: no attempt, no mail, no slot used up; the same slot is tried in a day."""
    bench = Bench()
    bench.elsewhere()
    answer = bench.charge(2)
    assert isinstance(answer, ask.Postponed)
    assert (answer.debt.next_slot, answer.debt.next_at) == (0, bench.now + DAY)
    assert bench.bank.calls() == []
    assert bench.notices() == []
    assert bench.dunning().used == 0
    assert bench.look_up() == ask.Unchanged()


def test_the_attempts_do_not_end_while_somebody_else_charges() -> None:
    """The final notice waits for the other's result, even when no slot is left."""
    bench = Bench()
    bench.elsewhere()
    bench.now += 40 * DAY
    answer = bench.do(ask.CloseDebt(invoice="F-1"))
    assert isinstance(answer, ask.Postponed)
    assert answer.debt.next_at == bench.now + DAY
    assert bench.notices() == []


def test_somebody_elses_attempt_that_is_open_keeps_a_write_off_waiting() -> None:
    """Law 6: credit, void and write-off wait while an attempt is open or clearing."""
    bench = Bench()
    bench.elsewhere()
    found = bench.do(ask.WriteOffDebt(invoice="F-1", reason="bankrupt"))
    assert isinstance(found, ask.AttemptOpen)
    assert found.attempt == 1
    assert [entry.kind for entry in bench.entries()] == [EntryKind.INVOICE]


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ({"fault": "time_out"}, ask.NotCharged),
        ({"fault": "open_fails"}, ask.NotCharged),
        ({"fault": "reply_lost"}, ask.Charged),
        ({"fault": "reply_lost", "decline": "insufficient_funds"}, ask.Declined),
        ({"fault": "reply_lost", "action_required": {"completed_after": "never"}}, ask.ActionRequired),
        ({"fault": "reply_lost", "late": {"after": "3d"}}, ask.Clearing),
        ({"fault": "unavailable", "for": "1d"}, ask.StillUnknown),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else value.__name__,
)
def test_whatever_is_unknown_is_looked_up(step: dict[str, object], answer: type) -> None:
    """Law 3: unknown is a state; one confirm was sent at most, and the look-up sends none."""
    bench = Bench({"card": [step]})
    assert isinstance(bench.charge(), ask.OutcomeUnknown)
    assert isinstance(bench.look_up(), answer)
    assert len(bench.calls("confirm")) <= 1


def test_what_the_provider_calls_a_duplicate_is_looked_up_before_it_is_believed() -> None:
    """Money may have moved (money.md, look_up): first unknown, then not charged, with a case for an operator.

    Law 7: it reached the bank, so its slot is used up.
    """
    bench = Bench({"card": [{"decline": "duplicate_transaction"}]})
    assert isinstance(bench.charge(), ask.OutcomeUnknown)
    assert bench.attempts()[0].is_open
    answer = bench.look_up()
    assert isinstance(answer, ask.NotCharged)
    assert (answer.debt.used, answer.debt.next_slot, answer.debt.next_at) == (1, 1, bench.start + 3 * DAY + HOUR)
    assert [case.kind for case in bench.cases()] == ["duplicate"]
    assert bench.notices() == []


def test_the_book_never_forgets_a_debt_that_was_charged() -> None:
    """The attempt pays what was owed when it was reserved; a wire in between makes the excess a credit (law 6)."""
    bench = Bench({"card": [{"late": {"after": "2d"}, "charged_back_after": "5d"}]})
    bench.charge()
    assert [attempt.amount for attempt in bench.attempts()] == [10_000]
    assert isinstance(bench.open(hint=1), ask.AttemptOpen)
    assert bench.do(ask.OpenDebt(invoice="nowhere")) == ask.NoSuchInvoice()
