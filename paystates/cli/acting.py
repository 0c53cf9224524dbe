"""`act`, `why` and `travel`: what people do to a procedure, and whether they may."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from paystates import clock
from paystates.cli import terminal
from paystates.cli.connection import office, patiently
from paystates.cli.errors import BadInput
from paystates.cli.journal import known_person
from paystates.cli.known import RELEASED, action_kind, fields
from paystates.cli.known import procedure as procedure_named
from paystates.cli.terminal import safe
from paystates.cli.undoing import sure
from paystates.cli.viewing import look, show_view, view_data
from paystates.client import BadOrder, Refused, read_action
from paystates.engine import Action, Asking, Procedure, Refusal
from paystates.front.choosing import refusal_data
from paystates.front.languages import titled, told
from paystates.front.lasting import cannot_be_undone
from paystates.front.office import Office
from paystates.front.pages import Considered
from paystates.front.phrases import Json, when
from paystates.front.resting import at_rest
from paystates.front.travel import travel as move_clock
from paystates.settings import Settings

_LONG = 120.0
"""Seconds that a journey may take: about one for each date on the way."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do, as it was typed, and the language in which they are answered."""

    subject: str
    action: str
    given: list[str]
    actor: str
    language: str

    @property
    def order(self) -> Action:
        """The action; `BadInput` names the field that is wrong."""
        return action_of(self.action, self.given, of_subject(self.subject))


async def act(settings: Settings, wish: Wish, *, seen: int | None, yes: bool, json: bool) -> bool:
    """Send an action; answers whether it was taken. What was refused is told with every reason and remedy."""
    try:
        return await _act(settings, wish, seen=seen, yes=yes, json=json)
    except Refused as refused:
        refusals = told(refused.refusals, wish.language)
        if not json:
            raise Refused(refusals) from None
        terminal.show_json({"accepted": False, "refusals": [refusal_data(one) for one in refusals]})
        return False


async def _act(settings: Settings, wish: Wish, *, seen: int | None, yes: bool, json: bool) -> bool:
    subject, order = wish.subject, wish.order
    known_person(settings, wish.actor)
    async with office(settings) as desk:
        if not yes and cannot_be_undone(of_subject(subject), order.kind):
            await _is_worth_asking(desk, wish, order)
        if not sure(order.kind, of_subject(subject), subject, yes=yes):
            return False
        async with patiently(subject):
            accepted = await desk.act(subject, order.model_dump(mode="json"), actor=wish.actor, seen=seen)
        if json:
            terminal.show_json({"accepted": True, "state": accepted.state, "visit": accepted.visit})
            return True
        async with patiently(subject):
            await at_rest(desk.front, subject)
        now = await look(desk, subject, language=wish.language)
    terminal.show(f"Taken. {safe(subject)}: {safe(now.title)} [dim]({now.state}, visit {now.visit})[/].")
    if now.due is not None:
        terminal.show(f"Until {when(now.due, now.zone, beside=clock.now())} [dim]{now.zone.key}[/].")
    return True


async def _is_worth_asking(desk: Office, wish: Wish, order: Action) -> None:
    """Nobody is asked whether they mean what would be refused: `Refused` says why. What is busy decides when it rests."""
    async with patiently(wish.subject):
        found = await desk.why(wish.subject, order.model_dump(mode="json"), actor=wish.actor)
    if not found.accepted and not isinstance(RELEASED[found.definition].states[found.state], Asking):
        raise Refused(found.refusals)


async def why(settings: Settings, wish: Wish, *, json: bool) -> bool:
    """Whether an action would be taken now, and if not, every reason. Nothing is sent, nothing is written."""
    order = wish.order
    known_person(settings, wish.actor)
    async with office(settings) as desk, patiently(wish.subject):
        found = await desk.why(wish.subject, order.model_dump(mode="json"), actor=wish.actor, language=wish.language)
    if json:
        terminal.show_json(_why_data(found))
    else:
        _show_why(found, order, wish.language)
    return found.accepted


def _show_why(found: Considered, order: Action, language: str) -> None:
    states = RELEASED[found.definition].states
    who = f"{found.actor.id} ({', '.join(sorted(role.replace('_', ' ') for role in found.actor.roles)) or 'no role here'})"
    title = titled(states[found.state].title, language)
    terminal.show(f"[dim]{safe(title)} ({found.state}, visit {found.visit}); {safe(who)}[/]")
    kind = order.kind.replace("_", " ")
    if found.leads_to is not None:
        target = titled(states[found.leads_to].title, language)
        terminal.show(f"[green]Yes[/]: “{kind}” would be taken now, and lead to “{safe(target)}”.")
        return
    terminal.show(f"[yellow]No[/]: “{kind}” would be refused now.")
    for refusal in found.refusals:
        rows = [("  because", safe(refusal.sentence)), ("  helps", safe(refusal.remedy)), ("  rule", _rule(refusal))]
        terminal.show(terminal.pairs(rows))


def _rule(refusal: Refusal) -> str:
    return f"[dim]{safe(refusal.code)}{f' ({safe(refusal.source)})' if refusal.source else ''}[/]"


def _why_data(found: Considered) -> Json:
    return {
        "accepted": found.accepted,
        "actor": found.actor.id,
        "roles": sorted(found.actor.roles),
        "state": found.state,
        "visit": found.visit,
        "leads_to": found.leads_to,
        "refusals": [refusal_data(one) for one in found.refusals],
    }


async def travel(settings: Settings, subject: str, span: timedelta, *, json: bool) -> None:
    """Move a procedure's clock forward, through all that is due on the way, and show where it stands then."""
    async with office(settings) as desk:
        async with patiently(subject, _LONG):
            until, _ = await move_clock(desk.front, subject, span)
        page = await look(desk, subject)
    if json:
        terminal.show_json({**view_data(page), "now": until.astimezone(page.zone)})
        return
    terminal.note(f"It is {when(until, page.zone, beside=clock.now())} for {safe(subject)} now.")
    show_view(page, machine=False)


def of_subject(subject: str) -> Procedure[Any]:
    """The procedure an id belongs to, in its newest version."""
    return procedure_named(subject.partition("/")[0])


def action_of(action: str, given: list[str], of: Procedure[Any]) -> Action:
    """An action from words; `BadInput` names the field that is wrong."""
    kind = action_kind(action, of)
    values = fields(given)
    known = of.actions[kind].model_fields
    for name in values:
        if name not in known:
            others = [one for one in known if one != "kind"]
            remedy = f"use {', '.join(others)}" if others else "leave it out: this action has none"
            message = f"FIELD {name!r} is not one of {kind}: {remedy}"
            raise BadInput(message)
    try:
        return read_action({"kind": kind, **values}, of.name)
    except BadOrder as error:
        message = f"FIELD {error}"
        raise BadInput(message) from None


def with_reason(given: list[str] | None, reason: str | None) -> list[str]:
    """The fields that were typed, `--reason` among them."""
    return [*(given or []), *([f"reason={reason}"] if reason is not None else [])]
