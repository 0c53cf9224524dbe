"""A workflow of a service's own, in Temporal's sandbox, that decides with a declared procedure."""

from datetime import UTC, datetime

from temporalio import workflow

from paystates.engine import Actor
from states.charge_retry import CHARGE_RETRY
from states.retry_messages import Hold, Memory


@workflow.defn
class Foreseeing:
    """Says what would be answered."""

    @workflow.run
    async def run(self, invoice: str) -> str:
        """The code of the refusal of a hold at the beginning."""
        now = datetime(2026, 3, 2, tzinfo=UTC)
        outcome = CHARGE_RETRY.decide(CHARGE_RETRY.begin(Memory(invoice=invoice), now), Hold(), Actor("olga"), now)
        return " ".join(refusal.code for refusal in getattr(outcome, "refusals", ()))
