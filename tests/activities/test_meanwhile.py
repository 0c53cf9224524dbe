"""What others do while an attempt is under way: its result is that of its own row, and of the method that was charged."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from bench import CARD, Bench, Meddler, method

from activities import Desk
from activities.charging import Fenced
from domain.accounts import AttemptStatus, Standing
from states import debts as ask

TWO_CARDS = [method("card"), method("other", {**CARD, "brand": "mastercard", "last4": "1111"})]


def on_two_cards(decline: str) -> Bench:
    """The first of the two cards is bound, and declined so."""
    return Bench({"card": [{"decline": decline}]}, methods=TWO_CARDS)


def charge(bench: Bench, point: str, deed: Callable[[], object]) -> Any:
    """One attempt, and what happens at that point of it."""
    return bench.charge(desk=Desk(bench.desk.book, Meddler(bench.bank, point, deed)))


def bind_the_other(bench: Bench) -> None:
    other = replace(bench.subscription(), method_id="other")
    bench.write(lambda pages: pages.put_subscription(other))


@pytest.mark.parametrize("point", ["before open", "before confirm"])
def test_an_attempt_that_is_over_meanwhile_is_not_concluded_again(point: str) -> None:
    """Its row is closed without a fence: somebody else has booked its result, as a look-up that was faster does."""
    bench = Bench()

    def end_it() -> None:
        over = replace(bench.attempts()[0], status=AttemptStatus.NOT_CHARGED, finished_at=bench.now)
        bench.write(lambda pages: pages.put_attempt(over))

    with pytest.raises(Fenced):
        charge(bench, point, end_it)
    (attempt,) = bench.attempts()
    assert (attempt.status, attempt.fenced) == (AttemptStatus.NOT_CHARGED, False)
    assert [entry.amount for entry in bench.entries()] == [10_000]


def test_a_decline_is_told_of_the_card_that_was_charged() -> None:
    """Law 7: its notice names the card that the bank was asked for, whichever is bound by then."""
    bench = on_two_cards("insufficient_funds")
    assert isinstance(charge(bench, "before confirm", lambda: bind_the_other(bench)), ask.Declined)
    assert [notice.method for notice in bench.notices()] == ["visa:4242"]


def test_what_a_card_is_found_to_be_is_not_said_of_the_one_bound_meanwhile() -> None:
    """C9: the stolen card is finished; the next date charges the other one."""
    bench = on_two_cards("stolen_card")
    answer = charge(bench, "before confirm", lambda: bind_the_other(bench))
    assert isinstance(answer, ask.Declined)
    assert (answer.debt.method, answer.debt.chargeable) == ("Mastercard •••• 1111", True)
    assert (bench.method().standing, bench.method("other").standing) == (Standing.FINISHED, Standing.GOOD)


def test_what_the_customer_must_do_is_about_the_card_that_was_charged() -> None:
    """U9: another debt has finished it meanwhile; that another card is bound does not make this one chargeable."""
    bench = on_two_cards("insufficient_funds")

    def finish_it() -> None:
        finished = replace(bench.method(), standing=Standing.FINISHED)
        bench.write(lambda pages: pages.put_method(finished))
        bind_the_other(bench)

    charge(bench, "before confirm", finish_it)
    assert [notice.customer_action for notice in bench.notices()] == ["never"]
