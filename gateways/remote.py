"""The client of a scripted bank that runs as a process of its own (`gateways.process`), behind the same port.

Each call carries the caller's instant, so a virtual clock holds across the process boundary. A refused connection, a
time-out or a reply that cannot be read is `GatewayUnavailable`: what happened at the bank is then unknown, as in life.
"""

import http.client
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Final, TypeVar

from pydantic import TypeAdapter
from pydantic_core import from_json, to_jsonable_python

from gateways.intents import BankEntry, Call, Held
from gateways.port import Charge, GatewayUnavailable, Intent, MethodDetails, Notification, SetUp
from gateways.scripted import OUTCOMES
from paystates import clock

Answer = TypeVar("Answer")

_INTENT: Final = TypeAdapter(Intent)
_SET_UP: Final = TypeAdapter(SetUp)
_AUTHENTICATED: Final[TypeAdapter[Intent | SetUp]] = TypeAdapter(Intent | SetUp)
_DETAILS: Final = TypeAdapter(MethodDetails)
_ENTRIES: Final = TypeAdapter(list[BankEntry])
_CALLS: Final = TypeAdapter(list[Call])
_NOTIFICATIONS: Final = TypeAdapter(list[Notification])
_INSTANT: Final[TypeAdapter[datetime | None]] = TypeAdapter(datetime | None)
_HELD: Final = TypeAdapter(list[Held])
_NOTHING: Final[TypeAdapter[None]] = TypeAdapter(None)


class RemoteBank:
    """A `gateways.port.Gateway` at `address` ("127.0.0.1:port"). Safe to share between threads.

    `now` answers the instant that is sent with each call; `timeout` is how many real seconds a reply may take. Every
    call raises what the same call of `gateways.scripted.ScriptedBank` raises, and `GatewayUnavailable` besides.
    """

    def __init__(self, address: str, *, now: Callable[[], datetime] = clock.now, timeout: float = 10) -> None:
        self.address = address
        self._now = now
        self._timeout = timeout

    def open_intent(self, charge: Charge, key: str) -> Intent:
        """Make an unconfirmed intent, as `ScriptedBank.open_intent`."""
        return self._ask("open_intent", _INTENT, charge=charge, key=key)

    def confirm(self, intent_id: str, key: str) -> Intent:
        """Ask for the money, as `ScriptedBank.confirm`."""
        return self._ask("confirm", _INTENT, intent_id=intent_id, key=key)

    def read(self, intent_id: str) -> Intent:
        """The intent as it stands, as `ScriptedBank.read`."""
        return self._ask("read", _INTENT, intent_id=intent_id)

    def find(self, reference: str) -> Intent:
        """The newest intent under our reference, as `ScriptedBank.find`."""
        return self._ask("find", _INTENT, reference=reference)

    def cancel(self, intent_id: str) -> Intent:
        """Fence off an intent, as `ScriptedBank.cancel`."""
        return self._ask("cancel", _INTENT, intent_id=intent_id)

    def set_up(self, token: str, reference: str, *, password: str | None = None, ask_password: bool = False) -> SetUp:
        """Check a token, as `ScriptedBank.set_up`."""
        asked = {"token": token, "reference": reference, "password": password, "ask_password": ask_password}
        return self._ask("set_up", _SET_UP, **asked)

    def update_details(self, token: str, details: MethodDetails, security_code: str | None, key: str) -> SetUp:
        """Save details, as `ScriptedBank.update_details`."""
        asked = {"token": token, "details": details, "security_code": security_code, "key": key}
        return self._ask("update_details", _SET_UP, **asked)

    def read_details(self, token: str) -> MethodDetails:
        """The details as the bank has them, as `ScriptedBank.read_details`."""
        return self._ask("read_details", _DETAILS, token=token)

    def ledger(self) -> list[BankEntry]:
        """The bank's own books, as `ScriptedBank.ledger`."""
        return self._ask("ledger", _ENTRIES)

    def calls(self) -> list[Call]:
        """Every call of the port so far, as `ScriptedBank.calls`."""
        return self._ask("calls", _CALLS)

    def notifications(self, until: datetime) -> list[Notification]:
        """Take the notifications that are due, as `ScriptedBank.notifications`."""
        return self._ask("notifications", _NOTIFICATIONS, until=until)

    def next_notification_at(self) -> datetime | None:
        """When the next notification is due, as `ScriptedBank.next_notification_at`."""
        return self._ask("next_notification_at", _INSTANT)

    def authenticate(self, reference_or_token: str, *, ok: bool = True) -> Intent | SetUp:
        """The customer authenticates, as `ScriptedBank.authenticate`."""
        return self._ask("authenticate", _AUTHENTICATED, reference_or_token=reference_or_token, ok=ok)

    def renew_method(self, token: str, *, expires: date | None = None, last4: str | None = None) -> None:
        """The issuer renews the card, as `ScriptedBank.renew_method`."""
        self._ask("renew_method", _NOTHING, token=token, expires=expires, last4=last4)

    def remove_method(self, token: str) -> None:
        """The method disappears at the bank, as `ScriptedBank.remove_method`."""
        self._ask("remove_method", _NOTHING, token=token)

    def waiting(self, within: float = 0) -> list[Held]:
        """The confirms that stand still, as `ScriptedBank.waiting`; `within` must be less than the time-out."""
        return self._ask("waiting", _HELD, within=within)

    def release(self, intent_id: str | None = None) -> list[Held]:
        """Let the held confirms go on, as `ScriptedBank.release`."""
        return self._ask("release", _HELD, intent_id=intent_id)

    def _ask(self, method: str, answers: TypeAdapter[Answer], **arguments: object) -> Answer:
        question = json.dumps(to_jsonable_python({"now": self._now(), "arguments": arguments}))
        connection = http.client.HTTPConnection(self.address, timeout=self._timeout)
        try:
            connection.request("POST", f"/{method}", question, {"Content-Type": "application/json"})
            reply = from_json(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise GatewayUnavailable(f"{method} at the bank {self.address}: {error or type(error).__name__}") from error
        finally:
            connection.close()
        if "error" in reply:
            kind = next((kind for kind, word in OUTCOMES.items() if word == reply["error"]), GatewayUnavailable)
            raise kind(reply["message"])
        return answers.validate_python(reply["answer"])
