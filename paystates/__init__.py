"""Durable state machines for the payment procedures of a business subscription account.

`paystates.engine` declares and walks procedures, `Paystates` is the front desk (`paystates.sync` for threads without a loop),
`now()` is the one clock, `PaystatesPlugin` is all that a Temporal client needs, and `Procedures` all that a worker does.
"""

from typing import TYPE_CHECKING, Any

from paystates.clock import now

if TYPE_CHECKING:
    from paystates.client import Paystates
    from paystates.composition import Procedures
    from paystates.temporal.plugin import PaystatesPlugin

__all__ = ["Paystates", "PaystatesPlugin", "Procedures", "now"]


def __getattr__(name: str) -> Any:
    """What takes its time to import is imported when it is asked for: the front desk, and the plugins with Temporal's SDK."""
    if name == "Paystates":
        from paystates.client import Paystates  # noqa: PLC0415 - see above

        return Paystates
    if name == "PaystatesPlugin":
        from paystates.temporal.plugin import PaystatesPlugin  # noqa: PLC0415 - see above

        return PaystatesPlugin
    if name == "Procedures":
        from paystates.composition import Procedures  # noqa: PLC0415 - see above

        return Procedures
    message = f"module 'paystates' has no attribute {name!r}"
    raise AttributeError(message)
