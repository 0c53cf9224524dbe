"""Four weeks in memory: six declined attempts with their notices, from the first look at the debt to the end.

A machine that is shared changes its pace from one second to the next. So each walk is preceded by a few bare transitions, and
their median is told beside the walk's: it says at what pace the figure was taken.

`python -m benchmarks.in_memory`
"""

import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from activities import Desk, effects
from benchmarks.decide import bare_transitions
from benchmarks.retry_on_server import desk_for
from paystates import clock
from paystates.engine import Errand, Event, Request, Step, Walk
from states.charge_retry import CHARGE_RETRY, Memory

REPEATS = 200
BARE_BEFORE_EACH = 50


class _World:
    """The effects on a desk in memory."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def answer(self, errand: Errand[Request[Any]]) -> Event:
        with clock.at(errand.now):
            return effects.by_request[type(errand.request)](self.desk, errand)

    def journal(self, subject: str, run: str, steps: tuple[Step, ...]) -> None:
        self.desk.keep(subject, run, steps, None)


def main() -> None:
    """Measure and print the median and the fastest in milliseconds, and the pace of the machine meanwhile."""
    today = datetime.now(UTC).date()
    bare = bare_transitions()
    taken: list[float] = []
    paces: list[float] = []
    for number in range(REPEATS):
        name = f"m-{number}"
        world = _World(desk_for([name], today))
        start = datetime.combine(today, datetime.min.time(), UTC)
        begun = time.perf_counter()
        for _ in range(BARE_BEFORE_EACH):
            bare()
        paces.append((time.perf_counter() - begun) / BARE_BEFORE_EACH * 1e6)
        begun = time.perf_counter()
        walk = Walk(CHARGE_RETRY, Memory(invoice=name), world, start, f"charge-retry/{name}")
        walk.travel(start + timedelta(days=40))
        taken.append((time.perf_counter() - begun) * 1000)
        assert walk.state == "exhausted"
    print(
        f"four weeks in memory, six declined attempts: {statistics.median(taken):.2f} ms (median of {REPEATS}),"
        f" {min(taken):.2f} ms at best; meanwhile a bare transition took {statistics.median(paces):.1f} microseconds"
    )


if __name__ == "__main__":
    main()
