"""A desk for the tests in a browser: everything that `paystates up --travel` runs, in this process, with the example book."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Page
from temporalio.client import Client

from activities import Desk as Effects
from domain.access import May, Token
from gateways.script import parse_script
from gateways.scripted import ScriptedBank
from paystates import clock
from paystates.cli.serving import Latest
from paystates.cli.web import served
from paystates.client import Paystates
from paystates.composition import worker
from paystates.settings import Settings
from paystates.temporal.plugin import PaystatesPlugin
from paystates.temporal.server import DevServer
from paystates.web.secrets import digest, new_secret
from store.files import read_book, write_book
from store.sql import SqlBook

ROOT = Path(__file__).parents[2]
SCRIPT = "<img src=x onerror=alert(1)>"
DEBT = """
accounts:
  - id: a-{invoice}
    name: Fjordlys Regnskap AS
    country: "NO"
    people:
      - {{id: ida-{invoice}, name: Ida Berg, email: ida@fjordlys.example}}
    methods:
      - id: m-{invoice}
        token: tok-{invoice}
        card: {{brand: visa, last4: "4242", expires: "2040-04"}}
        added_by: ida-{invoice}
    subscriptions:
      - {{id: s-{invoice}, name: Business Standard, method: m-{invoice}}}
    invoices:
      - {{id: {invoice}, subscription: s-{invoice}, amount: "1495.00", currency: NOK, billing_date: {billed}}}
"""


@dataclass
class Desk:
    """Where it is, and the tokens of those who come: Olav administers an account, Olga is an operator of ours."""

    url: str
    ui: str
    front: Paystates
    client: Client
    book: SqlBook
    olav: str
    olga: str

    def owes(self, invoice: str, billed: str = "1d") -> str:
        """Add a debt with a card of its own; the path of its page once it is collected."""
        now = clock.now()
        write_book(read_book(DEBT.format(invoice=invoice, billed=billed), "book", now.date()), self.book, now)
        return f"/board/procedures/charge-retry/{invoice}"

    async def sign_in(self, page: Page, secret: str, to: str = "/board") -> None:
        """Sign in, by typing."""
        await page.goto(to)
        await page.get_by_label("Token").or_(page.get_by_label("Nøkkel")).fill(secret)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{self.url}{to}")


@asynccontextmanager
async def opened(server: DevServer, folder: Path, bank: str, queue: str) -> AsyncIterator[Desk]:
    """A worker, a bank with that script, the example book and the board, on a server; in the end stopped in order."""
    book = SqlBook.create(f"sqlite:///{folder / 'book.db'}")
    now = clock.now()
    text = (ROOT / "examples" / "contoso.yaml").read_text(encoding="utf-8")
    write_book(read_book(text, "book", now.date()), book, now)
    tokens = {name: _token(book, name) for name in ("olav", "olga")}
    latest = Latest()
    scripted = ScriptedBank(parse_script(bank), now=latest.seen)
    client = await Client.connect(server.address, plugins=[PaystatesPlugin()])
    settings = Settings(task_queue=queue)
    working = worker(client, Effects(book, scripted), queue)
    with socket.create_server(("127.0.0.1", 0)) as door:
        serving = served(client, settings, book, scripted, door, travel=True, now=latest.now)
        async with working, serving as url:
            assert url is not None
            assert server.ui_url is not None
            yield Desk(url, server.ui_url, Paystates(client, queue), client, book, **tokens)
    book.close()


def _token(book: SqlBook, person: str) -> str:
    secret, now = new_secret(), clock.now()
    made = Token(
        id=person,
        name=person,
        digest=digest(secret),
        may=(May.READ, May.ACT),
        accounts=(),
        all_accounts=True,
        person=person,
        made_at=now,
        expires_at=now + timedelta(days=1),
    )
    with book.transaction() as pages:
        pages.put_token(made)
    return secret


async def until(so: Callable[[], Awaitable[bool]], what: str, within: float = 30) -> None:
    """Ask again until it is so."""
    try:
        async with asyncio.timeout(within):
            while not await so():  # noqa: ASYNC110 - nobody says when it is
                await asyncio.sleep(0)
    except TimeoutError:
        message = f"not within {within:.0f} s: {what}"
        raise AssertionError(message) from None
