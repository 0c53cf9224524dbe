"""The endpoints of web hooks: who wants to be told of what; made, listed, changed and removed, from terminal and HTTP API."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from activities.delivering import NO_KEY, Post, letter
from domain.webhooks import OVERLAP, BadEndpoint, Endpoint, NotDelivered, Wanted, checked_url, networks, secret_of
from paystates.front.phrases import Json
from paystates.orders import NotFound
from paystates.settings import Settings
from store.port import Book, Pages

LONGEST_OVERLAP: Final = timedelta(days=30)
TEST: Final = "webhook.test"
"""The type of the message that `test` sends."""


class NoKey(BadEndpoint):
    """There is no key to derive secrets from."""


@dataclass(frozen=True, slots=True)
class Made:
    """An endpoint with its secret, which is shown this once."""

    endpoint: Endpoint
    secret: str


def add(book: Book, settings: Settings, url: str, wants: Sequence[str], account: str | None, now: datetime) -> Made:
    """Make an endpoint that is told of what happens from now on. `BadEndpoint` names what is wrong, `NotFound` an account."""
    key = key_of(settings)
    kinds = tuple(dict.fromkeys(wants))
    unknown = [one for one in kinds if one not in set(Wanted)]
    if unknown or not kinds:
        raise BadEndpoint(f"events: {', '.join(unknown) or 'none is named'}: use {' or '.join(Wanted)}")
    url = checked_url(url, networks(settings.webhook_networks))
    with book.transaction() as pages:
        if account is not None and pages.account(account) is None:
            raise NotFound(f"there is no account {account}: import it, or correct its id")
        endpoint = Endpoint(f"wh_{secrets.token_hex(8)}", account, url, kinds, pages.journal_end(), now)
        pages.put_webhook(endpoint)
    return Made(endpoint, secret_of(key, endpoint.id, endpoint.secret_number))


def listed(book: Book) -> Sequence[Endpoint]:
    """All of them."""
    with book.reading() as pages:
        return pages.webhooks()


def found(book: Book, endpoint_id: str) -> Endpoint:
    """One; `NotFound`."""
    with book.reading() as pages:
        return _found(pages, endpoint_id, lock=False)


def remove(book: Book, endpoint_id: str) -> None:
    """Tell it nothing any more, also not what is under way."""
    with book.transaction() as pages:
        pages.remove_webhook(_found(pages, endpoint_id))


def pause(book: Book, endpoint_id: str) -> Endpoint:
    """Begin no new delivery until it is resumed; what happens meanwhile is told then."""
    with book.transaction() as pages:
        endpoint = replace(_found(pages, endpoint_id), paused=True)
        pages.put_webhook(endpoint)
    return endpoint


def resume(book: Book, endpoint_id: str) -> Endpoint:
    """Go on after a pause or a failure, with the first event that was not taken."""
    with book.transaction() as pages:
        endpoint = replace(_found(pages, endpoint_id), paused=False, failing_since=None, error=None)
        pages.put_webhook(endpoint)
    return endpoint


def rotate(book: Book, settings: Settings, endpoint_id: str, now: datetime, overlap: timedelta = OVERLAP) -> Made:
    """A new secret; for `overlap` the one before it signs beside it. The one before that ends now."""
    key = key_of(settings)
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise BadEndpoint(f"overlap: it is not between nothing and {LONGEST_OVERLAP.days} days: give a duration such as 24h")
    with book.transaction() as pages:
        endpoint = _found(pages, endpoint_id)
        endpoint = replace(endpoint, secret_number=endpoint.secret_number + 1, former_until=now + overlap)
        pages.put_webhook(endpoint)
    return Made(endpoint, secret_of(key, endpoint.id, endpoint.secret_number))


async def test(endpoint: Endpoint, settings: Settings, post: Post, now: datetime) -> None:
    """Post a message that says nothing, once and now; `NotDelivered` says why it was not taken."""
    name = f"evt_test_{secrets.token_hex(4)}"
    body = json.dumps({"id": name, "type": TEST, "at": now.isoformat(), "account": endpoint.account_id}).encode()
    made = letter(endpoint, key_of(settings), name, body, now)
    await post.send(made.url, made.headers, made.body)


def key_of(settings: Settings) -> str:
    """The key of the settings; `NoKey` when there is none."""
    if settings.webhook_key is None:
        raise NoKey(f"{NO_KEY}, or to a new one: 32 characters of chance or more")
    return settings.webhook_key.get_secret_value()


def data(endpoint: Endpoint) -> Json:
    """An endpoint as JSON types; it has no secret."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "account": endpoint.account_id,
        "events": list(endpoint.wants),
        "status": status(endpoint),
        "cursor": endpoint.cursor,
        "made_at": endpoint.made_at.isoformat(),
        "former_secret_until": endpoint.former_until.isoformat() if endpoint.former_until else None,
        "failing_since": endpoint.failing_since.isoformat() if endpoint.failing_since else None,
        "error": endpoint.error,
    }


def status(endpoint: Endpoint) -> str:
    """In one word."""
    if endpoint.failing_since is not None:
        return "failing"
    return "paused" if endpoint.paused else "active"


def _found(pages: Pages, endpoint_id: str, *, lock: bool = True) -> Endpoint:
    endpoint = pages.webhook(endpoint_id, lock=lock)
    if endpoint is None:
        raise NotFound(f"there is no web hook {endpoint_id}: see `paystates hooks list`")
    return endpoint


__all__ = ["Made", "NoKey", "NotDelivered", "add", "data", "found", "listed", "pause", "remove", "resume", "rotate", "test"]
