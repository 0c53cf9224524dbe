"""What a procedure asks about payment methods, and what it may be answered: shared by all that choose, move, add and delete.

Business facts are answers: a rule that a commit finds broken comes back as `Conflicted` with all its refusals (law 5). `era` is
the one in which the procedure began, whose rules judge it to its end; None: it begins now, in its account's.
"""

from datetime import date, datetime, timedelta
from typing import ClassVar, Literal

from pydantic import Field

from domain.accounts import Era, PayerKind
from paystates.engine import Action, Event, Refusal, Request
from states.facts import Facts, Item, NewMethod, Picture

PAGE = 250
"""How many dependents are moved in one transaction."""


class Conflict(Facts):
    """An item that could not be moved and stays as it was, and why (G33), with the facts of the case."""

    item: Item
    code: str
    sentence: str
    remedy: str = ""
    facts: dict[str, str] = Field(default_factory=dict)


# Looking.


class MovedBefore(Facts):
    """What was moved before a Reset: how many items, where to, and whether it was confirmed to charge them at once (U6)."""

    count: int
    target: str
    charge_now: bool


class Reviewed(Event):
    """The picture as the book has it, and the roles that whoever started the procedure has now (G1).

    `moved`: what was moved by the runs that this one was made of by a Reset, if anything was.
    """

    kind: Literal["reviewed"] = "reviewed"
    picture: Picture
    roles: frozenset[str]
    moved: MovedBefore | None = None


class NoSuchThing(Event):
    """The book has no such payment method or subscription, or it is deleted.

    `deleted`: a run that this one was made of by a Reset has deleted it.
    """

    kind: Literal["no_such_thing"] = "no_such_thing"
    what: str
    deleted: bool = False


class Review(Request[Reviewed | NoSuchThing]):
    """Read what the rules need; the actor's roles are looked up. Exactly one of the first three is given.

    `account`: the picture has no source, and every method of the account is a candidate (add-method).
    """

    kind: Literal["review"] = "review"
    local: ClassVar[bool] = True
    timeout: ClassVar[timedelta] = timedelta(seconds=10)
    method: str | None = None
    subscription: str | None = None
    account: str | None = None
    actor: str
    era: Era | None = None


# Moving.


class PageMoved(Event):
    """A page of items: `moved` of them point at the target now, the `conflicts` stay. `last` is where the next page begins after.

    `more`: another page may follow.
    """

    kind: Literal["page_moved"] = "page_moved"
    moved: int
    conflicts: tuple[Conflict, ...] = ()
    last: str = ""
    more: bool = False


class Conflicted(Event):
    """The commit found rules broken that held before: nothing was written. All the reasons at once."""

    kind: Literal["conflicted"] = "conflicted"
    refusals: tuple[Refusal, ...]


class MovePage(Request[PageMoved | Conflicted]):
    """Bind the next items of `source` after `after` to `target`, in one transaction that judges the rules again (law 5).

    `subscription`: only this one (G35). `actor` is who confirmed: the roles are looked up again. An item that points at
    the target already is not moved twice.
    """

    kind: Literal["move_page"] = "move_page"
    local: ClassVar[bool] = True
    timeout: ClassVar[timedelta] = timedelta(seconds=10)
    procedure: str = ""
    source: str | None = None
    subscription: str | None = None
    target: str
    actor: str
    after: str = ""
    limit: int = PAGE
    era: Era | None = None


class Verified(Event):
    """How many items still point at the source, apart from those in conflict; `moved`: how many were moved, by the book."""

    kind: Literal["verified"] = "verified"
    left: int
    moved: int = 0


class Verify(Request[Verified]):
    """Count what is left on the source: what was attached meanwhile is moved too (G33). `conflicts` are keys of items."""

    kind: Literal["verify"] = "verify"
    local: ClassVar[bool] = True
    source: str
    conflicts: tuple[str, ...] = ()


class Woken(Event):
    """The retries that were told of their new method, by invoice: the first of them, and how many there are in all."""

    kind: Literal["woken"] = "woken"
    invoices: tuple[str, ...] = ()
    count: int = 0


class WakeRetries(Request[Woken]):
    """Wake the open retries of what this procedure has bound to `method`; with `charge_now` they charge at once (U4, U6).

    `details`: its details were corrected, and whatever is bound to it is woken. `actor`: whoever asked; only what they may pay
    is charged at once. None: it was checked before. `said`: not that one asked, but whoever sent this kind of action last.
    """

    kind: Literal["wake_retries"] = "wake_retries"
    timeout: ClassVar[timedelta] = timedelta(minutes=5)
    method: str
    charge_now: bool = False
    details: bool = False
    actor: str | None = None
    said: str | None = None


# Deleting.


class Deleted(Event):
    """The method is deleted: it can neither be chosen nor charged any more."""

    kind: Literal["deleted"] = "deleted"


class DeleteMethod(Request[Deleted | Conflicted]):
    """Delete the method in a transaction that judges the rules again: a dependent attached meanwhile comes back (G47)."""

    kind: Literal["delete_method"] = "delete_method"
    local: ClassVar[bool] = True
    lasts: ClassVar[bool] = True
    method: str
    actor: str
    era: Era | None = None


# Adding and editing.


class Added(Event):
    """The method is on file, bound to nothing (G16); the picture as it is with it.

    `already`: it was before, put there by another request with the same token.
    """

    kind: Literal["added"] = "added"
    method: str
    picture: Picture
    already: bool = False


class MustAuthenticate(Event):
    """The card holder must authenticate by `until` (G23), or enter a one-time password (G22) when `password`."""

    kind: Literal["must_authenticate"] = "must_authenticate"
    until: datetime
    password: bool = False


class NotAdded(Event):
    """The provider or the bank did not accept it: nothing is on file."""

    kind: Literal["not_added"] = "not_added"
    why: str


class AddMethod(Request[Added | Conflicted | MustAuthenticate | NotAdded]):
    """Have the provider check the token, and put the method on file. It may be asked again: the same `request` adds one method.

    `method` or `subscription` is what its picture is wanted back of. `invoice`: the new one is to pay only that (G63).
    """

    kind: Literal["add_method"] = "add_method"
    timeout: ClassVar[timedelta] = timedelta(seconds=30)
    request: str
    account: str
    new: NewMethod
    actor: str
    password: str | None = None
    method: str | None = None
    subscription: str | None = None
    invoice: str | None = None
    era: Era | None = None


class Saved(Event):
    """The details are saved. `due` are collected invoices that may be paid with the method at once: no attempt is open (G24)."""

    kind: Literal["saved"] = "saved"
    due: tuple[str, ...] = ()


class Details(Facts):
    """What may be edited: holder, billing address, expiry (G20). None leaves it. Never the number."""

    holder: str | None = Field(default=None, description="the name on it", examples=["Kari Nordmann"])
    address: str | None = Field(default=None, description="the billing address", examples=["Storgata 1, 0155 Oslo"])
    expires: date | None = Field(default=None, description="the last day of the card's month", examples=["2029-04-30"])


class HalfSaved(Event):
    """The provider saved them, but the commit found rules against it, or the method gone: an operator's case is open."""

    kind: Literal["half_saved"] = "half_saved"
    refusals: tuple[Refusal, ...] = ()


class SaveDetails(Request[Saved | HalfSaved | Conflicted | NotAdded]):
    """Save edited details, checked by the provider with the security code's token (G21)."""

    kind: Literal["save_details"] = "save_details"
    method: str
    details: Details
    security_code: str | None = None
    actor: str
    era: Era | None = None


# What people may do.


class Choose(Action):
    """Choose an existing method."""

    kind: Literal["choose"] = "choose"
    method: str


class AddNew(Action):
    """Add a new method in the flow; it is chosen when it is on file (G28)."""

    kind: Literal["add_new"] = "add_new"
    new: NewMethod


class Authenticated(Action):
    """The card holder has authenticated, or has the one-time password. The provider is asked, the message is not believed."""

    kind: Literal["authenticated"] = "authenticated"
    secrets: ClassVar[frozenset[str]] = frozenset({"password"})
    password: str | None = None


class Confirm(Action):
    """Confirm what is shown (G31, G40). `charge_now`: open retries of what is moved charge at once (U6)."""

    kind: Literal["confirm"] = "confirm"
    charge_now: bool = False


class ChooseAnother(Action):
    """Go back and choose again. Nothing has changed."""

    kind: Literal["choose_another"] = "choose_another"


class ReadAgain(Action):
    """Read again what is due and what may be chosen: a method was corrected or added, an attempt has ended."""

    kind: Literal["read_again"] = "read_again"


ITEM_KINDS = {PayerKind.SUBSCRIPTION: "subscription", PayerKind.PROFILE: "billing profile"}
