"""The form of the decline table `declines.yaml`: its words, its rows, and what a malformed one is refused for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, cached_property
from itertools import combinations
from typing import Annotated, Literal, Self

from pydantic import Field, PlainValidator

from domain.data import Data, Place, load, load_packaged


class Category(StrEnum):
    """What to do after a decline, as `declines.yaml` explains; `look_up`: whether money moved is unknown."""

    RETRY = "retry"
    RETRY_LATER = "retry_later"
    LIMITED = "limited"
    FIX = "fix"
    SCA = "sca"
    NEVER = "never"
    OURS = "ours"
    LOOK_UP = "look_up"


class Reason(StrEnum):
    """The brief word a mail has for a decline (law 7). Lost, stolen and fraud are told as `declined`."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED = "expired"
    INCORRECT_DETAILS = "incorrect_details"
    LIMIT_REACHED = "limit_reached"
    BANK_UNAVAILABLE = "bank_unavailable"
    AUTHENTICATION = "authentication"
    ACCOUNT_PROBLEM = "account_problem"
    DECLINED = "declined"


class Source(StrEnum):
    """Whose code it is: the name of a table."""

    STRIPE = "stripe"
    STRIPE_ADVICE = "stripe_advice"
    VISA_ISO = "visa_iso"
    MASTERCARD_ISO = "mastercard_iso"
    MASTERCARD_MAC = "mastercard_mac"
    ACH = "ach"
    SEPA_SDD = "sepa_sdd"


BANK_SOURCES = frozenset({Source.ACH, Source.SEPA_SDD})


def _listed(value: object) -> Category | None:
    if value == "info":
        return None
    if value not in set(Category):
        raise ValueError(f"{value!r} is not a category: use one of {', '.join(Category)} or info")
    return Category(str(value))


_Count = Annotated[int, Field(strict=True, ge=0)]
_Codes = Annotated[tuple[str, ...], Field(min_length=1)]
_Listed = Annotated[Category | None, PlainValidator(_listed)]
Kind = Literal["network_advice", "provider_advice", "network", "provider"]
KINDS: tuple[Kind, ...] = ("network_advice", "provider_advice", "network", "provider")


class Dated(Data):
    """What holds from one day to another, both included; an open end is for ever."""

    from_: date | None = Field(None, alias="from")
    to: date | None = None

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day."""
        return self.from_ or date.min, self.to or date.max

    def holds(self, on: date) -> bool:
        """Whether it holds on that day."""
        return (self.from_ is None or self.from_ <= on) and (self.to is None or on <= self.to)

    @property
    def inverted(self) -> bool:
        """Whether it would end before it begins."""
        return self.span[0] > self.span[1]

    def overlaps(self, other: Self) -> bool:
        """Whether there is a day on which both hold."""
        return self.span[0] <= other.span[1] and other.span[0] <= self.span[1]


class Group(Dated):
    """Codes of one category. `wait_hours` is the network's own wait."""

    category: _Listed
    codes: _Codes
    wait_hours: _Count | None = None


class CodeTable(Data):
    """The codes of one source; `default` is for those not listed. `unauthorised` returns are never debited again."""

    default: _Listed
    groups: tuple[Group, ...]
    reasons: Mapping[Reason, _Codes] = {}
    unauthorised: tuple[str, ...] = ()

    def group(self, code: str, on: date) -> Group | None:
        """The group that lists the code on that day, None when none does."""
        return next((group for group in self._listing.get(code, ()) if group.holds(on)), None)

    @cached_property
    def _listing(self) -> Mapping[str, Sequence[Group]]:
        codes = {code for group in self.groups for code in group.codes}
        return {code: [group for group in self.groups if code in group.codes] for code in codes}


class Cap(Dated):
    """How many declined attempts a network allows on a card in a rolling window; no window is for ever.

    `per` says what else they must share to count together; `category` or `source` and `codes` narrow what counts.
    """

    name: str
    network: str
    max: _Count
    margin: _Count = 0
    window_hours: _Count | None = None
    per: tuple[Literal["amount", "initiator"], ...] = ()
    category: Category | None = None
    source: Source | None = None
    codes: tuple[str, ...] = ()

    @cached_property
    def window(self) -> timedelta | None:
        """The rolling window, None for ever."""
        return None if self.window_hours is None else timedelta(hours=self.window_hours)


class Representment(Data):
    """How often a bank debit returned with one of `codes` may be presented again, the amount unchanged."""

    network: str
    codes: _Codes
    max: _Count
    window_hours: _Count
    per: Literal["entry", "mandate"]

    @cached_property
    def window(self) -> timedelta:
        """How long after the first return it may be presented again."""
        return timedelta(hours=self.window_hours)


class ProviderTables(Data):
    """Which tables read the provider's codes."""

    provider_advice: Source
    provider: Source

    def by_kind(self) -> dict[Kind, Source]:
        """The table for each kind of code."""
        return {"provider_advice": self.provider_advice, "provider": self.provider}


class NetworkTables(Data):
    """Which tables read a network's codes, and what holds when no code decided."""

    network_advice: Source | None = None
    network: Source
    default: Category

    def by_kind(self) -> dict[Kind, Source]:
        """The table for each kind of code that the network gives."""
        advice: dict[Kind, Source] = {} if self.network_advice is None else {"network_advice": self.network_advice}
        return {**advice, "network": self.network}


class DeclineTable(Data):
    """The whole of `declines.yaml`, checked. What its fields mean is said there."""

    version: date
    precedence: tuple[Kind, ...]
    default: Category
    provider: ProviderTables
    networks: Mapping[str, NetworkTables]
    wait_hours: Mapping[Category, _Count]
    reasons: Mapping[Category, Reason]
    tables: Mapping[Source, CodeTable]
    caps: tuple[Cap, ...]
    representments: tuple[Representment, ...]
    bank_debits_per_debt: _Count

    @cached_property
    def longest_windows(self) -> Mapping[str, timedelta]:
        """The longest rolling window of each network that has one."""
        rows: list[Cap | Representment] = [*self.caps, *self.representments]
        windows = sorted((row.window, row.network) for row in rows if row.window is not None)
        return {network: window for window, network in windows}

    @cached_property
    def unauthorised(self) -> Mapping[str | None, frozenset[str]]:
        """The codes of each source by which the payer says that it never agreed."""
        return {source: frozenset(codes.unauthorised) for source, codes in self.tables.items()}

    @cached_property
    def words(self) -> Mapping[tuple[str, str | None], Reason]:
        """The brief word of each code of each source that has one of its own."""
        return {
            (source, code): reason
            for source, rows in self.tables.items()
            for reason, codes in reversed([*rows.reasons.items()])
            for code in codes
        }

    def asked(self, network: str) -> Sequence[tuple[Kind, Source]]:
        """Which table is asked for each kind of code on a network, in the order of precedence."""
        return self._asked.get(network, self._asked[""])

    @cached_property
    def _asked(self) -> Mapping[str, Sequence[tuple[Kind, Source]]]:
        provider = self.provider.by_kind()
        sources = {"": provider, **{name: provider | row.by_kind() for name, row in self.networks.items()}}
        return {name: [(kind, found[kind]) for kind in self.precedence if kind in found] for name, found in sources.items()}

    def faults(self) -> Iterator[tuple[Place, str]]:
        """Everything that is wrong between the fields (see `Data.faults`)."""
        if sorted(self.precedence) != sorted(KINDS):
            yield ("precedence",), f"must name each of {', '.join(KINDS)} once: correct it"
        for category in Category:
            if category not in self.reasons:
                yield ("reasons",), f"has no word for {category}: add {category}: declined"
        for place, source in self._sources():
            if source not in self.tables:
                yield place, f"there is no table {source} in this file: add it under tables"
        for name, table in self.tables.items():
            for place, message in (*_faults_of_groups(table.groups), *_faults_of_words(name, table)):
                yield ("tables", name, *place), message
        yield from _faults_of_caps(self.caps)

    def _sources(self) -> Iterator[tuple[Place, Source]]:
        for kind, source in self.provider.by_kind().items():
            yield ("provider", kind), source
        for network, row in self.networks.items():
            for kind, source in row.by_kind().items():
                yield ("networks", network, kind), source


def _faults_of_groups(groups: Sequence[Group]) -> Iterator[tuple[Place, str]]:
    for index, group in enumerate(groups):
        if group.inverted:
            yield ("groups", index, "to"), f"{group.to} is before {group.from_}: put the first day in from"
        for code in {code for code in group.codes if group.codes.count(code) > 1}:
            yield ("groups", index, "codes"), f"{code} is listed twice: keep one"
    for (_, group), (index, later) in combinations(enumerate(groups), 2):
        if group.overlaps(later):
            for code in sorted({*group.codes} & {*later.codes}):
                yield (
                    ("groups", index, "codes"),
                    f"{code} is listed twice for the same days: keep one, or part their dates",
                )


def _faults_of_words(name: Source, table: CodeTable) -> Iterator[tuple[Place, str]]:
    listed = {code for group in table.groups for code in group.codes}
    finished = {code for group in table.groups if group.category is Category.NEVER for code in group.codes}
    told: set[str] = set()
    for reason, codes in table.reasons.items():
        place: Place = ("reasons", reason)
        for code in codes:
            if code not in listed:
                yield place, f"{code} is in no group of this table: add it there, or remove it"
            elif code in finished and name not in BANK_SOURCES:
                yield place, f"{code} is never on a card, and told as a plain decline (law 7): remove it"
            elif code in told:
                yield place, f"{code} has two reasons: keep one"
            told.add(code)
    for code in table.unauthorised:
        if code not in finished:
            yield ("unauthorised",), f"{code} is in no group of category never: add it there"


def _faults_of_caps(caps: Sequence[Cap]) -> Iterator[tuple[Place, str]]:
    for index, cap in enumerate(caps):
        place: Place = ("caps", index)
        if cap.inverted:
            yield (*place, "to"), f"{cap.to} is before {cap.from_}: put the first day in from"
        if cap.window_hours is None and cap.max:
            yield place, f"{cap.max} attempts need a window to be counted in: add window_hours"
        if cap.margin and cap.margin >= cap.max:
            yield (*place, "margin"), f"a margin of {cap.margin} leaves nothing of {cap.max}: make it smaller"
        if bool(cap.codes) != (cap.source is not None):
            yield place, "source and codes belong together, since a code means nothing without its source: give both"
    for (_, cap), (index, later) in combinations(enumerate(caps), 2):
        if (cap.name, cap.network) == (later.name, later.network) and cap.overlaps(later):
            yield ("caps", index), f"{cap.name} holds twice on the same days: part the dates, or name them apart"


@cache
def packaged() -> DeclineTable:
    """The table packaged with `domain`, read once. Raises `DataError` when the file is malformed."""
    return load_packaged("declines.yaml", DeclineTable)


def read_table(text: str, source_name: str) -> DeclineTable:
    """A table from the text of another file of the same form. Raises `DataError` with every fault and its line."""
    return load(text, DeclineTable, source_name)
