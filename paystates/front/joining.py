"""Makes a procedure's page of what it says itself and what the account book knows of it."""

from datetime import datetime
from typing import Any

from paystates.engine import Actor, Procedure
from paystates.front.background import Background, allowed_to
from paystates.front.choosing import candidates, dependents, outcome
from paystates.front.found import debts, found_last, paid
from paystates.front.languages import headlined, titled, told, word
from paystates.front.pages import ProcedurePage, Trouble, trouble_words
from paystates.front.words import WAKES
from paystates.temporal.messages import Allowed, View
from states.headlines import Headline
from states.procedures import RELEASED, declared_of


def joined(seen: View, known: Background, who: Actor, trouble: Trouble, now: datetime, language: str = "en") -> ProcedurePage:
    """The page that `who` looks at, now: what may be done, and chosen, is told as they may."""
    procedure = RELEASED.get(seen.stand.definition)
    state = procedure.states.get(seen.stand.state) if procedure else None
    allowed = seen.allowed if known.missing else allowed_to(seen, who, now)
    number, first = dependents(seen, language)
    reasons, happened = found_last(seen, language)
    lines = known.told(language)
    return ProcedurePage(
        subject=seen.subject,
        procedure=seen.subject.partition("/")[0],
        definition=seen.stand.definition,
        account=known.account_id,
        account_name=known.account,
        zone=known.zone,
        headline=_headline(seen, procedure, language),
        state=seen.stand.state,
        title=titled(seen.title, language),
        kind=type(state).__name__.lower() if state else "",
        visit=seen.stand.visit,
        since=seen.stand.since,
        due=seen.stand.due,
        waits_for=word(seen.waits_for, language),
        verdict=seen.verdict,
        progress=seen.progress,
        allowed=tuple(_told(one, language) for one in allowed if one.action not in WAKES),
        candidates=tuple(candidates(seen, who, now, language)),
        dependents=(number, tuple(first)),
        outcome=(*paid(seen, language), *outcome(seen, known.moved, language)),
        last_refusals=told(seen.last_refusals, language),
        debts=tuple(debts(seen)),
        reasons=reasons,
        last=happened,
        taken=seen.taken,
        journal=tuple(lines),
        earlier=known.earlier(),
        trouble=trouble,
        trouble_words=trouble_words(trouble, language),
        new_runs=tuple(place for place, line in enumerate(lines) if place and known.begins_run(lines[place - 1], line)),
        missing=known.missing,
        language=language,
        view=seen,
    )


def _headline(seen: View, procedure: Procedure[Any] | None, language: str) -> str:
    """From what it remembers; of one that could not be asked from what its id says. Only phrases can be told otherwise."""
    declared = declared_of(seen.subject)
    if language == "en" or procedure is None or declared is None or not isinstance(procedure.headline, Headline):
        return seen.headline
    about = declared.data_of(seen.subject.partition("/")[2]) | ({"actor": ""} if declared.has_actor else {})
    memory = seen.stand.read(procedure).memory if seen.stand.memory else procedure.memory.model_validate(about)
    return headlined(procedure.headline, memory, language)


def _told(one: Allowed, language: str) -> Allowed:
    return one if language == "en" else one.model_copy(update={"refusals": told(one.refusals, language)})
