"""How long a new process imports the client of the front desk, what connecting brings besides, and the command line.

Each round is preceded by bare transitions, whose median tells at what pace of the machine the figures were taken.

`python -m benchmarks.importing`
"""

import statistics
import subprocess
import sys
import time

from benchmarks.decide import bare_transitions

ROUNDS = 20
BARE_BEFORE_EACH = 2000
IMPORTED = {
    "paystates.client": "import paystates.client",
    "and with it what connecting needs": "import paystates.client, paystates.connecting, paystates.line",
    "for comparison: temporalio.client, pydantic": "import temporalio.client\nfrom pydantic import BaseModel",
    "the command line": "import paystates.cli.entry",
}
_TIMED = "import time\nbegun = time.perf_counter()\n{statement}\nprint(time.perf_counter() - begun)"


def seconds(statement: str) -> float:
    """What the statement takes as the first one of a process; starting Python itself is not in it."""
    done = subprocess.run([sys.executable, "-c", _TIMED.format(statement=statement)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Measure all of them in turns, and print median, fastest and slowest, and the pace of the machine."""
    bare = bare_transitions()
    taken: dict[str, list[float]] = {name: [] for name in IMPORTED}
    paces: list[float] = []
    for statement in IMPORTED.values():
        seconds(statement)  # writes the bytecode, and fills the cache of files
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(BARE_BEFORE_EACH):
            bare()
        paces.append((time.perf_counter() - begun) / BARE_BEFORE_EACH * 1e6)
        for name, statement in IMPORTED.items():
            taken[name].append(seconds(statement))
    for name, each in taken.items():
        print(f"{name:44} {statistics.median(each):.2f} s (median of {ROUNDS}), {min(each):.2f} to {max(each):.2f}")
    print(f"meanwhile a bare transition took {statistics.median(paces):.1f} microseconds ({min(paces):.1f} to {max(paces):.1f})")


if __name__ == "__main__":
    main()
