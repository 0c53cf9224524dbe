"""One account's procedures that race on one desk: what runs, what is seen of it, and what must hold at any moment."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from racer import Racer, When
from watched_book import Watch, WatchedBook

from activities import Desk, effects
from activities.charging import Fenced
from activities.desk import Overtaken, Wake
from domain.accounts import (
    Account,
    BillingProfile,
    Entry,
    EntryKind,
    Grant,
    Invoice,
    Method,
    MethodKind,
    PayerKind,
    Person,
    Role,
    Subscription,
)
from domain.ledger import balance
from gateways.intents import BankEntryKind
from gateways.port import GatewayUnavailable
from gateways.script import read_script
from gateways.scripted import ScriptedBank
from paystates import clock
from paystates.engine import (
    HOUSE,
    Action,
    Actor,
    Errand,
    Event,
    Moved,
    Request,
    Scope,
    Step,
    Unavailable,
    Walk,
    answered_before,
)
from paystates.orders import begin
from store.port import Book

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADMIN = Grant("kari", Role.GLOBAL_ADMIN, "fjord")
METHODS = ("card-a", "card-b", "card-c", "bank-d")
PAYERS = ("sub-1", "sub-2", "sub-3")
INVOICES = ("F-1", "F-2", "F-3")
OWED = 10_000

_TRIES = 8
"""How often an effect is tried that moves no money."""

_AT_FAULT = (Fenced, Overtaken, GatewayUnavailable)
"""What an effect may raise: a worker that woke too late, a look-up that another overtook, and a bank that is out of reach."""


def fill(book: Book, *, debts: bool = False) -> None:
    """Three cards and a bank account of Kari's; three subscriptions and a billing profile pay with two of them.

    Ola is an operator of ours. `debts`: each subscription has an invoice that falls due today.
    """
    with book.transaction() as pages:
        pages.put_account(Account("fjord", "Fjord", "NO", "nb", "Europe/Oslo"))
        pages.put_person(Person("kari", "fjord", "Kari", "kari@fjord.example"))
        pages.put_grant(ADMIN)
        pages.put_person(Person("ola", None, "Ola", "ola@operator.example"))
        pages.put_grant(Grant("ola", Role.OPERATOR))
        for name in METHODS:
            kind = MethodKind.BANK_ACCOUNT if name == "bank-d" else MethodKind.CARD
            expires = None if name == "bank-d" else date(2031, 4, 30)
            network = "sepa" if name == "bank-d" else "visa"
            pages.put_method(Method(name, "fjord", kind, network, f"tok-{name}", "4242", "NO", "kari", NOW, expires=expires))
        for name, method in zip(PAYERS, ("card-a", "card-a", "card-b"), strict=True):
            pages.put_subscription(Subscription(name, "fjord", name, method_id=method))
        pages.put_profile(BillingProfile("bp-1", "fjord", "Drift", method_id="card-b"))
        for name, payer in zip(INVOICES if debts else (), PAYERS, strict=False):
            pages.put_invoice(Invoice(name, "fjord", PayerKind.SUBSCRIPTION, payer, "NOK", NOW.date()))
            pages.add_entry(Entry(f"{name}/invoice", name, EntryKind.INVOICE, OWED, NOW))


def attach(book: Book, number: int) -> None:
    """Somebody buys a new subscription with a method that is on file."""
    with book.transaction() as pages:
        method = pages.method(METHODS[number])
        taken = len(pages.subscriptions("fjord"))
        if method is not None and not method.is_deleted:
            pages.put_subscription(Subscription(f"sub-new-{taken}", "fjord", "New", method_id=method.id))


class _Doors:
    """The bank as effects reach it: whatever else happens may happen right before and right after each call."""

    def __init__(self, bank: ScriptedBank, world: "World") -> None:
        self._bank = bank
        self._world = world

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._bank, name)

        def called(*args: Any, **named: Any) -> Any:
            self._world.pause()
            told = call(*args, **named)
            self._world.pause()
            return told

        return called


class World:
    """One desk, as workers have it, what runs there, and the watch that is kept. `book` is filled already."""

    def __init__(self, book: Book, bank: Mapping[str, Any] | None = None) -> None:
        self.now = NOW
        self.book = book
        self.watch = Watch()
        self.bank = ScriptedBank(read_script(bank))
        self.desk = Desk(WatchedBook(book, self.watch), _Doors(self.bank, self), self)
        self.racers: dict[str, Racer] = {}
        self.runs: dict[str, int] = {}
        self._pauses = 0
        self._meanwhile: Callable[[], None] | None = None

    def meanwhile(self, number: int, deed: Callable[[], None]) -> None:
        """Have it happen at the `number`th boundary from now: before an effect, or around one of its calls to the bank."""
        self._pauses, self._meanwhile = number, deed

    @property
    def has_happened(self) -> bool:
        """Whether that boundary has come."""
        return self._meanwhile is None

    def pause(self) -> None:
        """A boundary."""
        self._pauses -= 1
        if self._pauses == 0 and self._meanwhile is not None:
            deed, self._meanwhile = self._meanwhile, None
            deed()

    # What runs.

    def start(self, procedure: str, **data: Any) -> Racer:
        """Start it with these choices, as `kari`, unless it runs."""
        beginning = begin(procedure, data if procedure == "charge-retry" else {"actor": "kari", **data})
        subject, memory = beginning.subject, beginning.memory
        if subject in self.racers and not self.racers[subject].walk.is_over:
            return self.racers[subject]
        self.runs[subject] = self.runs.get(subject, 0) + 1
        newest = beginning.declared.newest
        walk: Walk[Any] = Walk(newest, memory, self, self.now, subject, str(self.runs[subject]), stepwise=True)
        self.racers[subject] = Racer(walk)
        chosen = data.get("chosen") or data.get("new", {}).get("token")
        if procedure == "settle-balance" and data.get("confirmed") and chosen:
            self.watch.confirmed.add((subject, chosen))
        return self.racers[subject]

    def act(self, racer: Racer, action: Action, actor: str = "kari") -> tuple[str, ...]:
        """Somebody acts, with the roles the book has."""
        walk = racer.walk
        walk.now = self.now
        chosen = getattr(walk.snapshot.memory, "chosen", None)
        codes = racer.act(action, Actor(actor, self.desk.roles(actor, Scope.of(walk.procedure, walk.snapshot.memory))))
        if action.kind == "confirm" and not codes:
            self.watch.confirmed.add((walk.subject, chosen))
        return codes

    def step(self, racer: Racer, kill: When | None = None) -> bool:
        """One step of it, now."""
        racer.walk.now = self.now
        return racer.step(kill)

    def rest(self, racer: Racer) -> None:
        """Step until it rests and has heard everything."""
        for _ in range(500):
            if not self.step(racer):
                return
        raise AssertionError(f"{racer.walk.subject} goes round and round, and stands {racer.walk.state}")

    def rest_all(self) -> None:
        """Everything that runs comes to a rest."""
        for _ in range(50):
            for racer in list(self.racers.values()):
                self.rest(racer)
            if not any(one.request or (one.inbox and not one.walk.is_over) for one in self.racers.values()):
                return
        raise AssertionError("they wake each other without end")

    def passes(self) -> bool:
        """Time passes until the next thing is due anywhere; False when nothing is."""
        due = min((one.walk.due for one in self.racers.values() if one.walk.due is not None), default=None)
        if due is None:
            return False
        self.now = max(self.now, due)
        for racer in self.racers.values():
            if racer.walk.due is not None and racer.walk.due <= self.now:
                racer.travel(self.now)
        return True

    def finish(self) -> None:
        """Everything ends, by steps and by time."""
        for _ in range(1_000):
            self.rest_all()
            if not self.passes():
                break
        for subject, racer in self.racers.items():
            assert racer.walk.is_over, f"{subject} stands {racer.walk.state}, and nothing is due"

    # The world of the walks.

    def answer(self, errand: Errand[Request[Any]]) -> Event:
        """Carry it out, unless it was, and only the reply was lost."""
        self.pause()
        with clock.at(errand.now):
            before = answered_before(self.desk.written(errand.subject, errand.run, errand.sequence), errand)
            if before is not None:
                return before
        return self.carry_out(errand)

    def carry_out(self, errand: Errand[Request[Any]]) -> Event:
        """Carry it out, whether it was or not: as by a worker that looked in the journal, and then slept."""
        for _ in range(1 if errand.request.moves_money else _TRIES):
            with clock.at(errand.now):
                try:
                    return effects.by_request[type(errand.request)](self.desk, errand)
                except _AT_FAULT as error:
                    detail = type(error).__name__
                except Exception as error:  # noqa: BLE001 - as on the server: whatever an effect raises is infrastructure
                    self.watch.broken.append(f"{errand.subject}: {errand.request.kind} raised {error!r}")
                    return Unavailable(detail=type(error).__name__)
        return Unavailable(detail=detail)

    def journal(self, subject: str, run: str, steps: tuple[Step, ...]) -> None:
        """Keep what no effect carries."""
        self.desk.keep(subject, run, steps, "fjord")

    def wake(self, wakes: Sequence[Wake]) -> tuple[str, ...]:
        """What runs is told where it rests; what is to begin, begins."""
        return tuple(one.invoice for one in wakes if self._wake(one))

    def _wake(self, wake: Wake) -> bool:
        racer = self.racers.get(wake.to)
        if racer is None or racer.walk.is_over:
            if wake.starts is not None:
                self.start(wake.procedure, **wake.starts)
            return wake.starts is not None
        house = Actor(HOUSE.id, self.desk.roles(HOUSE.id, Scope("fjord")))
        walk = racer.walk
        taken = racer.request is not None or isinstance(
            walk.procedure.decide(walk.snapshot, wake.action, house, clock.now()), Moved
        )
        if taken:
            racer.inbox.append((wake.action, house))
        return taken

    # What holds at any moment.

    def check(self) -> None:
        """Nothing points at a deleted method; a profile pays with a card; one open attempt a debt; nobody pays twice."""
        assert self.watch.broken == []
        with self.book.transaction() as pages:
            alive = {one.id: one for one in pages.methods("fjord")}
            for payer in (*pages.subscriptions("fjord"), *pages.profiles("fjord")):
                assert payer.method_id in alive, f"{payer.id} points at {payer.method_id}"
            for profile in pages.profiles("fjord"):
                assert profile.method_id is not None
                assert alive[profile.method_id].kind is MethodKind.CARD, "C5"
            invoices = pages.invoices("fjord")
            for one in invoices:
                assert sum(attempt.is_open for attempt in pages.attempts(one.id)) <= 1, "law 1"
                assert balance(pages.entries(one.id)) >= 0, "law 6"
        assert self.taken() <= OWED * len(invoices), "U1"
        self.check_charges()

    def check_charges(self) -> None:
        """What the bank was asked to charge was bound when its attempt was reserved, or confirmed by who settled (law 4)."""
        for call in self.bank.calls():
            if call.method == "confirm":
                assert call.reference in self.watch.chargeable, f"{call.reference} was neither bound nor confirmed"

    def taken(self) -> int:
        """What the bank has taken and not given back."""
        with clock.at(self.now):
            return sum(one.amount if one.kind is BankEntryKind.CHARGE else -one.amount for one in self.bank.ledger())

    def check_end(self) -> None:
        """At the end also: no attempt is left open, and the bank has taken what the book says was paid."""
        self.check()
        with self.book.transaction() as pages:
            invoices = [one.id for one in pages.invoices("fjord")]
            attempts = [one for name in invoices for one in pages.attempts(name)]
            assert not any(one.is_open for one in attempts)
            ours = {f"{one.reference}/payment" for one in attempts}
            booked = -sum(one.amount for name in invoices for one in pages.entries(name) if one.reference in ours)
            booked += sum(one.amount for one in pages.account_credits("fjord") if "/excess" in one.reference)
            for subject, racer in self.racers.items():
                if subject.startswith("delete-with-dependents/"):
                    method = pages.method(racer.walk.snapshot.memory.method)
                    assert method is not None
                    assert racer.walk.state != "done" or method.is_deleted
        assert self.taken() == booked
