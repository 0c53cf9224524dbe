"""Moves a procedure's clock forward, on a server that was started for it: no other server lets time be skipped."""

from datetime import datetime, timedelta

from temporalio.service import RPCError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from paystates.client import Paystates
from paystates.front.resting import at_rest
from paystates.orders import AlreadyOver, PaystatesError
from paystates.temporal.messages import View

_SKIPS = 10_000
"""Past its limit of skips a session silently stops skipping."""


class NoTravel(PaystatesError):
    """The server does not let time be skipped."""


async def travel(front: Paystates, subject: str, span: timedelta) -> tuple[datetime, View]:
    """Let `span` pass for a procedure, through all that is due on the way: the instant it is for it then, and its view.

    Raises `AlreadyOver` when it has ended, `NoTravel` on any server that was not started for it, `NotFound`.
    """
    if not await front.is_running(subject):
        await front.view(subject)  # says `NotFound` when there is none
        raise AlreadyOver(f"{subject} has ended, and time no longer passes for it: see how with `paystates view {subject}`")
    skipper = TimeSkipper(front.client, config=TimeSkippingConfig(enabled=True, max_session_skip_count=_SKIPS))
    handle = front.handle(subject).temporal
    try:
        until = await skipper.get_current_time(handle) + span
        await skipper.fast_forward(handle, span)
        seen = await at_rest(front, subject)
        while seen.verdict is None and seen.stand.due is not None and seen.stand.due <= until:
            seen = await at_rest(front, subject, after=seen)
    except RPCError as error:
        message = f"this server does not let time be skipped ({error.message}): start one with `paystates up --travel`"
        raise NoTravel(message) from None
    return until, seen
