"""Tokens, sessions and answers of before, asked of every keeping of the book."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.access import May, Reply, Session, Token
from store.errors import BookConflict

T0 = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
TOKEN = Token("t-1", "backend", "d" * 64, (May.READ, May.ACT), ("fjord", "norse"), False, "ann", T0, T0 + DAY)  # noqa: FBT003 - a record
SESSION = Session("s" * 64, "t-1", "ann", "c" * 32, T0, T0 + DAY)
REPLY = Reply("t-1", "key-1", "r" * 64, T0)


def test_a_token_comes_back_with_every_field_and_is_found_by_its_digest(book):
    revoked = replace(TOKEN, revoked_at=T0 + DAY / 2)
    other = replace(TOKEN, id="t-2", digest="e" * 64, all_accounts=True, accounts=(), person=None)
    with book.transaction() as pages:
        for one in (TOKEN, revoked, other):
            pages.put_token(one)
    with book.transaction() as pages:
        assert (pages.token("t-1"), pages.token("t-2"), pages.token("t-3")) == (revoked, other, None)
        assert pages.token_by_digest("d" * 64) == revoked
        assert pages.token_by_digest("f" * 64) is None
        assert list(pages.tokens()) == [revoked, other]


def test_no_two_tokens_have_one_digest(book):
    with book.transaction() as pages:
        pages.put_token(TOKEN)
    with pytest.raises(BookConflict), book.transaction() as pages:
        pages.put_token(replace(TOKEN, id="t-2"))


@pytest.mark.parametrize(
    ("changes", "at", "valid"),
    [
        ({}, T0, True),
        ({}, T0 + DAY - timedelta(microseconds=1), True),
        ({}, T0 + DAY, False),
        ({"revoked_at": T0}, T0, False),
        ({"revoked_at": T0 + DAY}, T0, False),
    ],
)
def test_a_token_is_valid_until_it_expires_or_is_revoked(changes, at, valid):
    assert replace(TOKEN, **changes).is_valid(at) is valid


def test_sessions_end_and_are_forgotten_when_they_have_expired(book):
    later = replace(SESSION, id="l" * 64, expires_at=T0 + 2 * DAY, person=None)
    with book.transaction() as pages:
        pages.put_token(TOKEN)
        pages.put_session(SESSION)
        pages.put_session(later)
        pages.remove_sessions(T0 + DAY)
        assert (pages.session(SESSION.id), pages.session(later.id)) == (SESSION, later), "only what was before"
        pages.remove_sessions(T0 + DAY + timedelta(seconds=1))
    with book.transaction() as pages:
        assert (pages.session(SESSION.id), pages.session(later.id)) == (None, later)
        pages.remove_session(later)
    with book.transaction() as pages:
        assert pages.session(later.id) is None


def test_a_session_has_a_token(book):
    with pytest.raises(BookConflict), book.transaction() as pages:
        pages.put_session(SESSION)


def test_a_key_is_taken_once_by_each_token(book):
    """The answer is put into the row that took it."""
    answered = replace(REPLY, status=201, body='{"naïve": true}', media_type="application/json", location="/v1/x")
    with book.transaction() as pages:
        pages.put_token(TOKEN)
        pages.put_token(replace(TOKEN, id="t-2", digest="e" * 64))
        assert pages.add_reply(REPLY)
        assert not pages.add_reply(replace(REPLY, request="other"))
        assert pages.add_reply(replace(REPLY, token_id="t-2"))
        pages.put_reply(answered)
    with book.transaction() as pages:
        assert pages.reply("t-1", "key-1") == answered
        assert pages.reply("t-1", "key-1", lock=True) == answered
        assert pages.reply("t-1", "key-2") is None
        pages.remove_reply(answered)
    with book.transaction() as pages:
        assert pages.reply("t-1", "key-1") is None
        assert pages.reply("t-2", "key-1") is not None


def test_answers_are_forgotten_by_their_age(book):
    young = replace(REPLY, key="young", at=T0 + DAY)
    with book.transaction() as pages:
        pages.put_token(TOKEN)
        pages.add_reply(REPLY)
        pages.add_reply(young)
        pages.remove_replies(T0 + DAY)
        assert (pages.reply("t-1", "key-1"), pages.reply("t-1", "young")) == (None, young)


def test_what_was_forgotten_in_a_transaction_that_fails_is_there_again(book):
    with book.transaction() as pages:
        pages.put_token(TOKEN)
        pages.add_reply(REPLY)
    failing = book.transaction()
    pages = failing.__enter__()
    pages.remove_replies(T0 + DAY)
    assert pages.reply("t-1", "key-1") is None
    with suppress(ZeroDivisionError):
        assert not failing.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    with book.transaction() as pages:
        assert pages.reply("t-1", "key-1") == REPLY


def test_an_instant_without_a_time_zone_is_no_age(book):
    with pytest.raises(ValueError, match="no time zone"), book.transaction() as pages:
        pages.remove_replies(T0.replace(tzinfo=None))
