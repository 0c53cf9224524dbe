"""What the server answers, in the front desk's own errors."""

import pytest
from temporalio.service import RPCError, RPCStatusCode

from paystates.orders import NotFound, NotPermitted, PaystatesError, Unanswered, Unreachable
from paystates.replies import ASKED, answered


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (RPCStatusCode.NOT_FOUND, NotFound),
        (RPCStatusCode.UNAVAILABLE, Unreachable),
        (RPCStatusCode.RESOURCE_EXHAUSTED, Unreachable),
        (RPCStatusCode.PERMISSION_DENIED, NotPermitted),
    ],
)
async def test_what_the_server_refuses_says_whether_to_ask_again(status: RPCStatusCode, error: type[PaystatesError]) -> None:
    """A server over its rate is asked again in a moment, as one that is away: over HTTP that is a 503 that says when."""
    with pytest.raises(error, match="charge-retry/F-1"):
        async with answered("charge-retry/F-1", 1, ASKED):
            raise RPCError("refused", status, b"")


async def test_questions_that_queue_up_for_a_procedure_blame_its_worker_and_not_the_server() -> None:
    """Temporal keeps only a few that nobody answers, and calls that exhausted too."""
    with pytest.raises(Unanswered, match="no worker"):
        async with answered("charge-retry/F-1", 1, ASKED):
            raise RPCError("consistent query buffer is full, this may be caused by", RPCStatusCode.RESOURCE_EXHAUSTED, b"")
