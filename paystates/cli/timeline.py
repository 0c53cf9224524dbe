"""Draws rehearsals on the terminal: each scenario as a timeline, and all of them as a summary."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

from paystates.cli.story import story
from paystates.cli.terminal import console
from paystates.front.phrases import Json, count, plain, when
from paystates.front.words import Tone, procedure_of
from paystates.rehearsal.run import Report

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_STYLES = {
    Tone.GOOD: "green",
    Tone.BAD: "yellow",
    Tone.PLAIN: "",
    Tone.DEED: "",
    Tone.REFUSED: "magenta",
    Tone.END: "bold",
}
_MARKS = {Tone.GOOD: "●", Tone.BAD: "○", Tone.PLAIN: "·", Tone.DEED: "»", Tone.REFUSED: "✗", Tone.END: "■"}
_DATE = len("Thu 26 Nov 09:00")
_INDENT = 2
_WEEK = 7
_GLUE = "\N{NO-BREAK SPACE}"
_UNTORN = re.compile(r"\w+ •••• \d{4}|(next|until) \w{3} [ \d]\d \w{3}( \d{4})? \d\d:\d\d|\w+( \w+)?: ")


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario that was played: its report (None: it could not be played, and `broke` says why), and where.

    `instead`: it was played in memory although a server was asked for, which cannot reach its dates.
    """

    name: str
    title: str
    report: Report | None
    on: str
    broke: str = ""
    instead: bool = False

    @property
    def passed(self) -> bool:
        """Whether it went as its file says."""
        return self.report is not None and self.report.passed

    @property
    def failures(self) -> list[str]:
        """What was not as the file says."""
        return self.report.failures if self.report else [self.broke]


def show_timeline(played: Played) -> None:
    """The whole story of one scenario."""
    from rich.text import Text

    out = console()
    out.print()
    out.print(Text(plain(played.title), style="bold"))
    out.print(Text(_subtitle(played), style="dim"))
    if played.report is not None:
        _show_lines(out, played.report)
    if played.passed:
        out.print(Text(f"✓ as {plain(played.name)} says", style="green"))
        return
    out.print(Text(f"✗ not as {plain(played.name)} says", style="bold red"))
    for failure in played.failures:
        out.print(Text(f"  {plain(failure)}", style="red"))


def _subtitle(played: Played) -> str:
    if played.report is None:
        return played.name
    scenario = played.report.staged.scenario
    account = scenario.accounts.accounts[0]
    owed = [
        f"{invoice.id} {invoice.money}"
        for each in scenario.accounts.accounts
        for invoice in each.invoices
        if invoice.id in scenario.collect
    ]
    parts = [account.name, *owed, account.time_zone, *(["played in memory"] if played.instead else [])]
    return plain(" · ".join(parts))


def _show_lines(out: "Console", report: Report) -> None:
    from rich.text import Text

    told = story(report)
    called = _called(list(dict.fromkeys(line.subject for line in told)))
    zone = report.staged.zone
    margin = " " * (_INDENT + _DATE + 3)
    room = max(out.width - len(margin), 20)
    shown = ""
    for line in told:
        at = when(line.at, zone)
        style = _STYLES[line.tone]
        happened = f"{called[line.subject]}: {line.happened}" if len(called) > 1 else line.happened
        followed = line.followed(zone)
        paragraphs = (
            [f"{happened} · {followed}"] if followed and len(happened) + len(followed) + 3 <= room else [happened, followed]
        )
        for number, part in enumerate(_wrapped(paragraphs, room)):
            head = Text(margin)
            if number == 0:
                date = "" if at == shown else at
                head = Text.assemble(" " * _INDENT, (date.ljust(_DATE), "cyan"), " ", (_MARKS[line.tone], style), " ")
            out.print(head.append(part, style=style), soft_wrap=True)
        shown = at


def _called(subjects: Sequence[str]) -> dict[str, str]:
    """What the procedures of a story are called: by what they do, unless two of them do the same."""
    names = [subject.partition("/")[0] if "/" in subject else subject for subject in subjects]
    return {
        subject: plain(name.replace("-", " ") if "/" in subject and names.count(name) == 1 else subject)
        for subject, name in zip(subjects, names, strict=True)
    }


def _wrapped(paragraphs: Sequence[str], room: int) -> list[str]:
    """Lines no longer than the room, a method and a date never torn apart."""
    lines: list[str] = []
    for paragraph in paragraphs:
        kept = _UNTORN.sub(lambda found: found[0].replace(" ", _GLUE), paragraph).replace(" · ", f" ·{_GLUE}")
        lines += [part.replace(_GLUE, " ") for part in wrap(kept, room, break_on_hyphens=False)]
    return lines


def summary(played: Sequence[Played]) -> "Table":
    """One row for each scenario."""
    from paystates.cli.terminal import safe, table

    rows = []
    for one in played:
        mark = "[green]✓[/]" if one.passed else "[red]✗[/]"
        if one.report is None:
            rows.append((mark, safe(one.name), "", "", "could not be played"))
            continue
        trace = one.report.trace
        scenario = one.report.staged.scenario
        ends = "; ".join(_end(scenario.subject(name), truth.state) for name, truth in scenario.ends.items())
        tried = len({(decided.subject, decided.attempt) for decided in trace.decided if decided.attempt is not None})
        rows.append((mark, safe(one.name), str(tried), str(len(trace.mailed)), safe(ends if one.passed else "not as told")))
    return table("", "scenario", "attempts", "mails", "it ends", rows=rows, whole=(0, 1))


def _end(subject: str, state: str | None) -> str:
    """A state's title, without what explains it."""
    states = procedure_of(subject).states
    return states[state].title.partition(":")[0].lower() if state in states else "–"


def verdict(played: Sequence[Played], seconds: float) -> str:
    """The last line: how many went as told, how much time passed in them, how long it took."""
    wrong = sum(not one.passed for one in played)
    days = sum(_days(one.report) for one in played if one.report)
    span = f"{days // _WEEK} weeks" if days >= 2 * _WEEK else count(days, "day")
    told = f"all {len(played)} went as their files say" if not wrong else f"{wrong} of {len(played)} did not go as told"
    if len(played) == 1 and not wrong:
        told = "it went as its file says"
    return f"{count(len(played), 'scenario')}, {span} of virtual time in {seconds:.1f} s: {told}."


def _days(report: Report) -> int:
    told = story(report)
    return (told[-1].at - told[0].at).days if told else 0


def as_json(played: Played) -> Json:
    """The same as data."""
    told = story(played.report) if played.report else []
    return {
        "name": played.name,
        "title": played.title,
        "on": played.on,
        "passed": played.passed,
        "failures": played.failures if not played.passed else [],
        "timeline": [
            {
                "at": line.at,
                "subject": line.subject,
                "text": line.text,
                "attempt": line.attempt,
                "method": line.method,
                "mails": list(line.mails),
                "next": line.next_at,
            }
            for line in told
        ],
    }
