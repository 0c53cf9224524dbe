"""The scripted bank: a payment provider in memory that does what a script says, a public test seam behind the port.

Each charge's outcome, delay and fault come from `gateways.script`; time comes from the caller's clock, and late
results, returns and chargebacks happen because it passes. Beyond the port the bank has what a test needs: its own
ledger, to compare with ours, a log of the calls, the notifications that are due, and what happens outside
(`authenticate`, `remove_method`). Idempotency keys hold for 24 hours; those of opening and of confirming are apart.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime

from gateways.intents import Answer, BankEntry, BankState, Call, Held, Life
from gateways.method_desk import KEYS_HOLD, MethodDesk
from gateways.port import Charge, Intent, IntentStatus, NoSuchIntent, Notification, SetUp
from gateways.reach import OUTCOMES, UnexpectedConfirm
from gateways.script import Fault, Hold, Script, Step
from paystates import clock

__all__ = ["KEYS_HOLD", "OUTCOMES", "ScriptedBank", "UnexpectedConfirm"]

Work = Callable[[datetime], Intent]


class ScriptedBank(MethodDesk):
    """A `gateways.port.Gateway` that follows a script. Safe to share between threads.

    `now` answers the caller's instant, `sleep` takes real seconds, `save` is given the state after every change and
    before the reply. A confirm whose step has a `hold` blocks the calling thread until another one calls `release`.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        now: Callable[[], datetime] = clock.now,
        sleep: Callable[[float], None] = time.sleep,
        state: BankState | None = None,
        save: Callable[[BankState], None] = lambda _: None,
    ) -> None:
        super().__init__(script or Script({}), now, state or BankState(), save)
        self._sleep = sleep
        self._holds: list[Held] = []
        self._holds_changed = threading.Condition()

    def open_intent(self, charge: Charge, key: str) -> Intent:
        """Make an unconfirmed intent; within 24 hours the same key answers the same one, afterwards a new one.

        Raises `ValueError` when the key was used for another charge or the amount is not positive, and
        `GatewayUnavailable`.
        """
        return self._answer("open_intent", lambda now: self._open(charge, key, now), reference=charge.reference)

    def confirm(self, intent_id: str, key: str) -> Intent:
        """Ask for the money, as the token's next step says. A confirmed or cancelled intent is answered as it stands.

        Raises `ValueError` when the key was used for another intent, `NoSuchIntent`, `GatewayUnavailable`, and
        `UnexpectedConfirm` where the script says so.
        """
        step = self._take_step(intent_id, key)
        self._stand(Hold.BEFORE_CHARGE, step, intent_id)
        try:
            return self._answer("confirm", lambda now: self._charge(intent_id, key, step, now), intent_id=intent_id)
        finally:
            self._stand(Hold.AFTER_CHARGE, step, intent_id)
            if step and step.slow:
                self._sleep(step.slow.total_seconds())

    def read(self, intent_id: str) -> Intent:
        """The intent as it stands now. Raises `NoSuchIntent` and `GatewayUnavailable`."""
        return self._answer("read", lambda now: self._life(intent_id, now).intent, intent_id=intent_id)

    def find(self, reference: str) -> Intent:
        """The newest intent under our reference. Raises `NoSuchIntent` and `GatewayUnavailable`."""
        return self._answer("find", lambda now: self._newest(reference, now).intent, reference=reference)

    def cancel(self, intent_id: str) -> Intent:
        """Fence off an intent that is unconfirmed or requires action; any other is answered as it stands.

        Raises `NoSuchIntent` and `GatewayUnavailable`.
        """
        return self._answer("cancel", lambda now: self._put(self._life(intent_id, now).cancelled()), intent_id=intent_id)

    def ledger(self) -> list[BankEntry]:
        """What has moved money up to now, in order of time: the bank's own books, apart from our store."""
        with self._lock:
            now = self._now()
            entries = [entry for life in self._state.lives.values() for entry in life.at(now).entries()]
            return sorted(entries, key=lambda entry: entry.at)

    def calls(self) -> list[Call]:
        """Every call of the port so far, in the order in which the bank dealt with them."""
        with self._lock:
            return list(self._state.calls)

    def notifications(self, until: datetime) -> list[Notification]:
        """Take the notifications that are due by `until`, in order of delivery: each once, or as scripted."""
        with self._changing():
            due = [note for note in self._untold() if note.at <= until]
            self._state.told.update(note.id for note in due)
            for note in due:
                if note.intent_id is not None:
                    self._put(self._state.lives[note.intent_id].at(note.at))
            return due

    def next_notification_at(self) -> datetime | None:
        """When the next notification is due, as things stand; None when there is none."""
        with self._lock:
            return min((note.at for note in self._untold()), default=None)

    def authenticate(self, reference_or_token: str, *, ok: bool = True) -> Intent | SetUp:
        """The customer authenticates the newest intent that requires it, or fails to (then it is declined).

        When there is none, the newest check that requires it. Raises `NoSuchIntent` when nothing under that reference or
        token requires action.
        """
        with self._changing() as now:
            for known in reversed(self._state.lives.values()):
                life = known.at(now)
                named = reference_or_token in {life.charge.reference, life.charge.token}
                if named and life.status is IntentStatus.ACTION_REQUIRED:
                    return self._put(life.authenticated(ok=ok))
            if checked := self._waits_for_holder(reference_or_token, now):
                return self._put_check(checked.authenticated(ok=ok))
        raise NoSuchIntent(f"no intent under {reference_or_token} requires action")

    def waiting(self, within: float = 0) -> list[Held]:
        """The confirms that stand still; when there are none, wait up to `within` real seconds for the first."""
        with self._holds_changed:
            self._holds_changed.wait_for(lambda: self._holds, timeout=within)
            return list(self._holds)

    def release(self, intent_id: str | None = None) -> list[Held]:
        """Let the held confirms go on, all of them or one intent's; answers which these were."""
        with self._holds_changed:
            released = [held for held in self._holds if intent_id in {None, held.intent_id}]
            self._holds = [held for held in self._holds if held not in released]
            self._holds_changed.notify_all()
            return released

    def _answer(self, method: str, work: Work, *, reference: str | None = None, intent_id: str | None = None) -> Intent:
        with self._lock:
            if life := self._state.lives.get(intent_id or ""):
                reference = life.charge.reference
            return self._logged(method, work, reference=reference, intent_id=intent_id)

    def _open(self, charge: Charge, key: str, now: datetime) -> Intent:
        if charge.amount < 1:
            raise ValueError(f"the amount {charge.amount} of {charge.reference} is not positive: charge one minor unit or more")
        if replayed := self._replayed("open", key, charge, now):
            return replayed
        step = self._script.step(charge.token, self._state.steps_taken.get(charge.token, 0))
        if step.fault is Fault.OPEN_FAILS:
            self._fail(self._next_step(charge.token), now)
        intent = self._put(Life.opened(f"in_{len(self._state.lives) + 1}", charge, now))
        self._state.answers[f"open {key}"] = Answer(charge, intent, now)
        return intent

    def _charge(self, intent_id: str, key: str, step: Step | None, now: datetime) -> Intent:
        if replayed := self._replayed("confirm", key, intent_id, now):
            return replayed
        life = self._life(intent_id, now)
        if life.status is not IntentStatus.UNCONFIRMED:
            return life.intent
        step = step or self._next_step(life.charge.token)
        if step.unexpected:
            raise UnexpectedConfirm(f"the script expects no confirm of {life.charge.reference} on {life.charge.token}")
        if step.fault in {Fault.TIME_OUT, Fault.UNAVAILABLE}:
            self._fail(step, now)
        removed = life.charge.token in self._state.removed
        intent = self._put(life.confirmed(Step(gone=True) if removed else step))
        self._state.answers[f"confirm {key}"] = Answer(intent_id, intent, now)
        if step.fault is Fault.REPLY_LOST:
            self._fail(step, now)
        return intent

    def _kept(self, operation: str, key: str, now: datetime) -> Answer | None:
        answer = self._state.answers.get(f"{operation} {key}")
        return answer if answer and now - answer.at < KEYS_HOLD else None

    def _replayed(self, operation: str, key: str, request: Charge | str, now: datetime) -> Intent | None:
        answer = self._kept(operation, key, now)
        if answer is None:
            return None
        if answer.request != request:
            raise ValueError(f"the idempotency key {key} was used for another {operation} request: take a new key")
        return answer.intent

    def _take_step(self, intent_id: str, key: str) -> Step | None:
        """The step of a confirm that is about to charge; None for one that will be answered without."""
        with self._changing() as now:
            life = self._state.lives.get(intent_id)
            if life is None or self._outage(now) is not None or self._kept("confirm", key, now):
                return None
            unconfirmed = life.at(now).status is IntentStatus.UNCONFIRMED
            return self._next_step(life.charge.token) if unconfirmed else None

    def _next_step(self, token: str) -> Step:
        taken = self._state.steps_taken.get(token, 0)
        self._state.steps_taken[token] = taken + 1
        return self._script.step(token, taken)

    def _life(self, intent_id: str, now: datetime) -> Life:
        if intent_id not in self._state.lives:
            raise NoSuchIntent(f"the bank has no intent {intent_id}")
        life = self._state.lives[intent_id] = self._state.lives[intent_id].at(now)
        return life

    def _newest(self, reference: str, now: datetime) -> Life:
        for life in reversed(self._state.lives.values()):
            if life.charge.reference == reference:
                return self._life(life.id, now)
        raise NoSuchIntent(f"the bank has no intent under the reference {reference}")

    def _put(self, life: Life) -> Intent:
        self._state.lives[life.id] = life
        return life.intent

    def _untold(self) -> list[Notification]:
        notes = [note for life in self._state.lives.values() for note in life.announcements()]
        notes += self._told_of_methods()
        return sorted((note for note in notes if note.id not in self._state.told), key=lambda note: note.at)

    def _stand(self, point: Hold, step: Step | None, intent_id: str) -> None:
        if step is None or step.hold is not point:
            return
        with self._holds_changed:
            held = Held(intent_id, self._state.lives[intent_id].charge.reference, point)
            self._holds.append(held)
            self._holds_changed.notify_all()
            self._holds_changed.wait_for(lambda: held not in self._holds)
