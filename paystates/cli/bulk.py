"""`act-all`: one action to every procedure that a filter finds, with a dry run, its progress, and a report of refusals.

Each is looked at before anybody is asked, and what has moved on since is refused as overtaken: nothing is done to another state
than the one that was found.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from paystates.cli import terminal
from paystates.cli.acting import action_of, of_subject
from paystates.cli.connection import office
from paystates.cli.errors import BadInput, Unmet
from paystates.cli.journal import known_person
from paystates.cli.known import NEWEST
from paystates.cli.listing import found
from paystates.cli.terminal import safe
from paystates.client import Refused
from paystates.engine import Refusal
from paystates.front.choosing import refusal_data
from paystates.front.filters import Filter
from paystates.front.languages import told
from paystates.front.lasting import cannot_be_undone
from paystates.front.office import Office
from paystates.front.pages import ListedProcedure
from paystates.front.phrases import Json, count
from paystates.orders import PaystatesError
from paystates.settings import Settings
from paystates.temporal.messages import OVERTAKEN

_T = TypeVar("_T")

_AT_ONCE = 8
"""How many are asked at the same time."""
_NAMED = 5
"""How many procedures are named beside a reason."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is to be done, to which procedures, by whom."""

    action: str
    given: list[str]
    wanted: Filter
    actor: str
    limit: int
    dry_run: bool
    yes: bool
    language: str


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one: where it went or would go, or why not. `trouble`: it could not be asked.

    `visit` is the one it is at by now or, where nothing was sent, the one it was seen at: what `act --seen` takes.
    """

    subject: str
    state: str | None = None
    visit: int | None = None
    refusals: tuple[Refusal, ...] = ()
    trouble: str = ""

    @property
    def well(self) -> bool:
        """Whether it was taken, or would be."""
        return self.state is not None


async def act_all(settings: Settings, bulk: Bulk, *, json: bool) -> bool:
    """Do it to all of them; answers whether all took it. Each is decided by its own rules: what is refused stays as it was."""
    if bulk.wanted == Filter():
        message = "name at least one filter, such as --named or --procedure: nothing is done to all procedures there are"
        raise BadInput(message)
    kind = bulk.action.strip().lower().replace("-", "_")
    able = [name for name, procedure in NEWEST.items() if kind in procedure.actions]
    if not able:
        message = f"ACTION {bulk.action!r} is known to no procedure: see `paystates procedures`"
        raise BadInput(message)
    for name in able:
        action_of(bulk.action, bulk.given, NEWEST[name])
    known_person(settings, bulk.actor)
    async with office(settings) as desk:
        rows, more = await found(desk, bulk.wanted, bulk.limit)
        rows = [row for row in rows if row.procedure in able and row.ended is None]
        if not rows:
            terminal.note("No procedure is like that, or none of them knows the action: nothing was done.")
            return True
        if bulk.dry_run:
            results = await _all("Asked", rows, partial(_considered, desk, bulk))
        else:
            results = await _all("Seen", rows, partial(_seen, desk, bulk))
            still = [one.subject for one in results if one.well]
            if still and not _agreed(kind, still, yes=bulk.yes):
                return False
            results = await _all("Done", results, partial(_done, desk, bulk))
    _report(bulk, results, more=more, json=json)
    return all(one.well for one in results)


def _agreed(kind: str, subjects: list[str], *, yes: bool) -> bool:
    """Whether to go on. Many at once are always asked about."""
    if yes:
        return True
    lasting = any(cannot_be_undone(of_subject(one), kind) for one in subjects)
    what = f"“{kind.replace('_', ' ')}” to {count(len(subjects), 'procedure')}" + (", which cannot be undone" if lasting else "")
    if not sys.stdin.isatty():
        message = f"nobody can be asked here whether to do {what}: give --yes to do it, or --dry-run to see what would happen"
        raise Unmet(message)
    terminal.console(error=True).print(f"Do {safe(what)}? \\[y/N] ", end="")
    if sys.stdin.readline().strip().lower() in {"y", "yes"}:
        return True
    terminal.note("Nothing was done.")
    return False


async def _all(what: str, ones: Sequence[_T], do: Callable[[_T], Awaitable[Done]]) -> list[Done]:
    """Each in its turn, a few at the same time, in the order they were found."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(of: _T) -> Done:
        async with turn:
            done = await do(of)
        one_more()
        return done

    with _progress(len(ones), what) as one_more:
        return list(await asyncio.gather(*(one(of) for of in ones)))


async def _considered(desk: Office, bulk: Bulk, row: ListedProcedure) -> Done:
    """Whether it would take it. Nothing is sent."""
    async with _said(bulk, desk, row.subject) as said:
        found = await desk.why(row.subject, _order(bulk, row.subject), actor=bulk.actor, language=bulk.language)
        said.done = Done(row.subject, found.leads_to, found.visit, found.refusals)
    return said.done


async def _seen(desk: Office, bulk: Bulk, row: ListedProcedure) -> Done:
    """Where it stands before anybody is asked; overtaken, when that is not where the list has it."""
    async with _said(bulk, desk, row.subject) as said:
        stand = (await desk.front.view(row.subject)).stand
        against = () if row.state in {None, stand.state} else told((OVERTAKEN,), bulk.language)
        said.done = Done(row.subject, None if against else stand.state, stand.visit, tuple(against))
    return said.done


async def _done(desk: Office, bulk: Bulk, seen: Done) -> Done:
    """Do it to what was seen, and to nothing that has moved on since."""
    if not seen.well:
        return seen
    async with _said(bulk, desk, seen.subject, "what was sent may still be done") as said:
        taken = await desk.act(seen.subject, _order(bulk, seen.subject), actor=bulk.actor, seen=seen.visit)
        said.done = Done(seen.subject, taken.state, taken.visit)
    return said.done


def _order(bulk: Bulk, subject: str) -> Json:
    return action_of(bulk.action, bulk.given, of_subject(subject)).model_dump(mode="json")


@dataclass(slots=True)
class _Saying:
    """What is said of one in the end."""

    done: Done


@asynccontextmanager
async def _said(bulk: Bulk, desk: Office, subject: str, late: str = "nothing was sent") -> AsyncIterator[_Saying]:
    """What goes wrong inside the block is said of that one, and the others go on. `late`: what is so when no answer comes."""
    said = _Saying(Done(subject))
    try:
        async with asyncio.timeout(desk.patience):
            yield said
    except Refused as refused:
        said.done = Done(subject, refusals=tuple(told(refused.refusals, bulk.language)))
    except PaystatesError as error:
        said.done = Done(subject, trouble=str(error))
    except TimeoutError:
        said.done = Done(subject, trouble=f"no worker answered in time: {late}")


def _report(bulk: Bulk, results: list[Done], *, more: bool, json: bool) -> None:
    if json:
        terminal.show_json([_data(one) for one in results])
    else:
        went: defaultdict[str, list[str]] = defaultdict(list)
        for one in results:
            if one.state is not None:
                went[one.state.replace("_", " ")].append(one.subject)
        against: defaultdict[str, list[str]] = defaultdict(list)
        for one in results:
            for reason in _reasons(one):
                against[reason].append(one.subject)
        head = "would go to" if bulk.dry_run else "went to"
        if went:
            terminal.show(terminal.table(head, "how many", "which", rows=_counted(went)))
        if against:
            terminal.show(
                terminal.table(
                    "refused because" if not bulk.dry_run else "would be refused because",
                    "how many",
                    "which",
                    rows=_counted(against),
                    whole=(1,),
                )
            )
    well = sum(one.well for one in results)
    done = "would be taken" if bulk.dry_run else "taken"
    terminal.note(f"{well} of {count(len(results), 'procedure')} {done}." + (" There are more: give a --limit." if more else ""))


def _reasons(one: Done) -> Iterable[str]:
    if one.trouble:
        yield one.trouble
    for refusal in one.refusals:
        yield f"{refusal.sentence} {refusal.remedy} ({refusal.code})"


def _counted(groups: dict[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    for name, subjects in sorted(groups.items(), key=lambda group: -len(group[1])):
        left = len(subjects) - _NAMED
        named = ", ".join(subjects[:_NAMED]) + (f" and {left} more" if left > 0 else "")
        yield safe(name), str(len(subjects)), safe(named)


def _data(one: Done) -> Json:
    return {
        "id": one.subject,
        "accepted": one.well,
        "state": one.state,
        "visit": one.visit,
        "refusals": [refusal_data(refusal) for refusal in one.refusals],
        "trouble": one.trouble or None,
    }


@contextmanager
def _progress(total: int, what: str) -> Iterator[Callable[[], None]]:
    """How far it is, on stderr; only where somebody looks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    out = terminal.console(error=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)
