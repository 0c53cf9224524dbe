"""How each procedure is started from Python: its subject and its choices as typed arguments.

All of them answer the procedure's id. The same request twice is answered by the one that is running; when another one is running
for the same subject, `OtherRequest` names it. Choices may be made at once, or later by `act`: the same rules hold.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from states.facts import NewMethod
from states.methods import Details


class Starts:
    """The typed starts, over the one that takes plain data."""

    async def start(self, procedure: str, data: Mapping[str, Any], *, delay: timedelta | None = None) -> str:
        """Start any procedure with plain data; the front desk does it."""
        raise NotImplementedError

    async def start_charge_retry(self, invoice: str, *, attempt: int | None = None, charge_now: bool = False) -> str:
        """Collect an invoice.

        `attempt`: one the provider told us about, to be looked up first. `charge_now`: charge a newly bound method at once.
        """
        return await self.start("charge-retry", {"invoice": invoice, "hint": attempt, "charge_now": charge_now})

    async def start_replace_all(
        self,
        method: str,
        *,
        actor: str,
        with_method: str | None = None,
        new: NewMethod | None = None,
        confirmed: bool = False,
        charge_now: bool = False,
    ) -> str:
        """Move everything that pays with a method to `with_method`, or to the `new` one; `confirmed`: ask nobody (G26 to G34)."""
        return await self.start("replace-all", {"method": method, **_choice(actor, with_method, new, confirmed, charge_now)})

    async def start_change_single_subscription(
        self,
        subscription: str,
        *,
        actor: str,
        with_method: str | None = None,
        new: NewMethod | None = None,
        confirmed: bool = False,
        charge_now: bool = False,
    ) -> str:
        """Let one subscription pay with another method; its siblings stay as they are (G35 to G40)."""
        choice = _choice(actor, with_method, new, confirmed, charge_now)
        return await self.start("change-single-subscription", {"subscription": subscription, **choice})

    async def start_delete_with_dependents(
        self,
        method: str,
        *,
        actor: str,
        with_method: str | None = None,
        new: NewMethod | None = None,
        confirmed: bool = False,
        charge_now: bool = False,
    ) -> str:
        """Delete a method; what depends on it is moved first (G41 to G52)."""
        choice = _choice(actor, with_method, new, confirmed, charge_now)
        return await self.start("delete-with-dependents", {"method": method, **choice})

    async def start_add_method(self, account: str, request: str, new: NewMethod, *, actor: str) -> str:
        """Put a method on file, bound to nothing (G16). `request` is the caller's own name for this: given twice, it adds one."""
        data = {"account": account, "request": request, "new": new.model_dump(mode="json"), "actor": actor}
        return await self.start("add-method", data)

    async def start_update_details(
        self,
        method: str,
        *,
        actor: str,
        details: Details | None = None,
        security_code: str | None = None,
        charge_now: bool | None = None,
    ) -> str:
        """Edit holder, billing address or expiry, never the number (G20); `security_code` is the provider's token of it (G21).

        `charge_now`: whether what waited for the method is paid at once (G24); None: the customer is asked.
        """
        edited = details.model_dump(mode="json", exclude_none=True) if details else None
        data = {"method": method, "actor": actor, "details": edited, "security_code": security_code, "charge_now": charge_now}
        return await self.start("update-details", data)

    async def start_settle_balance(
        self,
        method: str,
        *,
        actor: str,
        with_method: str | None = None,
        confirmed: bool = False,
        invoice: str | None = None,
    ) -> str:
        """Pay the whole balance on a declined method; in an MCA account one `invoice` of it (G60 to G64)."""
        data = {"method": method, "invoice": invoice, "actor": actor, "chosen": with_method, "confirmed": confirmed}
        return await self.start("settle-balance", data)


def _choice(actor: str, with_method: str | None, new: NewMethod | None, confirmed: bool, charge_now: bool) -> dict[str, Any]:  # noqa: FBT001 - passed on by name above
    """The choices that may be made at the start, as start data."""
    added = new.model_dump(mode="json", exclude_defaults=True) if new else None
    return {"actor": actor, "chosen": with_method, "new": added, "confirmed": confirmed, "charge_now": charge_now}
