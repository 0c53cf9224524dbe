"""A signed message is believed once it is whole, ours, and of just now."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import refused_otherwise

from domain.signatures import HEADER, TOLERANCE, BadSignature, signed, verify

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BODY = b'{"id":"n_1","kind":"intent.succeeded"}'


def test_the_header_is_what_the_docs_say():
    """Anybody can compute it: HMAC-SHA256 over the second, a full stop and the body, in hexadecimal."""
    second = int(NOW.timestamp())
    right = hmac.new(b"secret", f"{second}.".encode() + BODY, hashlib.sha256).hexdigest()
    assert signed(["secret"], NOW, BODY) == f"t={second},v1={right}"


@pytest.mark.parametrize("apart", [timedelta(), TOLERANCE, -TOLERANCE])
def test_what_was_signed_just_now_is_believed(apart):
    verify(signed(["secret"], NOW - apart, BODY), BODY, ["secret"], NOW)


@pytest.mark.parametrize("apart", [TOLERANCE + timedelta(seconds=1), -TOLERANCE - timedelta(seconds=1), timedelta(days=900)])
def test_what_was_signed_at_another_time_is_stale(apart):
    """A message that somebody caught is worth nothing later; and a clock that is wrong is told of."""
    with pytest.raises(BadSignature, match="more than 5 minutes from now"):
        verify(signed(["secret"], NOW - apart, BODY), BODY, ["secret"], NOW)


@pytest.mark.parametrize("secrets", [["old"], ["new"], ["new", "old"]])
def test_while_a_secret_is_changed_for_another_both_are_believed(secrets):
    """Whoever signs with both is believed by whoever knows one of them, and the other way round."""
    verify(signed(["new", "old"], NOW, BODY), BODY, secrets, NOW)
    verify(signed(secrets, NOW, BODY), BODY, ["new", "old"], NOW)


def test_what_was_changed_on_the_way_is_not_believed():
    header = signed(["secret"], NOW, BODY)
    later = header.replace(str(int(NOW.timestamp())), str(int(NOW.timestamp()) + 1))
    for changed, body in ((header, BODY + b" "), (header, b""), (later, BODY), (signed(["other"], NOW, BODY), BODY)):
        with pytest.raises(BadSignature, match="none of ours"):
            verify(changed, body, ["secret"], NOW)


MALFORMED = [
    "",
    "t=1",
    "v1=abc",
    "t=,v1=abc",
    "t=-1,v1=abc",
    "t=1,t=2,v1=abc",
    "t=\N{ARABIC-INDIC DIGIT ONE},v1=abc",
    f"t={'9' * 400},v1=abc",
    ",,,",
    "t=1e9,v1=x",
]


def test_what_is_no_signature_is_told_its_form():
    rows = [(header, f"{HEADER} has not the form") for header in MALFORMED]
    assert refused_otherwise(rows, BadSignature, lambda header: verify(header, BODY, ["secret"], NOW)) == ""


@given(st.text(), st.binary())
def test_no_garbage_is_believed_or_does_harm(header, body):
    with pytest.raises(BadSignature):
        verify(header, body, ["secret"], NOW)
