"""What Temporal answers, told in the front desk's own errors, within the time a caller gives it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Final

from pydantic import TypeAdapter
from temporalio.client import (
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from paystates.engine import Refusal
from paystates.orders import (
    AlreadyOver,
    BadOrder,
    NotFound,
    NotPermitted,
    PaystatesError,
    Refused,
    TimedOut,
    Unanswered,
    Unreachable,
)

ORDERED: Final = "it may still be done. Look at it with `view`, or send it once more under the same `request`"
STARTED: Final = "it may have been started. Start it again: if it has been, that one answers"
ASKED: Final = "nothing has changed. Ask again, and see that a worker runs (`paystates up`, or worker.py)"
WOKEN: Final = "it may not have been woken. Wake it once more: told twice, it does no harm"
AWAITED: Final = "it has not ended. It goes on by itself: wait for its end again, or look at it with `view`"


@cache
def _refusals() -> TypeAdapter[Refusal]:
    return TypeAdapter(Refusal)


@asynccontextmanager
async def answered(subject: str, seconds: float | None, otherwise: str) -> AsyncIterator[None]:
    """What the block asks of Temporal is answered in time, or fails as a `PaystatesError`.

    `otherwise` says what to do when no answer came: `TimedOut`. A caller that is cancelled is cancelled.
    """
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError:
        raise _late(subject, seconds, otherwise) from None
    except WorkflowUpdateRPCTimeoutOrCancelledError:  # the SDK says this of a caller's cancel, too
        asked = asyncio.current_task()
        if not limit.expired() and asked is not None and asked.cancelling():
            raise asyncio.CancelledError from None
        raise _late(subject, seconds, otherwise) from None
    except WorkflowUpdateFailedError as error:
        raise _refused(error) from None
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
        raise Unanswered(f"{subject} cannot be asked just now: {error}") from None
    except RPCError as error:
        if error.status in {RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}:
            raise _late(subject, seconds, otherwise) from None
        raise _translated(error, subject) from None


def _late(subject: str, seconds: float | None, otherwise: str) -> TimedOut:
    within = "" if seconds is None else f" within {seconds:g} seconds"
    return TimedOut(f"no answer for {subject}{within}: {otherwise}")


def _refused(error: WorkflowUpdateFailedError) -> PaystatesError:
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == "Refused":
        return Refused([_refusals().validate_python(detail) for detail in cause.details])
    if "Failed decoding arguments" in str(cause):
        return BadOrder("the worker does not know this action or one of its fields: use an action its version has")
    if isinstance(cause, ApplicationError) and cause.type == "AcceptedUpdateCompletedWorkflow":
        return AlreadyOver("the procedure ended before the action could be considered")
    return PaystatesError(str(cause))


def _translated(error: RPCError, subject: str) -> PaystatesError:
    if error.status is RPCStatusCode.NOT_FOUND:
        if "already completed" in error.message:
            return AlreadyOver(f"{subject} has ended: see how with `paystates view {subject}`")
        return NotFound(f"there is no procedure {subject}: see `paystates list`")
    if error.status is RPCStatusCode.FAILED_PRECONDITION:
        if "paused" in error.message:
            return Unanswered(f"{subject} takes nothing just now: it is paused in Temporal. Unpause it there")
        return Unanswered(f"{subject} cannot be asked just now: it is only beginning, or no worker runs. Try again in a moment")
    if error.status is RPCStatusCode.UNAVAILABLE:
        return Unreachable(f"the Temporal server does not answer for {subject}: is it running (`paystates up`)?")
    if error.status is RPCStatusCode.RESOURCE_EXHAUSTED and "query buffer" in error.message:  # others wait for an answer already
        return Unanswered(f"{subject} cannot be asked just now: no worker gets on with it. See that one runs, and try again")
    if error.status is RPCStatusCode.RESOURCE_EXHAUSTED:
        return Unreachable(f"the Temporal server has too much to do to answer for {subject}: ask again in a moment")
    if error.status in {RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED}:
        return NotPermitted(f"the Temporal server does not permit this for {subject}: check the API key and what it allows")
    return PaystatesError(f"{subject}: {error.message}")
