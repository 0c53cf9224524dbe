"""How messages between servers are signed, ours to a web hook and the payment provider's to ours: HMAC-SHA256.

The header is `Paystates-Signature: t=1767261600,v1=5257…`: `t` is the second of signing, and `v1` is there once for each secret
that is valid, so that one can be changed for another without losing a message.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

HEADER: Final = "Paystates-Signature"
TOLERANCE: Final = timedelta(minutes=5)
"""How old, or how far ahead of our clock, a message may be."""

_LONGEST: Final = 1000
_DIGITS: Final = 12


class BadSignature(ValueError):
    """The message was not signed with one of the secrets, or not just now. The sentence says which."""


def signed(secrets: Sequence[str], at: datetime, body: bytes) -> str:
    """The header's value for a body that is sent at that instant."""
    second = int(at.timestamp())
    return ",".join([f"t={second}", *(f"v1={_digest(secret, str(second), body)}" for secret in secrets)])


def verify(header: str, body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Raise `BadSignature` unless the body was signed with one of the secrets, at most `TOLERANCE` from `now`."""
    fields = [field.strip().partition("=") for field in header[:_LONGEST].split(",")]
    seconds = [value for name, _, value in fields if name == "t"]
    given = [value for name, _, value in fields if name == "v1"]
    if len(seconds) != 1 or not (seconds[0].isascii() and seconds[0].isdigit()) or len(seconds[0]) > _DIGITS or not given:
        raise BadSignature(f"the header {HEADER} has not the form t=…,v1=…: sign the body as the docs say")
    right = [_digest(secret, seconds[0], body) for secret in secrets]
    if not any(hmac.compare_digest(one.encode(), other.encode("utf-8", "replace")) for one in right for other in given):
        raise BadSignature(
            "the signature is none of ours: sign t, a full stop and the body as it is sent, with the shared secret"
        )
    if abs(now.timestamp() - int(seconds[0])) > TOLERANCE.total_seconds():
        minutes = int(TOLERANCE.total_seconds() // 60)
        raise BadSignature(f"it was signed more than {minutes} minutes from now: sign it anew, and look at both clocks")


def _digest(secret: str, second: str, body: bytes) -> str:
    return hmac.new(secret.encode(), second.encode() + b"." + body, hashlib.sha256).hexdigest()
