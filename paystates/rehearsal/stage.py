"""What a scenario is played on: an account book, the scripted bank, the relay and its mail box; and what is done to them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from activities import Desk
from activities.bookkeeping import (
    BookkeepingError,
    DoesNotFit,
    add_method,
    bind,
    cancel_subscription,
    correct_details,
    credit,
    hear,
    receive_payment,
    void,
)
from activities.desk import Wake
from domain.accounts import Account, PayerKind, Role
from domain.money import Money
from gateways.port import NoSuchIntent, Notification
from gateways.scripted import ScriptedBank
from notices.relay import Relay
from notices.sender import CollectingSender, Handover, Sender
from paystates import clock
from paystates.rehearsal.scenario import Staged
from paystates.rehearsal.steps import Step
from store.book_file import AccountData
from store.files import method_of, write_book
from store.port import Book, Pages


class Bank(Protocol):
    """What a rehearsal needs of the scripted bank beside the port."""

    def notifications(self, until: datetime) -> list[Notification]:
        """What it has told by then; told once."""

    def next_notification_at(self) -> datetime | None:
        """When it will tell something next."""


@dataclass
class Mailbox:
    """A mail server that may refuse for a while, in front of the sender that keeps the mails."""

    behind: Sender = field(default_factory=CollectingSender)
    refuses: bool = False

    def send(self, message: EmailMessage) -> Handover:
        """Hand it over, or refuse like a server that is down."""
        if self.refuses:
            raise ConnectionRefusedError("the mail server refuses")
        return self.behind.send(message)


class Stage:
    """A book filled from the scenario, its bank, and its relay."""

    def __init__(
        self, staged: Staged, book: Book, sender: Sender | None = None, link_base: str = "https://admin.example"
    ) -> None:
        """Fill the book. `sender` takes the mails (collected in memory when there is none)."""
        self.staged = staged
        self.book = book
        self.bank = ScriptedBank(staged.scenario.script)
        self.desk = Desk(book, self.bank)
        self.mailbox = Mailbox(sender or CollectingSender())
        self.relay = Relay(book, self.mailbox, from_address="billing@paystates.example", link_base=link_base)
        write_book(staged.scenario.book, book, staged.start)

    def relay_mails(self, now: datetime) -> None:
        """Let the relay hand over what is due."""
        with clock.at(now):
            self.relay.run_once(now)

    def hear_bank(self, now: datetime) -> list[Wake]:
        """Take in what the bank has told by now."""
        with clock.at(now):
            told = self.bank.notifications(now)
            return [wake for notification in told for wake in hear(self.book, notification, now, self.bank)]

    def do(self, step: Step, now: datetime) -> tuple[list[Wake], tuple[str, ...]]:
        """Do what a step says to the book, the bank or the mail server: whom to wake, and the codes it was refused with."""
        with clock.at(now):
            try:
                return self._do(step, now), ()
            except DoesNotFit:
                return [], ("DOES_NOT_FIT",)
            except BookkeepingError:
                return [], ("NOT_BOOKED",)
            except NoSuchIntent:
                return [], ("NOTHING_TO_AUTHENTICATE",)

    def _do(self, step: Step, now: datetime) -> list[Wake]:
        if step.receive is not None:
            invoice = self.invoice(step.receive.invoice)
            return receive_payment(self.book, invoice, self.money(invoice, step.receive.amount), step.receive.reference, now)
        if step.credit is not None:
            invoice = self.invoice(step.credit.invoice)
            money = self.money(invoice, step.credit.amount)
            return [*credit(self.book, invoice, money, step.credit.reference, now).wakes]
        if step.void is not None:
            return [*void(self.book, self.invoice(step.void.invoice), step.void.reference, now).wakes]
        if step.add_method is not None:
            account = next(one for one in self._accounts if step.add_method.account in {None, one.id})
            made = method_of(account, step.add_method.method, now)
            return add_method(self.book, replace(made, added_at=now))
        if step.bind is not None:
            kind = PayerKind.SUBSCRIPTION if step.bind.subscription else PayerKind.PROFILE
            payer = step.bind.subscription or step.bind.billing_profile or ""
            return bind(self.book, kind, payer, step.bind.method, charge_now=step.bind.charge_now)
        if step.correct is not None:
            return correct_details(self.book, step.correct.method, now, charge_now=step.correct.charge_now)
        if step.cancel_subscription is not None:
            return cancel_subscription(self.book, step.cancel_subscription)
        self._do_outside(step)
        return []

    def _do_outside(self, step: Step) -> None:
        """What is done to the bank, the mail server and the roles: nobody is woken by it."""
        if step.authenticate is not None:
            self.bank.authenticate(self.token(step.authenticate.method), ok=step.authenticate.ok)
        if step.withdraw is not None:
            self._withdraw(step.withdraw.person, step.withdraw.role)
        if step.mail_server is not None:
            self.mailbox.refuses = step.mail_server == "refuses"

    def _withdraw(self, person: str, role: Role) -> None:
        with self.book.transaction() as pages:
            for grant in pages.grants_of(person):
                if grant.role is role:
                    pages.remove_grant(grant)

    @property
    def _accounts(self) -> Sequence[AccountData]:
        return self.staged.scenario.book.accounts

    def invoice(self, named: str | None) -> str:
        """The invoice a step means: the only one that is collected, unless it names one."""
        return named or self.staged.scenario.collect[0]

    def account(self, invoice: str) -> str:
        """The account an invoice belongs to."""
        return next(one.id for one in self._accounts for each in one.invoices if each.id == invoice)

    def money(self, invoice: str, amount: str) -> Money:
        """An amount in the invoice's currency."""
        with self.book.transaction() as pages:
            found = pages.invoice(invoice)
        return Money.parse(amount, found.currency if found else "NOK")

    def method_id(self, named: str) -> str:
        """The id of a method that the file names by its id, or by its token when it was added on the way."""
        with self.book.transaction() as pages:
            found = pages.method_by_token(named)
        return found.id if found else named

    def names(self, pages: Pages, account: Account) -> dict[str, str]:
        """What the file calls each method of an account: by its id, or by its token when it was added on the way."""
        named = self.staged.scenario.method_ids
        return {one.id: one.id if one.id in named else one.token for one in pages.methods(account.id, deleted=True)}

    def token(self, method: str) -> str:
        """The provider's token of a method."""
        with self.book.transaction() as pages:
            found = pages.method(method)
        return found.token if found else method
