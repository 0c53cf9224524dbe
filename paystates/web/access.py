"""Who calls, what they may do and for whom: bearer tokens, looked up by their hash, and the person they act for.

A token never gives more than the person's roles: those are looked up by the procedures, as for everybody.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool

from domain.access import May, Token
from paystates.engine import HOUSE
from paystates.web.house import House, house_of
from paystates.web.problems import Problem, not_found
from paystates.web.secrets import digest, look_up, new_secret
from store.port import Book

__all__ = ["ACTOR", "Access", "Accessed", "May", "access", "access_by", "access_of", "acting", "digest", "look_up", "new_secret"]

ACTOR: Final = "paystates-actor"
"""The header that names the person a token acts for, where it is not made for one."""

_SCHEME: Final = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_NOBODY: Final = frozenset({HOUSE.id, "provider"})
"""The built-in actors: our own timers and the payment provider. Nobody acts as one of them from outside."""

bearer: Final = HTTPBearer(
    auto_error=False, scheme_name="token", description="A token made by `paystates token create`: `ps_…`.", bearerFormat="ps_…"
)


@dataclass(frozen=True, slots=True)
class Access:
    """What a call may do. `accounts` None: all of them; `actor` None: the token is made for nobody in particular."""

    token_id: str
    name: str
    accounts: frozenset[str] | None
    may: frozenset[May]
    actor: str | None

    def check(self, may: May, account: str | None = None) -> None:
        """Raise the problem that says what is missing; what is of another account is not there at all."""
        if may not in self.may:
            detail = f"token {self.name!r} may not {may}: have one made with `paystates token create --may {may}`"
            raise Problem("forbidden", 403, "Not allowed", detail)
        if account is not None and not self.reaches(account):
            raise not_found("account")

    def check_everywhere(self, may: May) -> None:
        """The same for what belongs to no account: only a token for all of them may."""
        self.check(may)
        if self.accounts is not None:
            detail = f"token {self.name!r} is for some accounts only: have one made with `paystates token create --all-accounts`"
            raise Problem("forbidden", 403, "Not allowed", detail)

    def reaches(self, account: str | None) -> bool:
        """Whether an account is one of the token's; what is of no account is only reached by a token for all."""
        return self.accounts is None or account in self.accounts

    def only(self, accounts: Iterable[str]) -> list[str]:
        """Those of the accounts that it reaches."""
        return [one for one in accounts if self.reaches(one)]


def access_by(token: Token) -> Access:
    """What a token gives."""
    return Access(
        token_id=token.id,
        name=token.name,
        accounts=None if token.all_accounts else frozenset(token.accounts),
        may=frozenset(May(one) for one in token.may),
        actor=token.person,
    )


async def access_of(request: Request) -> Access:
    """The access of a request, asked once; 401 when it has no token that may be used."""
    known: Access | None = getattr(request.state, "access", None)
    if known is None:
        secret = _secret_of(request)
        known = await run_in_threadpool(_asked, house_of(request), secret)
        request.state.access = known
    return known


async def access(request: Request, _told: Annotated[object, Depends(bearer)] = None) -> Access:
    """The dependency of every route that is not open to all."""
    return await access_of(request)


Accessed = Annotated[Access, Depends(access)]


def acting(book: Book, known: Access, named: str | None) -> str:
    """Whom the call acts for: the token's own person, or the one that the request names among those of its accounts.

    403 for anybody else, whether there is such a person or not.
    """
    actor = known.actor or named
    if actor is None:
        detail = "say for whom: name a person of the account in the header Paystates-Actor"
        raise Problem("actor-missing", 403, "Nobody to act for", detail)
    if known.actor is not None and named not in {None, known.actor}:
        raise _not_for(known, "it is made for somebody else: leave the header Paystates-Actor out")
    with book.reading() as pages:
        person = pages.person(actor)
    reached = person is not None and (known.actor is not None or known.reaches(person.account_id))
    if not reached or actor in _NOBODY:
        raise _not_for(known, "name a person of one of its accounts in the header Paystates-Actor")
    return actor


def _not_for(known: Access, remedy: str) -> Problem:
    return Problem("actor-forbidden", 403, "Not for this person", f"token {known.name!r} does not act for that person: {remedy}")


def _asked(house: House, secret: str) -> Access:
    with house.book.reading() as pages:
        token = look_up(pages, secret, house.now())
    if token is None:
        raise _unauthorised()
    return access_by(token)


def _secret_of(request: Request) -> str:
    found = _SCHEME.fullmatch(request.headers.get("authorization", ""))
    if found is None:
        raise _unauthorised()
    return found[1]


def _unauthorised() -> Problem:
    detail = (
        "send `Authorization: Bearer ps_…` with a token that is neither expired nor revoked: `paystates token create` makes one"
    )
    return Problem("unauthorised", 401, "Not authorised", detail, headers={"WWW-Authenticate": 'Bearer realm="paystates"'})
