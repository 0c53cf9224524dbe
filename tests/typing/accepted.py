"""What a type checker lets pass: every start, what its handle takes, and what comes back."""

from typing import assert_type

from domain.accounts import MethodKind
from paystates import Paystates, PaystatesPlugin, sync
from paystates.client import Handle, Refused, TimedOut, charge_retry_id
from paystates.engine import Refusal
from paystates.temporal.messages import Accepted, Happened, Outcome, View
from states.add_method import AddMethodAction
from states.charge_retry import ChargeRetryAction, Hold, RetryNow
from states.details import Edit
from states.facts import NewMethod
from states.methods import Choose, Confirm, Details
from states.replace_all import ReplaceAllAction
from states.settle_balance import SettleBalanceAction
from states.update_details import UpdateDetailsAction

CARD = NewMethod(token="tok", kind=MethodKind.CARD, network="visa", last4="4242", country="NO")


async def starts(desk: Paystates) -> None:
    assert_type(await desk.charge_retry("F-1", charge_now=True), Handle[ChargeRetryAction])
    assert_type(await desk.replace_all("m", with_method="m2", confirmed=True, actor="kari"), Handle[ReplaceAllAction])
    assert_type(await desk.add_method("a", "r", CARD, actor="kari"), Handle[AddMethodAction])
    assert_type(await desk.update_details("m", details=Details(holder="K"), actor="kari"), Handle[UpdateDetailsAction])
    assert_type(await desk.settle_balance("m", invoice="F-1", actor="kari"), Handle[SettleBalanceAction])
    await desk.change_single_subscription("s", new=CARD, actor="kari")
    await desk.delete_with_dependents("m", actor="kari")


async def acts(desk: Paystates) -> None:
    retry = await desk.charge_retry("F-1")
    try:
        assert_type(await retry.act(RetryNow(), actor="kari", seen=3, request="r"), Accepted)
    except Refused as refused:
        assert_type(refused.refusals, tuple[Refusal, ...])
    except TimedOut:
        assert_type(await retry.view(), View)
    assert_type(await retry.result(within=5), Outcome)
    async for happened in retry.watch(after=2):
        assert_type(happened, Happened)
    replacing = await desk.replace_all("m", actor="kari")
    await replacing.act(Choose(method="m2"), actor="kari")
    await replacing.act(Confirm(), actor="kari")
    again: Handle[ChargeRetryAction] = desk.handle(charge_retry_id("F-1"))
    await again.act(Hold(), actor="olga")


async def holds(anything_that_is_held: Handle[Hold]) -> None:
    """A handle that takes more is one that takes this."""
    await anything_that_is_held.act(Hold(), actor="olga")


async def passes_on(desk: Paystates) -> None:
    await holds(await desk.charge_retry("F-1"))


def waits(address: str) -> str:
    with sync.Paystates.connect(address, namespace="billing") as desk:
        replacing = desk.replace_all("m", with_method="m2", confirmed=True, actor="kari")
        assert_type(replacing, sync.SyncHandle[ReplaceAllAction])
        assert_type(replacing.act(Confirm(), actor="kari"), Accepted)
        desk.update_details("m", actor="kari").act(Edit(details=Details(holder="K"), security_code="s"), actor="kari")
        for happened in replacing.watch():
            assert_type(happened, Happened)
        return replacing.result().title


PLUGINS = [PaystatesPlugin()]
