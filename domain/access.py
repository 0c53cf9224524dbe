"""Who may call the HTTP API and open the board: tokens, sessions, and answers kept for an `Idempotency-Key`; flat records.

Of a token and of a session's cookie only the hash is kept: whoever reads the book cannot use them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class May(StrEnum):
    """What a token lets its holder do: look, start and act, write the book, and (`admin`) see to what belongs to no account."""

    READ = "read"
    ACT = "act"
    BOOK = "book"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token. `digest` is the SHA-256 of its secret, in hexadecimal; `may` are values of `May`.

    It reaches `accounts`, or with `all_accounts` every one. `person` is whom it acts for; None: the caller names one of the
    people of its accounts with each request.
    """

    id: str
    name: str
    digest: str
    may: tuple[str, ...]
    accounts: tuple[str, ...]
    all_accounts: bool
    person: str | None
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody at the board. `id` is the SHA-256 of the cookie; it reaches what its token reaches, as `person`.

    `csrf` is what every form of the session carries.
    """

    id: str
    token_id: str
    person: str | None
    csrf: str
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered to a request with an `Idempotency-Key`; `status` None: it is still being dealt with, since `at`.

    `request` is the SHA-256 of what was asked.
    """

    token_id: str
    key: str
    request: str
    at: datetime
    status: int | None = None
    body: str = ""
    media_type: str = ""
    location: str | None = None
