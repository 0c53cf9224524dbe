"""How each procedure is started from Python: its subject and its choices as typed arguments, a typed handle as the answer.

The same request twice is answered by the one that is running; when another one is running for the same subject, `OtherRequest`
names it. Choices may be made at once, or later by `act`: the same rules hold.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from paystates.handles import Handle

if TYPE_CHECKING:  # all procedures at once are slow to import, and who starts them needs none of them
    from states.add_method import AddMethodAction
    from states.change_single_subscription import ChangeSingleSubscriptionAction
    from states.charge_retry import ChargeRetryAction
    from states.delete_with_dependents import DeleteWithDependentsAction
    from states.facts import NewMethod
    from states.methods import Details
    from states.replace_all import ReplaceAllAction
    from states.settle_balance import SettleBalanceAction
    from states.update_details import UpdateDetailsAction


class Starts(ABC):
    """The typed starts, over the one that takes plain data."""

    @abstractmethod
    async def _begin(self, procedure: str, data: Mapping[str, Any], delay: timedelta | None = None) -> Handle[Any]:
        """Start any procedure with plain data; the front desk does it."""

    async def charge_retry(
        self, invoice: str, *, attempt: int | None = None, charge_now: bool = False
    ) -> "Handle[ChargeRetryAction]":
        """Collect an invoice.

        `attempt`: one the provider told us about, to be looked up first. `charge_now`: charge a newly bound method at once.
        """
        return await self._begin("charge-retry", {"invoice": invoice, "hint": attempt, "charge_now": charge_now})

    async def replace_all(
        self,
        method: str,
        *,
        actor: str,
        with_method: str | None = None,
        new: "NewMethod | None" = None,
        confirmed: bool = False,
        charge_now: bool = False,
    ) -> "Handle[ReplaceAllAction]":
        """Move everything that pays with a method to `with_method`, or to the `new` one; `confirmed`: ask nobody (G26 to G34)."""
        return await self._begin("replace-all", {"method": method, **_choice(actor, with_method, new, confirmed, charge_now)})

    async def change_single_subscription(
        self,
        subscription: str,
        *,
        actor: str,
        with_method: str | None = None,
        new: "NewMethod | None" = None,
        confirmed: bool = False,
        charge_now: bool = False,
    ) -> "Handle[ChangeSingleSubscriptionAction]":
        """Let one subscription pay with another method; its siblings stay as they are (G35 to G40)."""
        choice = _choice(actor, with_method, new, confirmed, charge_now)
        return await self._begin("change-single-subscription", {"subscription": subscription, **choice})

    async def delete_with_dependents(
        self,
        method: str,
        *,
        actor: str,
        with_method: str | None = None,
        new: "NewMethod | None" = None,
        confirmed: bool = False,
        charge_now: bool = False,
    ) -> "Handle[DeleteWithDependentsAction]":
        """Delete a method; what depends on it is moved first (G41 to G52)."""
        choice = _choice(actor, with_method, new, confirmed, charge_now)
        return await self._begin("delete-with-dependents", {"method": method, **choice})

    async def add_method(self, account: str, request: str, new: "NewMethod", *, actor: str) -> "Handle[AddMethodAction]":
        """Put a method on file, bound to nothing (G16). `request` is the caller's own name for this: given twice, it adds one."""
        data = {"account": account, "request": request, "new": new.model_dump(mode="json"), "actor": actor}
        return await self._begin("add-method", data)

    async def update_details(
        self,
        method: str,
        *,
        actor: str,
        details: "Details | None" = None,
        security_code: str | None = None,
        charge_now: bool | None = None,
    ) -> "Handle[UpdateDetailsAction]":
        """Edit holder, billing address or expiry, never the number (G20); `security_code` is the provider's token of it (G21).

        `charge_now`: whether what waited for the method is paid at once (G24); None: the customer is asked.
        """
        edited = details.model_dump(mode="json", exclude_none=True) if details else None
        data = {"method": method, "actor": actor, "details": edited, "security_code": security_code, "charge_now": charge_now}
        return await self._begin("update-details", data)

    async def settle_balance(
        self,
        method: str,
        *,
        actor: str,
        with_method: str | None = None,
        new: "NewMethod | None" = None,
        confirmed: bool = False,
        invoice: str | None = None,
    ) -> "Handle[SettleBalanceAction]":
        """Pay the whole balance on a declined method; in an MCA account one `invoice` of it (G60 to G64).

        It is paid with `with_method`, or with the `new` one that is put on file first; `confirmed`: ask nobody.
        """
        choice = _choice(actor, with_method, new, confirmed)
        return await self._begin("settle-balance", {"method": method, "invoice": invoice, **choice})


def _choice(
    actor: str,
    with_method: str | None,
    new: "NewMethod | None",
    confirmed: bool,  # noqa: FBT001 - passed on by name above
    charge_now: bool | None = None,  # noqa: FBT001 - the same
) -> dict[str, Any]:
    """The choices that may be made at the start, as start data. `charge_now` None: that is not one of them."""
    added = new.model_dump(mode="json", exclude_defaults=True) if new else None
    choice = {"actor": actor, "chosen": with_method, "new": added, "confirmed": confirmed}
    return choice if charge_now is None else {**choice, "charge_now": charge_now}
