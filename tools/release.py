"""Writes down what a definition means when it is released, in `states/released.json`.

`python tools/release.py` adds the definitions that are not there yet. One that is there is never written again: running
procedures are pinned to it, so a change of it is a new version. Only while nobody runs it may it be rewritten, with
`--unreleased-change "why it is in nobody's hands yet"`.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from paystates.engine import Procedure, changed, fingerprint

BASELINE = Path(__file__).resolve().parents[1] / "states" / "released.json"


def kept() -> dict[str, Procedure[Any]]:
    """Every definition that a worker keeps, by id."""
    from states.procedures import RELEASED  # noqa: PLC0415 - `release` is given its procedures, and needs none of these

    return dict(RELEASED)


def read(baseline: Path = BASELINE) -> dict[str, str]:
    """The fingerprints of what was released, by definition."""
    found: dict[str, str] = json.loads(baseline.read_text(encoding="utf-8")) if baseline.exists() else {}
    return found


def release(procedures: Mapping[str, Procedure[Any]], baseline: Path, *, why_unreleased: str = "") -> list[str]:
    """Add what is new; the sentences of what stands in the way, none when it was written.

    With a reason, what has changed or is gone is rewritten too. Without one, nothing is written when anything has.
    """
    before = read(baseline)
    added = {name: fingerprint(procedure) for name, procedure in procedures.items() if name not in before}
    if not why_unreleased:
        in_the_way = changed(procedures, before | added)
        if in_the_way:
            return in_the_way
    after = {name: fingerprint(procedure) for name, procedure in procedures.items()} if why_unreleased else before | added
    baseline.write_text(json.dumps(after, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return []


def main(arguments: Sequence[str] | None = None, baseline: Path = BASELINE) -> int:
    """Release what the worker keeps; 1 when a released definition is not as it was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unreleased-change", metavar="WHY", default=None, help="why nobody runs what has changed yet")
    why = parser.parse_args(arguments).unreleased_change
    if why is not None and " " not in why.strip():
        parser.error("--unreleased-change needs a sentence: why is it in nobody's hands yet?")
    before, procedures = read(baseline), kept()
    in_the_way = release(procedures, baseline, why_unreleased=why or "")
    for sentence in in_the_way:
        print(sentence)
    after = read(baseline)
    for name in sorted(before.keys() | after):
        if before.get(name) != after.get(name):
            print(f"{name}: {before.get(name, 'new')} → {after.get(name, 'gone')}{f' ({why})' if why else ''}")
    return 1 if in_the_way else 0


if __name__ == "__main__":
    sys.exit(main())
