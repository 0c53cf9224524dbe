"""Four weeks in memory: six declined attempts with their notices, from the first look at the debt to the end.

`python -m benchmarks.in_memory`
"""

import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from activities import Desk, effects
from benchmarks.retry_on_server import desk_for
from paystates import clock
from paystates.engine import Errand, Event, Request, Step, Walk
from states.charge_retry import CHARGE_RETRY, Memory

REPEATS = 200


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
    """Measure and print the median in milliseconds."""
    today = datetime.now(UTC).date()
    taken: list[float] = []
    for number in range(REPEATS):
        name = f"m-{number}"
        world = _World(desk_for([name], today))
        start = datetime.combine(today, datetime.min.time(), UTC)
        begun = time.perf_counter()
        walk = Walk(CHARGE_RETRY, Memory(invoice=name), world, start, f"charge-retry/{name}")
        walk.travel(start + timedelta(days=40))
        taken.append((time.perf_counter() - begun) * 1000)
        assert walk.state == "exhausted"
    print(f"four weeks in memory, six declined attempts: {statistics.median(taken):.2f} ms (median of {REPEATS})")


if __name__ == "__main__":
    main()
