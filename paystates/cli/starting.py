"""`start`: begins any procedure, and shows where it has got to."""

from collections.abc import Sequence
from typing import Any

from paystates.cli import terminal
from paystates.cli.books import reference
from paystates.cli.connection import office, patiently
from paystates.cli.errors import BadInput, Unmet
from paystates.cli.journal import known_person
from paystates.cli.known import declared, fields
from paystates.cli.terminal import safe
from paystates.cli.viewing import look, show_view, view_data
from paystates.client import BadOrder, Refused
from paystates.engine import Refusal, Verdict
from paystates.front.languages import told
from paystates.front.resting import at_rest
from paystates.orders import begin
from paystates.settings import Settings
from paystates.temporal.messages import View
from states.procedures import Declared


async def start(
    settings: Settings, procedure: str, subject: str, given: list[str], *, actor: str | None, language: str, json: bool
) -> bool:
    """Start it, or find it running; answers whether it was not refused. `BadInput` names the field that is wrong."""
    data = start_data(declared(procedure), subject, given, actor)
    try:
        beginning = begin(procedure, data)
    except BadOrder as error:
        message = f"FIELD {error}"
        raise BadInput(message) from None
    except Refused as refused:
        raise Refused(told(refused.refusals, language)) from None
    known_person(settings, actor)
    async with office(settings) as desk:
        was_running = await desk.front.is_running(beginning.subject)
        async with patiently(beginning.subject):
            await desk.start(procedure, data)
            seen = await at_rest(desk.front, beginning.subject)
        page = await look(desk, beginning.subject, language=language)
    if json:
        terminal.show_json({**view_data(page), "was_running": was_running})
        return seen.verdict is not Verdict.REFUSED
    if seen.verdict is Verdict.REFUSED:
        _complain(seen, language)
    if was_running:
        terminal.note(f"{safe(beginning.subject)} is running already; this is where it stands.")
    show_view(page, machine=False)
    return True


def start_data(of: Declared, subject: str, given: list[str], actor: str | None) -> dict[str, Any]:
    """What a procedure is started with, from what was typed; the names of what makes its id, then its choices."""
    if of.has_actor and actor is None:
        message = f"--as is missing: say who starts {of.name}, by a person's id in the account book"
        raise BadInput(message)
    if not of.has_actor and actor is not None:
        message = f"--as {actor!r}: {of.name} is started by the house, so leave it out"
        raise BadInput(message)
    named: dict[str, Any] = of.data_of(subject.removeprefix(f"{of.name}/"))
    made = {"request": reference()} if "request" in of.about else {}
    chosen = fields(given)
    for name in chosen:
        if name not in of.may_set or name in named or name == "actor":
            free = [one for one in of.may_set if one not in {*named, "actor"}]
            message = f"FIELD {name!r} is not one that {of.name} is started with: use {', '.join(free)}"
            raise BadInput(message)
    return {**made, **named, **chosen, **({"actor": actor} if actor is not None else {})}


def _complain(seen: View, language: str) -> None:
    """It ended at once: every reason, as far as it remembers them."""
    refusals = refusals_of(seen)
    if refusals:
        raise Refused(told(refusals, language))
    advice = ". Import it with `paystates book import FILE`" if "no such" in seen.title else ""
    message = f"{seen.subject} ended at once: {seen.title[0].lower()}{seen.title[1:]}{advice}"
    raise Unmet(message)


def refusals_of(seen: View) -> Sequence[Refusal]:
    """Why a procedure refused, as it remembers it."""
    kept = seen.stand.memory.get("refusals") or ()
    return tuple(Refusal(**one) for one in kept)
