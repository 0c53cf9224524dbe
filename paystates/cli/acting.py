"""`act`, `why` and `travel`: what people do to a procedure, and whether they may."""

from datetime import timedelta
from typing import Any

from paystates import clock
from paystates.cli import terminal
from paystates.cli.connection import at_rest, front_desk, patiently
from paystates.cli.errors import BadInput, Unmet
from paystates.cli.journal import background, known_person, person
from paystates.cli.known import RELEASED, action_kind, fields
from paystates.cli.known import procedure as procedure_named
from paystates.cli.terminal import safe
from paystates.cli.viewing import chooser_of, show_view, view_data
from paystates.client import BadOrder, Refused, read_action
from paystates.engine import Action, Actor, Moved, Procedure, Refusal, Snapshot
from paystates.engine import Refused as Declined
from paystates.front.background import scope_of
from paystates.front.choosing import refusal_data
from paystates.front.languages import told
from paystates.front.phrases import Json, when
from paystates.settings import Settings
from paystates.temporal.messages import View

_LONG = 120.0
"""Seconds that a journey may take: about one for each date on the way."""


async def act(
    settings: Settings,
    subject: str,
    action: str,
    given: list[str],
    *,
    actor: str,
    seen: int | None,
    language: str,
    json: bool,
) -> bool:
    """Send an action; answers whether it was taken. What was refused is told with every reason and remedy."""
    try:
        order = _order(action, given, _of_subject(subject))
        known_person(settings, actor)
        front = await front_desk(settings)
        async with patiently(subject):
            accepted = await front.act(subject, order, actor=actor, seen=seen)
    except Refused as refused:
        refusals = told(refused.refusals, language)
        if not json:
            raise Refused(refusals) from None
        terminal.show_json({"accepted": False, "refusals": [refusal_data(one) for one in refusals]})
        return False
    if json:
        terminal.show_json({"accepted": True, "state": accepted.state, "visit": accepted.visit})
        return True
    async with patiently(subject):
        now = await at_rest(front, subject)
    terminal.show(f"Taken. {safe(subject)}: {safe(now.title)} [dim]({now.stand.state}, visit {now.stand.visit})[/].")
    if now.stand.due is not None:
        zone = background(settings, subject, scope_of(now).account).zone
        terminal.show(f"Until {when(now.stand.due, zone, beside=clock.now())} [dim]{zone.key}[/].")
    return True


async def why(settings: Settings, subject: str, action: str, given: list[str], *, actor: str, language: str, json: bool) -> bool:
    """Whether an action would be taken now, and if not, every reason. Nothing is sent, nothing is written."""
    order = _order(action, given, _of_subject(subject))
    known_person(settings, actor)
    front = await front_desk(settings)
    async with patiently(subject):
        seen = await front.view(subject)
    procedure = RELEASED.get(seen.stand.definition)
    if procedure is None:
        message = f"{subject} runs {seen.stand.definition}, which this version of paystates does not keep: use the newer one"
        raise Unmet(message)
    snapshot = seen.stand.read(procedure)
    who = person(settings, actor, scope_of(seen))
    outcome = procedure.decide(snapshot, order, who, max(clock.now(), seen.stand.since))
    if isinstance(outcome, Declined):
        outcome = Declined(told(outcome.refusals, language))
    if json:
        terminal.show_json(_why_data(outcome, who, seen))
    else:
        _show_why(procedure, snapshot, order, who, outcome)
    return isinstance(outcome, Moved)


def _show_why(procedure: Procedure[Any], snapshot: Snapshot[Any], order: Action, actor: Actor, outcome: Any) -> None:
    who = f"{actor.id} ({', '.join(sorted(role.replace('_', ' ') for role in actor.roles)) or 'no role here'})"
    title = procedure.states[snapshot.state].title
    terminal.show(f"[dim]{safe(title)} ({snapshot.state}, visit {snapshot.visit}); {safe(who)}[/]")
    kind = order.kind.replace("_", " ")
    if isinstance(outcome, Moved):
        target = procedure.states[outcome.snapshot.state].title
        terminal.show(f"[green]Yes[/]: “{kind}” would be taken now, and lead to “{safe(target)}”.")
        return
    terminal.show(f"[yellow]No[/]: “{kind}” would be refused now.")
    for refusal in outcome.refusals:
        rows = [("  because", safe(refusal.sentence)), ("  helps", safe(refusal.remedy)), ("  rule", _rule(refusal))]
        terminal.show(terminal.pairs(rows))


def _rule(refusal: Refusal) -> str:
    return f"[dim]{safe(refusal.code)}{f' ({safe(refusal.source)})' if refusal.source else ''}[/]"


def _why_data(outcome: Any, actor: Actor, seen: View) -> Json:
    moved = isinstance(outcome, Moved)
    return {
        "accepted": moved,
        "actor": actor.id,
        "roles": sorted(actor.roles),
        "state": seen.stand.state,
        "visit": seen.stand.visit,
        "leads_to": outcome.snapshot.state if moved else None,
        "refusals": [] if moved else [refusal_data(one) for one in outcome.refusals],
    }


async def travel(settings: Settings, subject: str, span: timedelta, *, json: bool) -> None:
    """Move a procedure's clock forward, through all that is due on the way, and show where it stands then."""
    from temporalio.service import RPCError
    from temporalio.testing import TimeSkipper, TimeSkippingConfig

    front = await front_desk(settings)
    if not await front.is_running(subject):
        await front.view(subject)  # says `NotFound` when there is none
        message = f"{subject} has ended, and time no longer passes for it: see how with `paystates view {subject}`"
        raise Unmet(message)
    skipper = TimeSkipper(front.client, config=TimeSkippingConfig(enabled=True, max_session_skip_count=10_000))
    handle = front.handle(subject)
    try:
        async with patiently(subject, _LONG):
            until = await skipper.get_current_time(handle) + span
            await skipper.fast_forward(handle, span)
            seen = await at_rest(front, subject)
            while seen.verdict is None and seen.stand.due is not None and seen.stand.due <= until:
                seen = await at_rest(front, subject, after=seen)
    except RPCError as error:
        message = f"this server does not let time be skipped ({error.message}): start one with `paystates up --travel`"
        raise Unmet(message) from None
    known = background(settings, subject, scope_of(seen).account)
    if json:
        terminal.show_json({**view_data(seen, known, chooser_of(settings, seen), "en"), "now": until.astimezone(known.zone)})
        return
    terminal.note(f"It is {when(until, known.zone)} for {safe(subject)} now.")
    show_view(seen, known, chooser_of(settings, seen), "en")


def _of_subject(subject: str) -> Procedure[Any]:
    """The procedure an id belongs to, in its newest version."""
    return procedure_named(subject.partition("/")[0])


def _order(action: str, given: list[str], of: Procedure[Any]) -> Action:
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
        message = f"FIELD {str(error).replace('Input should', 'it should')}"
        raise BadInput(message) from None
