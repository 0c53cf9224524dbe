"""The yardstick: charge-retry's main path as a Temporal workflow written by hand, for the same effects and search attributes.

It knows declines and nothing else: no actions, no look-up, no journal of decisions beyond what its effects write.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel

    from activities.charging import charge
    from activities.debts import close_debt, open_debt
    from activities.desk import Desk
    from domain.accounts import Initiator
    from paystates import clock
    from paystates.engine import HOUSE, Step
    from paystates.temporal import announce
    from states import debts as ask

_ONCE = RetryPolicy(maximum_attempts=1)


class Told(BaseModel):
    """What an effect by hand answers."""

    paid: bool
    attempt: int
    account: str = ""
    slot: int | None = None
    next_at: datetime | None = None


class Asked(BaseModel):
    """What an effect by hand is asked."""

    invoice: str
    subject: str
    run: str
    sequence: int
    attempt: int = 1
    slot: int | None = None


@dataclass
class _Errand:
    """As much of an errand as the effects need: one journal row for each."""

    request: Any
    subject: str
    run: str
    sequence: int
    now: datetime

    def steps(self, answer: Any) -> tuple[Step, ...]:
        event = answer.model_dump(mode="json", exclude={"kind"})
        return (Step(self.sequence, self.now, "by-hand", HOUSE.id, answer.kind, event, "", ""),)


def activities_by_hand(desk: Desk) -> list[Any]:
    """The same effects, called directly."""

    def errand(asked: Asked, request: Any) -> Any:
        return _Errand(request, asked.subject, asked.run, asked.sequence, clock.now())

    @activity.defn(name="hand_open")
    def hand_open(asked: Asked) -> Told:
        answer: Any = open_debt(desk, errand(asked, ask.OpenDebt(invoice=asked.invoice)))
        debt = answer.debt
        return Told(paid=False, attempt=0, account=debt.account, slot=debt.next_slot, next_at=debt.next_at)

    @activity.defn(name="hand_charge")
    def hand_charge(asked: Asked) -> Told:
        request = ask.Charge(
            invoice=asked.invoice, attempt=asked.attempt, slot=asked.slot, automatic=True, initiator=Initiator.MERCHANT
        )
        answer: Any = charge(desk, errand(asked, request))
        debt = answer.debt
        paid = isinstance(answer, ask.Charged)
        return Told(paid=paid, attempt=asked.attempt, account=debt.account, slot=debt.next_slot, next_at=debt.next_at)

    @activity.defn(name="hand_close")
    def hand_close(asked: Asked) -> None:
        close_debt(desk, errand(asked, ask.CloseDebt(invoice=asked.invoice)))

    return [hand_open, hand_charge, hand_close]


@workflow.defn(name="by-hand", sandboxed=False)
class ByHand:
    """Open, then wait and charge until it is paid or no slot is left, then close. Outside the sandbox, as our procedures are."""

    @workflow.run
    async def run(self, invoice: str) -> str:
        """Until it ends."""
        info = workflow.info()
        asked = Asked(invoice=invoice, subject=info.workflow_id, run=info.run_id, sequence=1)
        told: Told = await workflow.execute_local_activity(
            "hand_open", asked, result_type=Told, start_to_close_timeout=timedelta(seconds=10)
        )
        attempt = 0
        while told.next_at is not None and not told.paid:
            self._announce("waiting", told.account, attempt, told.next_at)
            await workflow.sleep(told.next_at - workflow.now(), summary="next attempt")
            attempt += 1
            asked = asked.model_copy(update={"attempt": attempt, "slot": told.slot, "sequence": asked.sequence + 1})
            told = await workflow.execute_activity(
                "hand_charge",
                asked,
                result_type=Told,
                start_to_close_timeout=timedelta(seconds=60),
                heartbeat_timeout=timedelta(seconds=10),
                retry_policy=_ONCE,
                summary=f"attempt {attempt}",
            )
        if not told.paid:
            asked = asked.model_copy(update={"sequence": asked.sequence + 1})
            await workflow.execute_local_activity("hand_close", asked, start_to_close_timeout=timedelta(seconds=10))
        state = "recovered" if told.paid else "exhausted"
        self._announce(state, told.account, attempt, None)
        return state

    def _announce(self, state: str, account: str, attempt: int, due: datetime | None) -> None:
        changes: list[Any] = [
            announce.STATE.value_set(state),
            announce.PROCEDURE.value_set("by-hand"),
            announce.ACCOUNT.value_set(account),
            announce.ATTEMPT.value_set(attempt),
        ]
        changes.append(announce.DUE_AT.value_set(due) if due else announce.DUE_AT.value_unset())
        workflow.upsert_search_attributes(changes)
        workflow.set_current_details(f"{state}, attempt {attempt}")


@workflow.defn(name="by-hand-sandboxed")
class ByHandSandboxed(ByHand):
    """The same in Temporal's sandbox, with our modules and this one passed through."""

    @workflow.run
    async def run(self, invoice: str) -> str:
        """Until it ends."""
        return await ByHand.run(self, invoice)
