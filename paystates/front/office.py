"""The front office: what the terminal, the HTTP API and the board ask for. Temporal and the account book are joined here.

A look at one procedure costs two calls to Temporal, made at once, and one transaction of the book; a page of a listing one call.
What Temporal cannot tell, because an execution is paused, wedged or was ended from outside, or no worker answers, the book tells,
and the page says so: a wedged procedure never looks healthy.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from temporalio.client import WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from activities.desk import roles_in
from paystates import clock
from paystates.client import Paystates
from paystates.engine import Actor, Moved, Refused, Scope
from paystates.front.account_page import AccountPage, account_page
from paystates.front.background import Background, read_background, scope_of
from paystates.front.choosing import Candidate
from paystates.front.joining import joined
from paystates.front.languages import told
from paystates.front.methods import account_about, methods_of, which_may_be_chosen
from paystates.front.pages import (
    Considered,
    Filter,
    ListedProcedure,
    Listing,
    MethodPage,
    ProcedurePage,
    Trouble,
    is_overdue,
    trouble_of,
)
from paystates.front.recalling import recalled
from paystates.orders import BadOrder, NotFound, PaystatesError, Unreachable, read_action
from paystates.temporal.announce import ACCOUNT, ATTEMPT, DUE_AT, PROCEDURE, REFUSAL, STATE
from paystates.temporal.executions import OPEN, Execution, Status, describe, list_executions
from paystates.temporal.messages import OVERTAKEN, Accepted, View
from states.procedures import RELEASED, declared_of
from store.errors import BookError
from store.port import Book

_PATIENCE = 5.0
"""Seconds in which a worker must answer, before the book is read instead."""
_PAUSE = 0.02
_NO_CURSOR = "after: it is no cursor of a listing: take it from the page before, or leave it out"
_ANSWERS = (Status.RUNNING, Status.COMPLETED)
"""Of these the procedure itself is asked; of the others the book."""


class Office:
    """What may be asked and ordered, for people and for services. Errors are those of `paystates.orders` and `store.errors`."""

    def __init__(
        self, front: Paystates, book: Book, now: Callable[[], datetime] = clock.now, *, patience: float = _PATIENCE
    ) -> None:
        """`patience`: seconds in which a worker must answer a look, before the book is read instead."""
        self.front = front
        self._book = book
        self._now = now
        self.patience = patience

    # Ordering.

    async def start(self, procedure: str, data: Mapping[str, Any]) -> str:
        """Start a procedure with plain data, or find the same one running: its id."""
        return await self.front.start(procedure, data)

    async def act(
        self, subject: str, action: Mapping[str, Any], *, actor: str, seen: int | None = None, request: str | None = None
    ) -> Accepted:
        """Send an action, given as plain data with its `kind`; `seen` is the visit that its sender looked at.

        `request` is the sender's own name for this order: sent again under the same one, it is taken once.
        """
        return await self.front.act(subject, read_action(action, subject), actor=actor, seen=seen, request=request)

    async def why(
        self, subject: str, action: Mapping[str, Any], *, actor: str, seen: int | None = None, language: str = "en"
    ) -> Considered:
        """Whether an action would be taken now, and if not, every reason. Nothing is sent, and nothing written."""
        order = read_action(action, subject)
        view = await self.front.view(subject)
        procedure = RELEASED.get(view.stand.definition)
        if procedure is None:
            message = f"{subject} runs {view.stand.definition}, which this version of paystates does not keep: use the newer one"
            raise PaystatesError(message)
        snapshot = view.stand.read(procedure)
        who = await asyncio.to_thread(self._actor, actor, scope_of(view))
        decided = procedure.decide(snapshot, order, who, max(self._now(), view.stand.since))
        if seen not in {None, snapshot.visit}:
            decided = Refused((OVERTAKEN,))
        moved = isinstance(decided, Moved)
        return Considered(
            accepted=moved,
            actor=who,
            definition=procedure.id,
            state=snapshot.state,
            visit=snapshot.visit,
            leads_to=decided.snapshot.state if isinstance(decided, Moved) else None,
            refusals=() if isinstance(decided, Moved) else told(decided.refusals, language),
        )

    # Looking at one.

    async def page(self, subject: str, *, viewer: str | None = None, language: str = "en") -> ProcedurePage:
        """One procedure as `viewer` may act on it, else whoever started it. `NotFound`: neither Temporal nor the book has it."""
        execution, seen = await self._look(subject)
        if seen is not None:
            chooser = viewer or str(seen.stand.memory.get("actor") or "")
            known, who = await asyncio.to_thread(self._background, subject, scope_of(seen), chooser)
            trouble = trouble_of(execution) if execution else Trouble.NONE
            return joined(seen, known, who, trouble, self._now(), language)
        account = execution.attributes.get(ACCOUNT) if execution else None
        known, nobody = await asyncio.to_thread(self._background, subject, Scope(account), "")
        if execution is None and not known.rows:
            message = f"there is no procedure {subject}: see `paystates list`"
            raise NotFound(message)
        if known.missing:
            message = f"{subject} cannot be asked just now, and the account book cannot be read: {known.missing}"
            raise Unreachable(message)
        seen = recalled(subject, known.rows, execution, self._now())
        return joined(seen, known, nobody, _trouble_without_answer(execution, seen), self._now(), language)

    async def _look(self, subject: str) -> tuple[Execution | None, View | None]:
        """What the server says of it, and what it says itself if it can. Both are asked at once."""
        asking = asyncio.create_task(self._asked(subject))
        try:
            try:
                execution = await describe(self.front.client, subject)
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    return None, None
                raise _out_of_reach(error) from None
            if execution.status not in _ANSWERS:
                return execution, None
            return execution, await self._answer(subject, asking, execution)
        finally:
            asking.cancel()

    async def _answer(self, subject: str, asking: "asyncio.Task[View | bool]", execution: Execution) -> View | None:
        """Its own answer, if it comes in time. One that is only just beginning is asked again."""
        try:
            async with asyncio.timeout(self.patience):
                answer = await asking
                while answer is True and not execution.wedged:
                    await asyncio.sleep(_PAUSE)
                    answer = await self._asked(subject)
        except TimeoutError:
            return None
        return answer if isinstance(answer, View) else None

    async def _asked(self, subject: str) -> View | bool:
        """Its view; True when it cannot be asked yet, False when it cannot be asked."""
        try:
            seen: View = await self.front.client.get_workflow_handle(subject).query("view", result_type=View)
        except RPCError as error:
            return error.status is RPCStatusCode.FAILED_PRECONDITION
        except (WorkflowQueryFailedError, WorkflowQueryRejectedError, ValueError):  # a paused one is a ValueError to the SDK
            return False
        return seen

    def _background(self, subject: str, scope: Scope, viewer: str) -> tuple[Background, Actor]:
        """What the book knows, and who looks with the roles it gives them. A book that cannot be read says why."""
        try:
            with self._book.reading() as pages:
                known = read_background(pages, subject, scope.account)
                return known, Actor(viewer, roles_in(pages, viewer, scope)) if viewer else Actor("")
        except BookError as error:
            return Background(missing=str(error)), Actor(viewer)

    def _actor(self, person: str, scope: Scope) -> Actor:
        with self._book.reading() as pages:
            return Actor(person, roles_in(pages, person, scope))

    # Looking at many.

    async def list(self, wanted: Filter, *, limit: int = 50, after: str | None = None) -> Listing:
        """A page of the procedures that are wanted. `BadOrder` when the query or the cursor is none."""
        try:
            found, following = await list_executions(self.front.client, wanted.to_query(), limit=limit, after=_read_cursor(after))
            over = await self._begun_again(found) if wanted.needs_attention else frozenset()
        except RPCError as error:
            if error.status is RPCStatusCode.INVALID_ARGUMENT:
                message = f"query: the server cannot read it: {error.message}"
                raise BadOrder(message) from None
            if after is not None and error.status is RPCStatusCode.UNKNOWN:  # what it says to a cursor that it did not make
                raise BadOrder(_NO_CURSOR) from None
            raise _out_of_reach(error) from None
        now = self._now()
        rows = tuple(_listed(one, now) for one in found if one.run not in over)
        return Listing(rows, base64.urlsafe_b64encode(following).decode() if following else None)

    async def _begun_again(self, found: Iterable[Execution]) -> frozenset[str]:
        """Runs that were ended from outside, and after which their procedure was started again: those are looked after."""
        ended = [one for one in found if trouble_of(one) in {Trouble.TERMINATED, Trouble.FAILED}]
        later: dict[str, datetime] = {}
        if ended:
            wanted = Filter(ended=True, ids=tuple(dict.fromkeys(one.id for one in ended)))
            runs, _ = await list_executions(self.front.client, wanted.to_query(), limit=1000)
            for one in runs:
                later[one.id] = max(one.started, later.get(one.id, one.started))
        return frozenset(one.run for one in ended if later.get(one.id, one.started) > one.started)

    async def account_of(self, subject: str) -> str | None:
        """The account that an id is about, by the book; None when there is no such thing. Costs one row."""
        return await asyncio.to_thread(self._account_of, subject)

    def _account_of(self, subject: str) -> str | None:
        declared = declared_of(subject)
        if declared is None:
            return None
        about = declared.data_of(subject.partition("/")[2])
        with self._book.reading() as pages:
            return account_about(pages, about)

    def zones(self, accounts: Iterable[str]) -> dict[str, ZoneInfo]:
        """The time zones of accounts, as far as the book has them."""
        with self._book.reading() as pages:
            found = (pages.account(one) for one in dict.fromkeys(accounts))
            return {one.id: ZoneInfo(one.time_zone) for one in found if one is not None}

    # Accounts and their payment methods.

    async def account(self, account: str, *, viewer: str, acts: bool = True, language: str = "en") -> AccountPage | None:
        """One account as `viewer` may start something about it, in one transaction of the book; None: there is no such account.

        `acts`: whether they may start anything at all; else nothing is judged.
        """
        return await asyncio.to_thread(self._account, account, viewer, language, acts=acts)

    def _account(self, account: str, viewer: str, language: str, *, acts: bool) -> AccountPage | None:
        with self._book.reading() as pages:
            return account_page(pages, account, viewer, self._now(), language, acts=acts)

    def methods(self, account: str, *, viewer: str, language: str = "en") -> Sequence[MethodPage]:
        """The account's payment methods, with what depends on each and whether `viewer` may manage it."""
        with self._book.reading() as pages:
            return methods_of(pages, account, viewer, self._now(), language)

    def may_choose(self, method: str, *, viewer: str, language: str = "en") -> Sequence[Candidate]:
        """The account's other methods, each with every reason against choosing it instead of `method`."""
        with self._book.reading() as pages:
            return which_may_be_chosen(pages, method, viewer, self._now(), language)


def _trouble_without_answer(execution: Execution | None, seen: View) -> Trouble:
    """Why it did not answer itself: nothing is the matter with one that has come to its end."""
    if seen.verdict is not None:
        return Trouble.NONE
    if execution is None:
        return Trouble.TERMINATED
    return trouble_of(execution) or Trouble.NO_WORKER


def _listed(one: Execution, now: datetime) -> ListedProcedure:
    attributes = one.attributes
    definition, name = attributes.get(PROCEDURE), attributes.get(STATE)
    procedure = RELEASED.get(definition or "")
    state = procedure.states.get(name or "") if procedure else None
    trouble = trouble_of(one) or (Trouble.OVERDUE if is_overdue(one, now) else Trouble.NONE)
    return ListedProcedure(
        subject=one.id,
        procedure=one.procedure,
        definition=definition,
        state=name,
        title=state.title if state else None,
        account=attributes.get(ACCOUNT),
        due=attributes.get(DUE_AT) if one.status in OPEN else None,
        attempt=attributes.get(ATTEMPT),
        refusal=attributes.get(REFUSAL),
        started=one.started,
        ended=one.ended,
        verdict=getattr(state, "verdict", None) if one.status is Status.COMPLETED else None,
        trouble=trouble,
    )


def _read_cursor(after: str | None) -> bytes:
    try:
        return base64.b64decode(after or "", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadOrder(_NO_CURSOR) from None


def _out_of_reach(error: RPCError) -> PaystatesError:
    message = f"the Temporal server does not answer ({error.message}): is `paystates up` running?"
    return Unreachable(message)
