"""Runs every benchmark in this folder that has a `main`, or those that are named: `python benchmarks/run.py decide`."""

import importlib
import sys
from pathlib import Path


def benchmarks() -> list[str]:
    """The modules of this folder, but this one."""
    here = Path(__file__)
    return sorted(file.stem for file in here.parent.glob("*.py") if file.stem != here.stem)


def main(names: list[str]) -> int:
    """Run them one after the other; 2 when a name is none of them."""
    unknown = set(names) - set(benchmarks())
    if unknown:
        print(f"There is no benchmark called {', '.join(sorted(unknown))}: choose from {', '.join(benchmarks())}.")
        return 2
    for name in names or benchmarks():
        run = getattr(importlib.import_module(f"benchmarks.{name}"), "main", None)
        if run is not None:
            print(f"\n{name}", flush=True)
            run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
