"""The endpoints of web hooks are kept as they are, in every kind of book."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.webhooks import Endpoint, Wanted
from store.errors import BookConflict

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
WHOLE = Endpoint(
    id="wh_1",
    account_id="fjord",
    url="https://hooks.fjord.example/",
    wants=tuple(Wanted),
    cursor=7,
    made_at=T0,
    secret_number=2,
    former_until=T0,
    paused=True,
    failing_since=T0,
    error="it answered 500",
    failures=3,
)


def test_an_endpoint_is_kept_changed_and_removed(filled):
    other = Endpoint("wh_2", None, "https://x", ("procedure.ended",), 0, T0)
    with filled.transaction() as pages:
        pages.put_webhook(other)
        pages.put_webhook(WHOLE)
    with filled.transaction() as pages:
        assert pages.webhooks() == [WHOLE, other]
        assert pages.webhook("wh_1", lock=True) == WHOLE
        pages.put_webhook(replace(WHOLE, cursor=8, failing_since=None))
        pages.remove_webhook(other)
    with filled.transaction() as pages:
        assert pages.webhooks() == [replace(WHOLE, cursor=8, failing_since=None)]
        assert pages.webhook("wh_2") is None


def test_an_endpoint_of_no_account_of_the_book_is_refused(filled):
    with pytest.raises(BookConflict), filled.transaction() as pages:
        pages.put_webhook(replace(WHOLE, account_id="nobody"))
