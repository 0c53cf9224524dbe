"""How long a token may be used."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.access import Token

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
TOKEN = Token("t-1", "a service", "digest", (), (), True, None, NOW, NOW + timedelta(days=1))  # noqa: FBT003 - all accounts


def test_a_token_is_valid_until_it_expires():
    """Up to the instant itself, which no longer counts."""
    assert TOKEN.is_valid(TOKEN.expires_at - timedelta(microseconds=1))
    assert not TOKEN.is_valid(TOKEN.expires_at)


def test_a_revoked_token_is_not_valid():
    assert not replace(TOKEN, revoked_at=NOW).is_valid(NOW)
