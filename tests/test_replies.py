"""What the server answers, in the front desk's own errors."""

import pytest
from temporalio.service import RPCError, RPCStatusCode

from paystates.orders import NotFound, NotPermitted, PaystatesError, Unreachable
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
