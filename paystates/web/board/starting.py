"""What may be started from an account's page, as buttons, each with the reasons why it would end at once.

Reasons that several buttons of a section have are told once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from paystates.engine import Refusal
from paystates.front.starting import Start, Starts
from paystates.web.board.tongue import tongue


def called(language: str) -> Mapping[str, str]:
    """What the button is called that starts a procedure."""
    say = tongue(language).say
    return {
        "charge-retry": say("Collect"),
        "replace-all": say("Replace"),
        "delete-with-dependents": say("Delete"),
        "update-details": say("Correct"),
        "settle-balance": say("Settle"),
        "change-single-subscription": say("Change method"),
        "add-method": say("Add a payment method"),
    }


@dataclass(frozen=True, slots=True)
class Button:
    """One start. `why` is the id of its reasons ("": it may be pressed); `under_way`: it runs, so it is gone to instead."""

    start: Start
    why: str
    under_way: bool


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why the buttons of these procedures may not be pressed."""

    id: str
    procedures: tuple[str, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The buttons of a section by what they are about, and the reasons: those of one thing beside it, `shared` ones once."""

    buttons: Mapping[str, Sequence[Button]]
    own: Mapping[str, Sequence[Reasons]]
    shared: Sequence[Reasons]


def section(name: str, starts: Starts, things: Iterable[str], running: Collection[str]) -> Section:
    """The section of that name, about these things; `running` are the ids that are under way."""
    shown = {thing: starts.get(thing, ()) for thing in things}
    alike: dict[tuple[str, ...], list[tuple[str, Start]]] = {}
    for thing, theirs in shown.items():
        for one in theirs:
            if one.refusals and one.subject not in running:
                alike.setdefault(tuple(refusal.sentence for refusal in one.refusals), []).append((thing, one))
    ids: dict[str, str] = {}
    own: dict[str, list[Reasons]] = {thing: [] for thing in shown}
    shared: list[Reasons] = []
    for number, group in enumerate(alike.values()):
        reasons = Reasons(f"why-{name}-{number}", tuple(dict.fromkeys(one.procedure for _, one in group)), group[0][1].refusals)
        ids |= {one.subject: reasons.id for _, one in group}
        concerned = {thing for thing, _ in group}
        (own[concerned.pop()] if len(concerned) == 1 else shared).append(reasons)
    buttons = {
        thing: [Button(one, ids.get(one.subject, ""), one.subject in running) for one in theirs]
        for thing, theirs in shown.items()
    }
    return Section(buttons, own, shared)
