"""What somebody who follows a procedure has been told of it, so that an operator's Reset loses nothing and repeats nothing.

A Reset begins a run at an earlier point: the numbers go back, and other decisions may take the places of those that were told.
Up to there they are the same in both runs, which is how it is found where to go on.
"""

from collections.abc import Sequence
from dataclasses import replace

from paystates.temporal.messages import Happened


class Followed:
    """Between one follower and the runs of one procedure."""

    def __init__(self, after: int | Happened = 0) -> None:
        """`after` is what the follower has had: its last decision, or only the number of that."""
        self._number = after if isinstance(after, int) else after.sequence
        self._told = {} if isinstance(after, int) else {after.sequence: after}
        self._run = ""

    def after(self, run: str) -> int:
        """After which number a run is to be asked: one that has not been asked yet, for everything it remembers."""
        return self._number if run == self._run else 0

    def news(self, run: str, happened: Sequence[Happened]) -> Sequence[Happened]:
        """What the follower has not been told of a run's answer; from now on it has. Without an answer it is not known yet."""
        if not happened:
            return ()
        if run != self._run and not self._told:
            # Of a number alone it can only be said which decision bears it in this run; none does: it is another run's number.
            self._told = {one.sequence: one for one in happened if one.sequence == self._number}
        fresh = self._fresh(happened)
        self._run, self._number = run, happened[-1].sequence
        self._told |= {one.sequence: one for one in fresh}
        return fresh

    def _fresh(self, happened: Sequence[Happened]) -> Sequence[Happened]:
        """From the first on that is not as it was told. Until there is one, another run may still do as the one before it did."""
        fresh = happened[next((place for place, one in enumerate(happened) if not self._has(one)), len(happened)) :]
        if fresh:
            self._told = {number: one for number, one in self._told.items() if number < fresh[0].sequence}
        return fresh

    def _has(self, one: Happened) -> bool:
        """Whether the follower has had it: it was told here so, or it is older than the first that was."""
        first = self._told.get(min(self._told, default=0))
        if first is None:
            return False
        told = self._told.get(one.sequence)
        if told is None:
            return one.sequence < first.sequence and one.at <= first.at
        return replace(told, at=one.at) == one  # what was decided again in the same way is no news
