"""The delivery of one event to one web hook, as it goes through Temporal: which, and how long it is tried. Not what it says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, Protocol

from pydantic import BaseModel, ConfigDict
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

WORKFLOW: Final = "webhook"
DELIVER: Final = "deliver_webhook"
GIVE_UP: Final = "give_up_webhook"
NOT_DELIVERED: Final = "NotDelivered"


class Delivery(BaseModel):
    """`position` is the event's in the journal. It is tried again after `first_wait`, then twice as long each time.

    No wait is longer than `longest_wait`; after `give_up_after` the endpoint is marked as failing. A try that nobody answers for
    within `one_try` was made by a worker that died.
    """

    model_config = ConfigDict(frozen=True)

    endpoint: str
    position: int
    first_wait: timedelta = timedelta(seconds=10)
    longest_wait: timedelta = timedelta(hours=1)
    give_up_after: timedelta = timedelta(days=3)
    one_try: timedelta = timedelta(seconds=30)

    @property
    def id(self) -> str:
        """The workflow's id: however often it is begun, it runs once."""
        return f"{WORKFLOW}/{self.endpoint}/{self.position}"


class GivenUp(BaseModel):
    """A delivery that was not taken to the last."""

    model_config = ConfigDict(frozen=True)

    delivery: Delivery
    why: str


class Tried(BaseModel):
    """What became of one try. `final`: no other would do better."""

    model_config = ConfigDict(frozen=True)

    well: bool
    told: str
    final: bool = False


class Deliverer(Protocol):
    """Whoever posts, and keeps the account book."""

    async def deliver(self, delivery: Delivery) -> Tried:
        """Try once."""

    async def give_up(self, given_up: GivenUp) -> None:
        """Mark the endpoint as failing."""


def delivering(deliverer: Deliverer) -> list[Callable[..., Any]]:
    """The activities of a worker for deliveries. A try that went wrong fails, so that Temporal tries again."""

    @activity.defn(name=DELIVER)
    async def deliver(delivery: Delivery) -> str:
        tried = await deliverer.deliver(delivery)
        if not tried.well:
            # Somebody else's server is no fault of ours: Temporal logs it without a traceback.
            quiet = ApplicationErrorCategory.BENIGN
            raise ApplicationError(tried.told, type=NOT_DELIVERED, non_retryable=tried.final, category=quiet)
        return tried.told

    @activity.defn(name=GIVE_UP)
    async def give_up(given_up: GivenUp) -> None:
        await deliverer.give_up(given_up)

    return [deliver, give_up]


def hooks_queue(task_queue: str) -> str:
    """Where deliveries are worked off: apart from the procedures, so that somebody's slow server holds up no charge."""
    return f"{task_queue}-webhooks"
