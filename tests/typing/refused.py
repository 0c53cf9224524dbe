"""What a type checker refuses: exactly the lines that are marked."""

from paystates import Paystates, sync
from paystates.client import Handle
from states.charge_retry import ChargeRetryAction, Hold, RetryNow
from states.methods import Choose
from states.replace_all import ReplaceAllAction


async def wrong_starts(desk: Paystates) -> None:
    await desk.replace_all("m")  # E: somebody must start it
    await desk.charge_retry("F-1", actor="kari")  # E: the house starts it
    await desk.replace_all("m", "m2", actor="kari")  # E: choices are named
    await desk.replace_all("m", new="tok", actor="kari")  # E: a token alone is no method
    await desk.settle_balance("m", actor="kari", charge_now=True)  # E: it charges anyway
    await Paystates.connect(port=7233)  # E: an address has its port


async def wrong_actions(desk: Paystates) -> None:
    retry = await desk.charge_retry("F-1")
    await retry.act(Choose(method="m2"), actor="kari")  # E: nothing is chosen in a retry
    await retry.act(RetryNow())  # E: nobody sends it
    await retry.act("retry_now", actor="kari")  # E: a name is no action
    replacing = await desk.replace_all("m", actor="kari")
    await replacing.act(Hold(), actor="olga")  # E: it cannot be held
    (await replacing.view()).visit  # noqa: B018 - reading it is the mistake  # E: its stand has that
    (await replacing.result()).verdict = "failed"  # E: frozen
    replacing.act(Choose(method="m2"), actor="kari").state  # noqa: B018 - the same  # E: not awaited


async def wrong_handles(desk: Paystates, holds: Handle[Hold]) -> tuple[object, object]:
    more: Handle[ChargeRetryAction] = holds  # E: it takes less
    other: Handle[ReplaceAllAction] = await desk.charge_retry("F-1")  # E: another procedure's
    return more, other


def wrong_waits(desk: sync.Paystates) -> None:
    retry = desk.charge_retry("F-1")
    retry.act(Choose(method="m2"), actor="kari")  # E: nothing is chosen in a retry
    desk.replace_all("m")  # E: somebody must start it
    desk.charge_retry(7)  # E: an invoice has a name
