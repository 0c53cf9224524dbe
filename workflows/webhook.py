"""Delivers one event to one web hook: tried again over days, and given up in the end where an operator sees it."""

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from paystates.temporal.delivery import DELIVER, GIVE_UP, NOT_DELIVERED, WORKFLOW, Delivery, GivenUp


@workflow.defn(name=WORKFLOW)
class WebhookWorkflow:
    """One delivery. That it was made, or why not, is its result; what was sent stands in the account book's journal."""

    @workflow.run
    async def run(self, delivery: Delivery) -> str:
        """Until it is taken, or given up: then it fails."""
        patience = RetryPolicy(
            initial_interval=delivery.first_wait, backoff_coefficient=2, maximum_interval=delivery.longest_wait
        )
        try:
            done: str = await workflow.execute_activity(
                DELIVER,
                delivery,
                result_type=str,
                start_to_close_timeout=delivery.one_try,
                schedule_to_close_timeout=delivery.give_up_after,
                retry_policy=patience,
            )
        except ActivityError as error:
            why = _why(error)
            given_up = GivenUp(delivery=delivery, why=why)
            await workflow.execute_activity(GIVE_UP, given_up, start_to_close_timeout=delivery.one_try)
            raise ApplicationError(f"given up: {why}", type=NOT_DELIVERED, non_retryable=True) from error
        return done


def _why(error: BaseException) -> str:
    """What the last try that was made came to; that lies below Temporal's own word that the time is over."""
    cause: BaseException | None = error
    while isinstance(cause, FailureError):
        if isinstance(cause, ApplicationError):
            return cause.message
        cause = cause.cause
    return "no worker could post it in time"
