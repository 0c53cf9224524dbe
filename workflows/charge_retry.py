"""The charge-retry workflow. What it does stands in `states.charge_retry`."""

from typing import Any, ClassVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from collections.abc import Mapping

    from paystates.engine import Procedure
    from paystates.temporal.interpreter import DurableProcedure
    from paystates.temporal.messages import Accepted, Order, Outcome, Start, View
    from states.charge_retry import RELEASED, ChargeRetryAction


@workflow.defn(name="charge-retry")
class ChargeRetry(DurableProcedure):
    """Charges a declined invoice again until it is paid or the attempts are over."""

    released: ClassVar[Mapping[str, Procedure[Any]]] = RELEASED

    @workflow.init
    def __init__(self, start: Start) -> None:
        """Pin the definition."""
        super().__init__(start)

    @workflow.run
    async def run(self, start: Start) -> Outcome:  # noqa: ARG002 - `__init__` has it
        """Until it ends."""
        return await self.perform()

    @workflow.update
    async def act(self, order: Order[ChargeRetryAction]) -> Accepted:
        """What somebody wants done."""
        return await self.take(order)

    @act.validator
    def admit_order(self, order: Order[ChargeRetryAction]) -> None:
        """What cannot be done now is refused before it is written to history."""
        self.admit(order)

    @workflow.query
    def view(self) -> View:
        """Where it stands, and what may be done."""
        return self.show()
