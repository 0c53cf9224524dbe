"""What may be done in a scenario file: the steps, each with one deed, when it is done and by whom."""

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from domain.accounts import Role
from domain.data import Data
from domain.durations import parse_duration
from paystates.engine import Action
from paystates.orders import BadOrder, Refused, begin, read_action
from states.procedures import DECLARED
from store.book_file import MethodData


def _elapsed(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        message = f"{value} is not a time: count from the start, such as 0d, 3d or 3d 2h"
        raise ValueError(message)  # noqa: TRY004 - pydantic makes a sentence of a ValueError only
    return parse_duration(value) if value not in {"0", "0d"} else timedelta()


Elapsed = Annotated[timedelta, BeforeValidator(_elapsed)]
Amount = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$")]


class Receive(Data):
    """Money that came by other ways, such as a wire (G71)."""

    invoice: str | None = None
    amount: Amount
    reference: str = "wire"


class Credit(Data):
    """A credit. It waits for an attempt that is open; `refused` when it does not fit the balance."""

    invoice: str | None = None
    amount: Amount
    reference: str = "credit"


class Void(Data):
    """The rest of an invoice is voided. It waits for an attempt that is open; `refused` when nothing is left."""

    invoice: str | None = None
    reference: str = "void"


class AddMethod(Data):
    """A method is put on file. It is bound to nothing (G16)."""

    account: str | None = None
    method: MethodData


class Bind(Data):
    """A method is bound to a subscription or a billing profile."""

    subscription: str | None = None
    billing_profile: str | None = None
    method: str
    charge_now: bool = False

    @model_validator(mode="after")
    def _one_payer(self) -> Self:
        if (self.subscription is None) == (self.billing_profile is None):
            message = "binds to nothing or to two things: write either subscription or billing_profile"
            raise ValueError(message)
        return self


class Correct(Data):
    """A method's details are corrected."""

    method: str
    charge_now: bool = False


class Authenticate(Data):
    """The customer completes (or fails) what the bank asked for."""

    method: str
    ok: bool = True


class Withdraw(Data):
    """A role on the account is taken from somebody."""

    person: str
    role: Role


class Start(Data):
    """A procedure is started: its name, and the fields of its memory that a starter may set. Who does it is its actor."""

    model_config = ConfigDict(extra="allow")
    procedure: str

    def data(self, by: str) -> dict[str, Any]:
        """What it is started with."""
        declared = DECLARED.get(self.procedure)
        return {**(self.model_extra or {}), **({"actor": by} if declared is not None and declared.has_actor else {})}

    @property
    def subject(self) -> str:
        """Its id. `BadOrder` when it cannot be started so."""
        try:
            return begin(self.procedure, self.data("somebody")).subject
        except Refused:  # a number is in it: what refuses it, refuses it when the scenario is played
            return DECLARED[self.procedure].subject(self.model_extra or {})

    @model_validator(mode="after")
    def _can_be_started(self) -> Self:
        try:
            _ = self.subject
        except BadOrder as error:
            raise ValueError(str(error)) from None
        return self


class Named(Data):
    """What may name a procedure, by `on` or `invoice`; None: the only one."""

    on: str | None = None
    invoice: str | None = None

    @property
    def about(self) -> str | None:
        """Which procedure it names."""
        return self.on or self.invoice

    @model_validator(mode="before")
    @classmethod
    def _on_is_a_word(cls, data: object) -> object:
        """YAML reads an unquoted `on` as true."""
        return {"on" if name is True else name: value for name, value in data.items()} if isinstance(data, dict) else data


class Step(Named):
    """Something that is done: exactly one of the deeds. `refused` names the codes it must be refused with.

    `on` (or `invoice`) says which procedure an `act` goes to, when there are several.
    """

    at: Elapsed
    by: str = "paystates"
    start: Start | None = None
    act: dict[str, Any] | str | None = None
    refused: tuple[str, ...] | None = None
    receive: Receive | None = None
    credit: Credit | None = None
    void: Void | None = None
    add_method: AddMethod | None = None
    bind: Bind | None = None
    correct: Correct | None = None
    cancel_subscription: str | None = None
    authenticate: Authenticate | None = None
    withdraw: Withdraw | None = None
    mail_server: Literal["refuses", "accepts"] | None = None
    worker: Literal["restarts"] | None = None

    @property
    def deed(self) -> str:
        """Which of the fields is given."""
        given = [name for name in _DEEDS if getattr(self, name) is not None]
        return given[0] if given else ""

    def action(self, subject: str) -> Action:
        """The action of an `act`, for that procedure. `BadOrder`, or `Refused` when a number is in it."""
        data = {"kind": self.act} if isinstance(self.act, str) else dict(self.act or {})
        return read_action(data, subject)

    @model_validator(mode="after")
    def _one_deed(self) -> Self:
        given = [name for name in _DEEDS if getattr(self, name) is not None]
        if len(given) != 1:
            message = f"does {' and '.join(given) or 'nothing'}: write exactly one of {', '.join(_DEEDS)}"
            raise ValueError(message)
        return self


_DEEDS = (
    "act",
    "receive",
    "credit",
    "void",
    "add_method",
    "bind",
    "correct",
    "cancel_subscription",
    "authenticate",
    "withdraw",
    "start",
    "mail_server",
    "worker",
)

NAMED = (
    ("receive", "invoice", "invoice"),
    ("credit", "invoice", "invoice"),
    ("void", "invoice", "invoice"),
    ("add_method", "account", "account"),
    ("bind", "subscription", "subscription"),
    ("bind", "billing_profile", "billing profile"),
    ("bind", "method", "payment method"),
    ("correct", "method", "payment method"),
    ("authenticate", "method", "payment method or token"),
    ("withdraw", "person", "person"),
)
"""The names inside deeds: deed, field, and what it names."""
