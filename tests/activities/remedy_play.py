"""An account with an invoice that is due, and procedures in memory on a real book: where remedies are carried out."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from activities.desk import roles_in
from activities.picturing import picture_of, scope_of
from paystates.engine import Action, Actor, Rule
from paystates.rehearsal.drivers import Where
from paystates.rehearsal.in_memory import MemoryDriver
from paystates.rehearsal.scenario import stage
from paystates.rehearsal.stage import Stage
from states import rules, settling
from states.rules.judging import judge
from store.memory import MemoryBook

DAY = timedelta(days=1)
CARD = {"brand": "visa", "last4": "4242", "expires": "2031-01"}
NEW = {"token": "tok_new", "kind": "card", "network": "visa", "last4": "5100", "country": "NO", "expires": "2031-01-31"}


def account(**different: Any) -> dict[str, Any]:
    """Two administrators; Kari's card pays one subscription, of which an invoice is due. Each has another card."""
    return {
        "id": "fjord",
        "name": "Fjord AS",
        "country": "NO",
        "time_zone": "Europe/Oslo",
        "people": [
            {"id": "kari", "name": "Kari", "email": "kari@fjord.example", "roles": ["global_admin"]},
            {"id": "per", "name": "Per", "email": "per@fjord.example", "roles": ["billing_admin"]},
        ],
        "methods": [
            {"id": "visa", "card": CARD, "added_by": "kari"},
            {"id": "other", "card": CARD, "added_by": "kari"},
            {"id": "pers", "card": CARD, "added_by": "per"},
        ],
        "subscriptions": [{"id": "m365", "name": "Microsoft 365", "method": "visa"}],
        "invoices": [{"id": "F-1", "subscription": "m365", "currency": "NOK", "amount": "100.00", "billing_date": "0d"}],
        **different,
    }


class Play:
    """That account, and procedures in memory on it. Kari acts, and starts what she starts with all its choices made."""

    def __init__(self, bank: Sequence[Any] = (), collect: Sequence[str] = (), **different: Any) -> None:
        whole = {
            "title": "Remedies",
            "book": {"accounts": [account(**different)], "staff": [{"id": "olga", "name": "O", "email": "o@o.example"}]},
            "collect": list(collect),
            "steps": [{"at": "1d", "by": "kari", "start": {"procedure": "replace-all", "method": "visa"}}],
            "bank": {"visa": list(bank)} if bank else {},
            "ends": {"replace-all/visa": {}},
        }
        self.stage = Stage(stage(json.dumps(whole), "play", Path(), date(2026, 11, 2), "play"), MemoryBook())
        self.now = self.stage.staged.start + timedelta(hours=2)
        self.driver = MemoryDriver(self.stage.desk)

    async def start(self, procedure: str, *, by: str | None = "kari", **data: Any) -> Where:
        """Start it, and see where it goes."""
        await self.driver.start(procedure, {**data, **({"actor": by} if by else {})}, self.now)
        return await self.where(self.driver.subjects[-1])

    async def collect(self, *, stands: str) -> None:
        """Begin to collect the invoice, and let the first attempt be made."""
        await self.start("charge-retry", by=None, invoice="F-1")
        await self.driver.advance(self.now)
        assert (await self.where("charge-retry/F-1")).state == stands

    async def act(self, subject: str, action: Action, by: str = "kari") -> set[str]:
        """With what it is refused; that nothing runs which could take it is no answer."""
        codes = await self.driver.act(subject, action, by, self.now)
        assert codes is not None
        assert "NOT_POSSIBLE_NOW" not in codes
        return set(codes)

    async def where(self, subject: str) -> Where:
        where = await self.driver.where(subject)
        assert where is not None
        return where

    async def against(self, subject: str) -> set[str]:
        """Why a procedure was refused."""
        return {refusal["code"] for refusal in (await self.where(subject)).memory["refusals"]}

    def judged(self, among: Sequence[Rule], *, by: str = "kari", **asked: Any) -> set[str]:
        """What stands against it, by the book."""
        with self.stage.book.transaction() as pages:
            picture = picture_of(pages, "visa", self.now)
            assert picture is not None
            actor = Actor(by, roles_in(pages, by, scope_of(picture)))
            return {one.code for one in judge(among, picture, actor, self.now, **asked)}

    def settled(self, method: str, *, due: str = "visa", who: Actor | None = None, chosen: str, **known: Any) -> set[str]:
        """What stands against settling what is due with a method."""
        with self.stage.book.transaction() as pages:
            picture = picture_of(pages, method, self.now)
        assert picture is not None
        debt = settling.Due(invoice="F-1", method=due, currency="NOK", amount=10_000, attempt=1, charging=False)
        balance = settling.Balance(**{**dict(picture), "invoice": None, "profile": None, "debts": (debt,), "bars": (), **known})
        kari = Actor("kari", frozenset({"global_admin"}))
        return {one.code for one in judge(rules.SETTLING, balance, who or kari, self.now, chosen=chosen)}
