"""Secrets that are shown once: how they are made, and what the account book keeps of them."""

import hashlib
import secrets
from datetime import datetime
from typing import Final

from domain.access import Token
from store.port import Pages

_UNKNOWN: Final = "0" * 64


def new_secret() -> str:
    """A new token: `ps_` and 256 bits of chance."""
    return f"ps_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> str:
    """The SHA-256 of a secret: with so much chance in it, nothing slower is needed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def look_up(pages: Pages, secret: str, now: datetime) -> Token | None:
    """The token of a secret, if it may be used. Hashes are compared, in constant time: no guess comes nearer than another."""
    wanted = digest(secret)
    found = pages.token_by_digest(wanted)
    same = secrets.compare_digest(wanted, found.digest if found else _UNKNOWN)
    return found if found is not None and same and found.is_valid(now) else None
