"""Tokens of the HTTP API and the board: made, listed and revoked in the account book."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.access import May, Token
from domain.card_numbers import has_card_number
from domain.durations import parse_duration
from paystates import clock
from paystates.cli import terminal
from paystates.cli.connection import book
from paystates.cli.errors import BadInput
from paystates.web.secrets import digest, new_secret

if TYPE_CHECKING:
    from paystates.settings import Settings
    from store.port import Pages

_LONGEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token as it was ordered on the command line."""

    name: str
    accounts: tuple[str, ...]
    all_accounts: bool
    may: str
    person: str | None
    any_person: bool
    expires: str


def create(settings: "Settings", wanted: Wanted, *, json: bool) -> None:
    """Make it and show it, this once. `BadInput` names the option that is wrong."""
    now, secret = clock.now(), new_secret()
    with book(settings) as opened, opened.transaction() as pages:
        token = _made(pages, wanted, digest(secret), now)
        pages.put_token(token)
    if json:
        terminal.show_json({**_data(token, now), "token": secret})
        return
    terminal.show(terminal.safe(secret))
    terminal.note(
        f"This is token {terminal.safe(token.id)}, until {token.expires_at:%Y-%m-%d}. It is not shown again: keep it now."
    )


def show_tokens(settings: "Settings", *, json: bool) -> None:
    """All of them, and never a secret: the book has none."""
    now = clock.now()
    with book(settings) as opened, opened.reading() as pages:
        found = sorted(pages.tokens(), key=lambda one: one.made_at)
    if json:
        terminal.show_json([_data(one, now) for one in found])
        return
    rows = [
        [
            terminal.safe(one.id),
            terminal.safe(one.name),
            terminal.safe(_reach(one)),
            ", ".join(one.may),
            _for(one),
            _standing(one, now),
        ]
        for one in found
    ]
    terminal.show(terminal.table("Token", "Name", "Accounts", "May", "For", "Until", rows=rows))


def revoke(settings: "Settings", token_id: str, *, json: bool) -> None:
    """It may not be used any more. Once revoked, it stays as it is."""
    now = clock.now()
    with book(settings) as opened, opened.transaction() as pages:
        token = pages.token(token_id)
        if token is None:
            message = f"TOKEN {token_id!r} is not in the account book: see `paystates token list`"
            raise BadInput(message)
        token = token if token.revoked_at else replace(token, revoked_at=now)
        pages.put_token(token)
    if json:
        terminal.show_json(_data(token, now))
        return
    terminal.show(terminal.safe(f"Token {token.id} ({token.name}) is revoked."))


def _made(pages: "Pages", wanted: Wanted, hashed: str, now: datetime) -> Token:
    if not wanted.name.strip() or not wanted.name.isprintable() or has_card_number(wanted.name):
        message = "NAME: say in plain words what the token is for, such as billing-backend"
        raise BadInput(message)
    if bool(wanted.accounts) == wanted.all_accounts:
        message = "name what the token reaches: either --account, as often as needed, or --all-accounts"
        raise BadInput(message)
    for account in wanted.accounts:
        if pages.account(account) is None:
            message = f"--account {account!r} is not in the account book: import it, or correct its id"
            raise BadInput(message)
    may = _may(wanted.may)
    if wanted.person is not None and wanted.any_person:
        message = "name whom the token acts for: either --for or --any-person"
        raise BadInput(message)
    if May.ACT in may and wanted.person is None and not wanted.any_person:
        message = "a token that may act acts for somebody: add --for PERSON, or --any-person to name one with each request"
        raise BadInput(message)
    if wanted.person is not None and pages.person(wanted.person) is None:
        message = f"--for {wanted.person!r} is nobody in the account book: give the id of a person in it"
        raise BadInput(message)
    return Token(
        id=f"t-{secrets.token_hex(6)}",
        name=wanted.name.strip(),
        digest=hashed,
        may=tuple(may),
        accounts=tuple(sorted(set(wanted.accounts))),
        all_accounts=wanted.all_accounts,
        person=wanted.person,
        made_at=now,
        expires_at=now + _span(wanted.expires),
    )


def _may(given: str) -> list[May]:
    words = {word.strip() for word in given.split(",")}
    if not words <= set(May):
        message = f"--may {given!r}: use read, act, book and admin, with commas between them"
        raise BadInput(message)
    return [one for one in May if one in words]


def _span(given: str) -> timedelta:
    try:
        span = parse_duration(given)
    except ValueError as error:
        message = f"--expires {error}"
        raise BadInput(message) from None
    if not timedelta(0) < span <= _LONGEST:
        message = f"--expires {given!r}: a token is for more than nothing and at most ten years, such as 90d"
        raise BadInput(message)
    return span


def _reach(token: Token) -> str:
    return "all" if token.all_accounts else ", ".join(token.accounts)


def _for(token: Token) -> str:
    return token.person or ("named with each request" if May.ACT in token.may else "")


def _standing(token: Token, now: datetime) -> str:
    if token.revoked_at:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    return f"{'expired ' if token.expires_at <= now else ''}{token.expires_at:%Y-%m-%d}"


def _data(token: Token, now: datetime) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "accounts": None if token.all_accounts else list(token.accounts),
        "may": list(token.may),
        "for": token.person,
        "made": token.made_at,
        "expires": token.expires_at,
        "revoked": token.revoked_at,
        "valid": token.is_valid(now),
    }
