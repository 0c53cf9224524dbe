"""Who is signed in at the board: sessions opened with the same tokens as at the API, in a cookie that no script reads.

The book keeps a session's hash, and its token is looked up at every request: revoking the token signs everybody out. What
changes something must come from a page of ours: by its origin, and with a word that only the pages of this session carry.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from domain.access import Session as Kept
from paystates.web.access import Access, access_by, acting, digest, look_up
from paystates.web.house import House, house_of
from paystates.web.problems import Problem

LASTS: Final = timedelta(hours=12)
"""How long somebody stays signed in; no longer than their token is good."""

_COOKIE: Final = "__Host-paystates"
_COOKIE_OVER_HTTP: Final = "paystates"
"""Browsers take the first name over https only; over http the board is there for this machine and for development."""


class SignIn(Exception):
    """Nobody is signed in; `back` is where to go on afterwards."""

    def __init__(self, back: str = "/board") -> None:
        self.back = back
        super().__init__("sign in first")


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody at the board: what their token gives, whom they act for, and the word that their forms carry."""

    id: str
    access: Access
    actor: str
    csrf: str

    @property
    def name(self) -> str:
        """What the token is called."""
        return self.access.name


async def session_of(request: Request) -> Session:
    """Whoever is signed in. `SignIn` when nobody is, or not any more."""
    cookie = request.cookies.get(_name(request), "")
    found = await run_in_threadpool(_opened, house_of(request), cookie) if cookie else None
    if found is None:
        raise SignIn(_here(request))
    return found


def _opened(house: House, cookie: str) -> Session | None:
    now = house.now()
    with house.book.reading() as pages:
        kept = pages.session(digest(cookie))
        token = pages.token(kept.token_id) if kept else None
    if kept is None or token is None or now >= kept.expires_at or not token.is_valid(now):
        return None
    return Session(kept.id, access_by(token), kept.person or "", kept.csrf)


def open_session(house: House, secret: str, named: str | None) -> tuple[str, Kept]:
    """Open a session with a token, for a person: its cookie, and what is kept of it. Raises the problem of 401 or 403."""
    now = house.now()
    with house.book.reading() as pages:
        token = look_up(pages, secret, now)
    if token is None:
        raise Problem("unauthorised", 401, "Not authorised", "The token is not known, has expired or was revoked.")
    person = acting(house.book, access_by(token), named or None)
    cookie = secrets.token_urlsafe(32)
    kept = Kept(digest(cookie), token.id, person, secrets.token_urlsafe(24), now, min(now + LASTS, token.expires_at))
    with house.book.transaction() as pages:
        pages.remove_sessions(now)
        pages.put_session(kept)
    return cookie, kept


def close_session(house: House, session: Session) -> None:
    """Sign out: the cookie is worth nothing any more, wherever it may lie."""
    with house.book.transaction() as pages:
        kept = pages.session(session.id)
        if kept is not None:
            pages.remove_session(kept)


def keep(response: Response, request: Request, cookie: str) -> None:
    """Let the browser keep the session until it is closed."""
    response.set_cookie(_name(request), cookie, path="/", secure=_is_secure(request), httponly=True, samesite="strict")


def forget(response: Response, request: Request) -> None:
    """Let the browser forget it."""
    response.delete_cookie(_name(request), path="/", secure=_is_secure(request), httponly=True, samesite="strict")


def from_here(request: Request) -> None:
    """What changes something must have been sent by a page of ours; 403 when a browser says that it was not."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    try:
        ours = origin is None or urlsplit(origin).netloc == request.url.netloc
    except ValueError:  # it cannot be read
        ours = False
    if site not in {None, "same-origin", "none"} or not ours:
        raise _too_old()


def with_word(session: Session, word: object) -> None:
    """The form must carry the word of the session; 403 when it does not."""
    if not hmac.compare_digest(session.csrf.encode(), str(word).encode()):
        raise _too_old()


def way_back(wanted: str | None) -> str:
    """Where to go on: only ever a page of the board."""
    target = wanted or ""
    try:
        parts = urlsplit(target)
    except ValueError:  # it cannot be read
        return "/board"
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/board") and "\\" not in target
    return target if ours and target.isprintable() else "/board"


def _too_old() -> Problem:
    return Problem("forbidden", 403, "Not allowed", "The form was too old: try again.")


def _here(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _name(request: Request) -> str:
    return _COOKIE if _is_secure(request) else _COOKIE_OVER_HTTP
