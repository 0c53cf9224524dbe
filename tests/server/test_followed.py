"""What a follower is told when runs take each other's place: by hand, run by run."""

from datetime import UTC, datetime, timedelta

import pytest

from paystates.temporal.following import Followed
from paystates.temporal.messages import Happened

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def decisions(*events: str, begin: int = 1, at: datetime = NOW) -> tuple[Happened, ...]:
    """Numbered from `begin`, a minute apart."""
    return tuple(
        Happened(sequence=number, at=at + number * timedelta(minutes=1), event=event, actor="olga", target="waiting")
        for number, event in enumerate(events, start=begin)
    )


OLD = decisions("opened", "hold", "resume", "hold", "resume")
LATER = NOW + timedelta(hours=1)
NEW = (*OLD[:2], *decisions("write_off", "cancel", begin=3, at=LATER))
"""The same procedure, reset after its second decision."""


def test_what_a_run_answers_is_told_once() -> None:
    followed = Followed()
    assert followed.after("a") == 0
    assert followed.news("a", OLD[:3]) == OLD[:3]
    assert followed.after("a") == 3
    assert followed.news("a", ()) == ()
    assert followed.news("a", OLD[3:]) == OLD[3:]


def test_a_run_that_continues_another_has_told_what_it_remembers_of_that() -> None:
    """It remembers the last ones of the run before, and may have forgotten the first."""
    followed = Followed()
    followed.news("a", OLD[:3])
    assert followed.after("b") == 0
    assert followed.news("b", OLD[1:]) == OLD[3:]


def test_it_makes_no_difference_how_soon_after_a_reset_it_asks() -> None:
    """What the new run decides again in the same way is no news, be it asked for before that or after."""
    for parts in ([NEW], [NEW[:1], NEW[1:]], [NEW[:1], NEW[1:2], NEW[2:]], [NEW[:2], NEW[2:3], NEW[3:]]):
        followed = Followed()
        followed.news("a", OLD)
        told = [one for part in parts for one in followed.news("b", part)]
        assert told == [*NEW[2:]]


def test_after_a_reset_it_goes_on_with_the_first_decision_that_is_another() -> None:
    """Also when it has fewer than were told, and after a second Reset to a point before the first."""
    followed = Followed()
    followed.news("a", OLD)
    assert followed.news("b", NEW[:3]) == NEW[2:3]
    assert followed.news("b", NEW[3:]) == NEW[3:]
    again = (*OLD[:1], *decisions("cancel", begin=2, at=LATER + timedelta(hours=1)))
    assert followed.news("c", again) == again[1:]


def test_what_was_decided_again_as_before_is_not_told_again() -> None:
    """An order that Temporal gives again after a Reset is decided at another instant, and that is all that is new."""
    followed = Followed()
    followed.news("a", OLD[:3])
    again = (*OLD[:2], *decisions("resume", "cancel", begin=3, at=LATER))
    assert followed.news("b", again) == again[3:]


def test_a_reset_to_the_very_beginning_tells_everything_anew() -> None:
    followed = Followed()
    followed.news("a", OLD)
    assert followed.news("b", ()) == ()
    anew = decisions("nothing_due", at=LATER)
    assert followed.after("b") == 0
    assert followed.news("b", anew) == anew


def test_a_run_that_has_only_come_to_where_it_was_reset_tells_nothing_and_goes_on_from_there() -> None:
    followed = Followed()
    followed.news("a", OLD)
    assert followed.news("b", NEW[:2]) == ()
    assert followed.after("b") == 2
    assert followed.news("b", NEW[2:]) == NEW[2:]


@pytest.mark.parametrize(
    ("after", "run", "told"),
    [
        (OLD[3], OLD, OLD[4:]),
        (OLD[3], OLD[3:], OLD[4:]),
        (OLD[3], NEW, NEW[2:]),
        (OLD[3], NEW[:3], NEW[2:3]),
        (OLD[3], NEW[:2], ()),
        (4, OLD, OLD[4:]),
        (4, NEW, ()),
        (4, NEW[:3], NEW[:3]),
        (2, OLD[3:], OLD[3:]),
        (0, OLD, OLD),
    ],
)
def test_who_comes_back_with_the_last_decision_notices_a_reset_meanwhile(after, run, told) -> None:
    """With its number alone only where that has not come again: then everything is told, for nobody knows what was."""
    assert tuple(Followed(after).news("b", run)) == told


def test_a_reset_before_the_number_that_somebody_came_with_is_noticed() -> None:
    """What they had before they came is not told again, and what takes its place is."""
    followed = Followed(3)
    followed.news("a", OLD)
    assert followed.news("b", NEW) == NEW[2:]
