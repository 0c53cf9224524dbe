"""What a row of the journal is to other systems: of which kind it is, and the message that a web hook is sent of it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from activities.desk import step_from
from domain.webhooks import Endpoint
from paystates.engine import HOUSE, End
from states.procedures import RELEASED
from store.port import BOOK, JournalRow

BUILT_IN = frozenset({HOUSE.id, "provider"})
"""The actors of every book that are nobody's person."""


class Happening(StrEnum):
    """What happened, in one word: a procedure moved, ended or refused an order, or somebody wrote the book."""

    ENDED = "procedure.ended"
    REFUSED = "procedure.refused"
    MOVED = "procedure.moved"
    NOTED = "book.noted"


class Reason(BaseModel):
    """One refusal, with what would help."""

    model_config = ConfigDict(frozen=True)

    code: str
    sentence: str
    remedy: str
    source: str


class Message(BaseModel):
    """What a web hook is sent: ids, words of closed lists and sentences. Who wants more asks the API for the subject.

    `id` is the same however often it is delivered. `cursor` is where the events of the account go on after it.
    """

    model_config = ConfigDict(frozen=True, json_schema_extra={"title": "Webhook message"})

    id: str = Field(examples=["evt_1042"])
    type: str = Field(examples=["procedure.ended"])
    at: datetime
    cursor: int = Field(examples=[1042])
    account: str | None = Field(examples=["contoso"])
    subject: str = Field(examples=["charge-retry/2026-1001"])
    procedure: str = Field(examples=["charge-retry"])
    definition: str = Field(examples=["charge-retry@1"])
    run: str
    sequence: int = Field(examples=[7])
    event: str = Field(examples=["charged"])
    actor: str = Field(examples=["paystates"])
    state: str = Field(examples=["recovered"])
    title: str = Field(examples=["The invoice is paid"])
    verdict: str | None = Field(None, examples=["done"])
    refusals: tuple[Reason, ...] = ()


def happening(row: JournalRow) -> Happening:
    """What a row tells."""
    if row.definition == BOOK:
        return Happening.NOTED
    if not row.accepted:
        return Happening.REFUSED
    return Happening.ENDED if end_of(row) is not None and row.source != row.target else Happening.MOVED


def end_of(row: JournalRow) -> End | None:
    """The end a row led to; None when it led to no end, or to one of a definition that is kept no more."""
    procedure = RELEASED.get(row.definition)
    state = None if procedure is None else procedure.states.get(row.target)
    return state if isinstance(state, End) else None


def is_wanted(endpoint: Endpoint, row: JournalRow) -> bool:
    """Whether an endpoint is told of a row. A wake-up that came too late is refused too, and is no news to anybody."""
    what = happening(row)
    if endpoint.account_id not in {None, row.account_id} or what not in endpoint.wants:
        return False
    return what is not Happening.REFUSED or row.actor not in BUILT_IN


def event_id(position: int) -> str:
    """The id of what a row tells, by which whoever is told twice knows it again."""
    return f"evt_{position}"


def message(position: int, row: JournalRow) -> Message:
    """The message of a row."""
    procedure = RELEASED.get(row.definition)
    state = None if procedure is None else procedure.states.get(row.target)
    end = end_of(row)
    return Message(
        id=event_id(position),
        type=happening(row),
        at=row.at,
        cursor=position,
        account=row.account_id,
        subject=row.procedure,
        procedure=row.procedure.partition("/")[0],
        definition=row.definition,
        run=row.run,
        sequence=row.sequence,
        event=row.event_kind,
        actor=row.actor,
        state=row.target,
        title="" if state is None else state.title.replace("{", "").replace("}", ""),
        verdict=None if end is None else end.verdict.value,
        refusals=tuple(
            Reason(code=one.code, sentence=one.sentence, remedy=one.remedy, source=one.source) for one in step_from(row).refusals
        ),
    )
