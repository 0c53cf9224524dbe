"""Somebody at the board, as the tests of its pages need them: signed in with a token of their own, without JavaScript."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx
from house_in_memory import InMemory

ADDRESS = "192.0.2.7"
HERE = "http://paystates.example"


class Visitor:
    """A browser that keeps cookies and follows no redirect by itself."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def sees(self, path: str, status: int = 200) -> str:
        """A page, as text."""
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    async def word(self) -> str:
        """The word that the forms of this session carry."""
        found = re.search(r'name="csrf" value="([^"]+)"', await self.sees("/board/accounts"))
        assert found
        return unescape(found[1])

    async def sends(self, path: str, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
        """Post a form of a page of ours: with its word, unless `csrf` says otherwise."""
        word = {} if "csrf" in fields else {"csrf": await self.word()}
        return await self.client.post(path, data=word | fields, headers=headers)

    async def signs_in(self, secret: str, actor: str = "", back: str = "/board") -> httpx.Response:
        """Fill in the form of the first page."""
        return await self.client.post("/board/login", data={"token": secret, "actor": actor, "back": back})


@asynccontextmanager
async def outside(house: InMemory, language: str = "en", base: str = HERE, address: str = ADDRESS) -> AsyncIterator[Visitor]:
    """Somebody who is not signed in."""
    transport = httpx.ASGITransport(app=house.app, raise_app_exceptions=False, client=(address, 4000))
    headers = {"Accept-Language": language}
    async with httpx.AsyncClient(transport=transport, base_url=base, headers=headers) as client:
        yield Visitor(client)


@asynccontextmanager
async def visiting(house: InMemory, language: str = "en", **token: Any) -> AsyncIterator[Visitor]:
    """Somebody who is, with a token of `InMemory.token`."""
    async with outside(house, language) as visitor:
        answer = await visitor.signs_in(house.token(**token))
        assert answer.status_code == 303, answer.text
        yield visitor
