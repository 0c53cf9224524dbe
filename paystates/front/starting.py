"""What a start would be told at once, before it is made: the first decision of the procedure, with what the book says now.

Nothing is judged here. The procedure itself makes its first request, the look that carries it out reads the book, and the
declaration decides on the answer: as it will when it is started, but nothing is started, and nothing written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Any, Final

from activities.looks import LOOKS
from domain.accounts import AccountKind
from paystates.engine import HOUSE, End, Errand, Moved, Refusal, Run
from paystates.front.accounts import Debt, Holdings
from paystates.front.languages import told
from paystates.orders import Refused, begin
from states.procedures import DECLARED, Declared
from states.results import ENDS_AT_ONCE
from store.port import Pages


@dataclass(frozen=True, slots=True)
class Start:
    """A procedure that may be started: `about` is the rest of its id. `refusals`: why it would end at once (none: it goes on)."""

    procedure: str
    about: str
    refusals: tuple[Refusal, ...]

    @property
    def subject(self) -> str:
        """The id that it will have."""
        return f"{self.procedure}/{self.about}"


_MOVING: Final = ("active", "past_due", "expired", "disabled")
"""Subscriptions of this status may want another method."""

Starts = Mapping[str, Sequence[Start]]
"""What may be started about each thing of an account, by its kind and id: `method/visa-1`."""


def starts(
    pages: Pages, held: Holdings, methods: Sequence[str], viewer: str, now: datetime, language: str = "en", *, acts: bool = True
) -> Starts:
    """Every start about the account, its `methods`, its subscriptions and its debts, as `viewer` would make it now.

    A subscription that pays through a billing profile has no method of its own that could be changed, and none is wanted for
    one that is over and owes nothing. Of whoever does not act, nothing is judged.
    """

    def start(declared: Declared, **data: str) -> Start:
        whole = {**data, **({"actor": viewer} if declared.has_actor else {})}
        rest = declared.subject(data).removeprefix(f"{declared.name}/")
        refusals = against(pages, declared.name, whole, now) if acts else ()
        return Start(declared.name, rest, told(refusals, language))

    def about(kind: str, name: str, **more: str) -> list[Start]:
        return [start(one, **{kind: name}, **more) for one in DECLARED.values() if one.about[0] == kind]

    def paying(debt: Debt) -> list[Start]:
        """In an MCA account each invoice is paid by itself (G63); elsewhere none is (G62)."""
        if held.account.kind is not AccountKind.MCA or debt.method is None:
            return []
        by_itself = [one for one in DECLARED.values() if one.about == ("method", "invoice")]
        return [start(one, method=debt.method, invoice=debt.invoice) for one in by_itself]

    account = held.account.id
    changing = [one.id for one in held.subscriptions if one.profile is None and (one.owes or one.status in _MOVING)]
    return {
        f"account/{account}": about("account", account, request=token_urlsafe(9)),
        **{f"method/{one}": about("method", one) for one in methods},
        **{f"subscription/{one}": about("subscription", one) for one in changing},
        **{f"invoice/{one.invoice}": [*about("invoice", one.invoice), *paying(one)] for one in held.debts},
    }


def against(pages: Pages, procedure: str, data: Mapping[str, Any], now: datetime) -> tuple[Refusal, ...]:
    """Every reason why a procedure that is started with this data would end at once; none when it would go on."""
    try:
        beginning = begin(procedure, data)
    except Refused as error:
        return error.refusals
    newest = beginning.declared.newest
    snapshot = newest.begin(beginning.memory, now)
    first = newest.states[snapshot.state]
    look = LOOKS.get(first.request) if isinstance(first, Run) else None
    if look is None or not isinstance(first, Run):
        return ()
    errand = Errand(first.ask(snapshot.memory), newest, beginning.subject, "", snapshot, 1, (), now)
    decided = newest.decide(snapshot, look(pages, errand).answer, HOUSE, now)
    end = newest.states[decided.snapshot.state] if isinstance(decided, Moved) else None
    if not isinstance(decided, Moved) or not isinstance(end, End):
        return ()
    kept = newest.reasons(decided.snapshot.memory) if newest.reasons is not None else ()
    return kept or (ENDS_AT_ONCE.refusal(title=end.title),)
