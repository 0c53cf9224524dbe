"""A web hook's delivery: posts the message of an event, and marks an endpoint that takes none."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from activities.happenings import event_id, message
from domain.signatures import HEADER, signed
from domain.webhooks import Endpoint, NotDelivered
from paystates import clock
from paystates.temporal.delivery import Delivery, GivenUp, Tried
from store.port import Book

EVENT: Final = "Paystates-Event"
"""The header with the event's id: whoever was told before knows it again."""

NO_KEY: Final = "PAYSTATES_WEBHOOK_KEY is not set, so nothing can be signed: set it as it was when the endpoint was made"


class Post(Protocol):
    """Whoever can post to web hooks."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send it, or raise `NotDelivered`."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is posted, and whereto."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def letter(endpoint: Endpoint, key: str, name: str, body: bytes, now: datetime) -> Letter:
    """A signed letter to an endpoint; `name` is the event's id."""
    signature = signed(endpoint.secrets(key, now), now, body)
    headers = {"Content-Type": "application/json", "User-Agent": "paystates", EVENT: name, HEADER: signature}
    return Letter(endpoint.url, headers, body)


class Deliveries:
    """Between the account book and the post. `key` None: nothing can be signed, and everything waits."""

    def __init__(self, book: Book, post: Post, key: str | None) -> None:
        self._book = book
        self._post = post
        self._key = key

    async def deliver(self, delivery: Delivery) -> Tried:
        """Post it once. An endpoint that was removed, or an event that was told anew since, needs no post."""
        if self._key is None:
            return Tried(well=False, told=NO_KEY)
        made = await asyncio.to_thread(self._letter, delivery, self._key, clock.now())
        if made is None:
            return Tried(well=True, told="not wanted any more")
        try:
            await self._post.send(made.url, made.headers, made.body)
        except NotDelivered as error:
            return Tried(well=False, told=str(error), final=error.final)
        return Tried(well=True, told="delivered")

    async def give_up(self, given_up: GivenUp) -> None:
        """Mark the endpoint: no new delivery begins, and this event and what came after are told again when it is well."""
        await asyncio.to_thread(self._mark, given_up, clock.now())

    def _letter(self, delivery: Delivery, key: str, now: datetime) -> Letter | None:
        with self._book.reading() as pages:
            endpoint, row = pages.webhook(delivery.endpoint), pages.journal_at(delivery.position)
        if endpoint is None or row is None:
            return None
        body = message(delivery.position, row).model_dump_json().encode()
        return letter(endpoint, key, event_id(delivery.position), body, now)

    def _mark(self, given_up: GivenUp, now: datetime) -> None:
        with self._book.transaction() as pages:
            endpoint = pages.webhook(given_up.delivery.endpoint, lock=True)
            if endpoint is None:
                return
            cursor = min(endpoint.cursor, given_up.delivery.position - 1)
            since = endpoint.failing_since or now
            failures = endpoint.failures + 1
            pages.put_webhook(replace(endpoint, cursor=cursor, failing_since=since, error=given_up.why, failures=failures))
