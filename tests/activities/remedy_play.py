"""An account with an invoice that is due, and procedures in memory on a real book: where remedies are carried out."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from passing import passes, tell

from paystates.engine import Action
from paystates.orders import begin
from paystates.rehearsal.drivers import Where
from paystates.rehearsal.in_memory import MemoryDriver
from paystates.rehearsal.scenario import stage
from paystates.rehearsal.stage import Stage
from paystates.rehearsal.steps import Step
from states import rules
from store.memory import MemoryBook
from store.port import Book

DAY = timedelta(days=1)
CARD = {"brand": "visa", "last4": "4242", "expires": "2031-01"}
NEW = {"token": "tok_new", "kind": "card", "network": "visa", "last4": "5100", "country": "NO", "expires": "2031-01-31"}
SOFT = {"decline": "insufficient_funds"}
"""What the bank says, and may not say the next time."""


def method(name: str, details: Mapping[str, str] = CARD, *, by: str = "kari") -> dict[str, Any]:
    """A card or a bank account on file."""
    return {"id": name, "card" if "brand" in details else "bank_account": details, "added_by": by}


def invoice(name: str = "F-1", amount: str = "100.00", **more: Any) -> dict[str, Any]:
    """One that is due; of the first subscription, unless it says otherwise."""
    payer = {} if "billing_profile" in more else {"subscription": "m365"}
    return {"id": name, **payer, "currency": "NOK", "amount": amount, "billing_date": "0d", **more}


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
        "methods": [method("visa"), method("other"), method("pers", by="per")],
        "subscriptions": [{"id": "m365", "name": "Microsoft 365", "method": "visa"}],
        "invoices": [invoice()],
        **different,
    }


class Play:
    """That account, and procedures in memory on it. Kari acts, and starts what she starts with all its choices made."""

    def __init__(self, bank: Mapping[str, Sequence[Any]] | None = None, *, book: Book | None = None, **different: Any) -> None:
        """`bank`: what it says to each method; to others it says yes."""
        whole = {
            "title": "Remedies",
            "book": {"accounts": [account(**different)], "staff": [{"id": "olga", "name": "O", "email": "o@o.example"}]},
            "steps": [{"at": "1d", "by": "kari", "start": {"procedure": "replace-all", "method": "visa"}}],
            "bank": bank or {},
            "ends": {"replace-all/visa": {}},
        }
        self.stage = Stage(stage(json.dumps(whole), "play", Path(), date(2026, 11, 2), "play"), book or MemoryBook())
        self.now = self.stage.staged.start + timedelta(hours=2)
        self.driver = MemoryDriver(self.stage.desk)
        self._deeds: list[tuple[str, set[str]]] = []

    async def start(self, procedure: str, *, by: str | None = "kari", **data: Any) -> Where:
        """Start it, and see where it goes."""
        whole = {**data, **({"actor": by} if by else {})}
        assert await self.driver.start(procedure, whole, self.now) == ()
        subject = begin(procedure, whole).subject
        self._deeds.append((procedure, await self.against(subject)))
        return await self.where(subject)

    async def collect(self, name: str = "F-1", *, stands: str) -> None:
        """Begin to collect the invoice, and let the first attempt be made."""
        await self.start("charge-retry", by=None, invoice=name)
        await self.driver.advance(self.now)
        assert (await self.where(f"charge-retry/{name}")).state == stands

    async def act(self, subject: str, action: Action, by: str = "kari") -> set[str]:
        """With what it is refused; that nothing runs which could take it is no answer."""
        codes = await self.driver.act(subject, action, by, self.now)
        assert codes is not None
        assert "NOT_POSSIBLE_NOW" not in codes
        self._deeds.append((action.kind, {*codes, *await self.against(subject)}))
        return set(codes)

    async def outside(self, **deed: Any) -> None:
        """Something happens outside every procedure, as a scenario's step has it."""
        wakes, codes = self.stage.do(Step.model_validate({"at": "0d", **deed}), self.now)
        assert codes == ()
        await tell(self.driver, wakes, self.now, by="paystates")

    async def passes(self, span: timedelta) -> None:
        """Time passes, through all that is due and all that the bank tells."""
        self.now = await passes(self.stage, self.driver, self.now, span)

    async def where(self, subject: str) -> Where:
        where = await self.driver.where(subject)
        assert where is not None
        return where

    async def against(self, subject: str) -> set[str]:
        """Why a procedure was refused, or what it asks anew."""
        return {refusal["code"] for refusal in (await self.where(subject)).memory.get("refusals", ())}

    def done_since(self, code: str) -> set[str]:
        """The procedures and actions that were begun or taken, and not refused so, after something was refused with the code."""
        first = next(number for number, (_, codes) in enumerate(self._deeds) if code in codes)
        return {name for name, codes in self._deeds[first:] if code not in codes}


class Played(NamedTuple):
    """Why what somebody wanted was refused, and what stood against it once the remedy was carried out."""

    play: Play
    before: set[str]
    after: set[str]


Remedy = Callable[[], Awaitable[Played]]
"""Refused, mended, and wanted again."""

_HELPS = {rule.code: rule.helps for rule in rules.CATALOGUE}


def removes(code: str, played: Played) -> None:
    """The rule refused before, and does not after; what it names was done in between. What else stands against it may stay."""
    assert code in played.before
    assert code not in played.after
    assert _HELPS[code] in played.play.done_since(code)
