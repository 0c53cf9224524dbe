"""Durable state machines for the payment procedures of a business subscription account.

`paystates.engine` declares and walks procedures, `paystates.client` is the front desk, `now()` is the one clock, and
`PaystatesPlugin` is all that a Temporal client needs.
"""

from typing import TYPE_CHECKING, Any

from paystates.clock import now

if TYPE_CHECKING:
    from paystates.client import Paystates
    from paystates.temporal.plugin import PaystatesPlugin

__all__ = ["Paystates", "PaystatesPlugin", "now"]


def __getattr__(name: str) -> Any:
    """The front desk and the plugin bring Temporal's SDK along, so they are imported when they are asked for."""
    if name == "Paystates":
        from paystates.client import Paystates  # noqa: PLC0415 - see above

        return Paystates
    if name == "PaystatesPlugin":
        from paystates.temporal.plugin import PaystatesPlugin  # noqa: PLC0415 - see above

        return PaystatesPlugin
    message = f"module 'paystates' has no attribute {name!r}"
    raise AttributeError(message)
