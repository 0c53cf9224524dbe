"""Writes down what the HTTP API answers, for the examples in its description; `--check` says whether that is stale instead."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from paystates.web.examples import FILE

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str]) -> int:
    """Write what is stale, or with `--check` say so and answer 1."""
    sys.path.insert(0, str(ROOT / "tests" / "web"))
    from recording import recorded  # noqa: PLC0415 - the house that answers is the tests'

    logging.disable()  # what is asked wrongly is meant to be
    told = recorded()
    if FILE.exists() and FILE.read_text(encoding="utf-8") == told:
        return 0
    name = FILE.relative_to(ROOT)
    if "--check" in arguments:
        print(f"{name} does not have what the API answers any more: run `make docs`, and read what has changed.")
        return 1
    FILE.write_text(told, encoding="utf-8")
    print(f"Wrote {name} anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
