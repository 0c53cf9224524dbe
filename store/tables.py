"""The tables of the account book in SQLAlchemy Core: one per record, with columns of the same names and shape.

They are derived from `store.records`, so that no record has a field its table lacks; `migrations/versions` spells them
out, and a test keeps the two equal. Nothing here is understood by one database only.
"""

# ruff: noqa: ARG002, D102 - the two hooks of a column type are as SQLAlchemy defines and documents them

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final, get_args, get_origin, get_type_hints

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

from domain.accounts import OPEN_STATUSES, Attempt, Case
from store.records import SHAPES, Shape, as_utc

WRITTEN: Final = "position"
"""The column that numbers the rows of a table that is read as it was written; no record has it."""

_ENUM_LENGTH: Final = 32


class Instant(TypeDecorator[datetime]):
    """A UTC instant: it refuses a naive datetime, and every database gives an aware one back.

    SQLite keeps no time zone: there it is a text of fixed width, in UTC, which sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else as_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else as_utc(value)


class Texts(TypeDecorator[tuple[str, ...]]):
    """A tuple of texts, as a JSON list."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> list[str]:
        return list(value or ())

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple(value or ())


class Instants(TypeDecorator[tuple[datetime, ...]]):
    """A tuple of UTC instants, as a JSON list of ISO 8601 texts; it refuses naive datetimes."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: tuple[datetime, ...] | None, dialect: Dialect) -> list[str]:
        return [as_utc(instant).isoformat() for instant in value or ()]

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> tuple[datetime, ...]:
        return tuple(datetime.fromisoformat(text) for text in value or ())


class KeyText(TypeDecorator[str]):
    """A text or None inside a primary key, where None is kept as the empty text: a key has no NULL on PostgreSQL."""

    impl = String
    cache_ok = True
    coerce_to_is_types = ()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:
        return value or ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value or None


_TYPES: Final[dict[Any, TypeEngine[Any]]] = {
    str: String(),
    int: BigInteger(),
    bool: Boolean(),
    date: Date(),
    datetime: Instant(),
    tuple[str, ...]: Texts(),
    tuple[datetime, ...]: Instants(),
}


def _values(words: type[StrEnum]) -> list[str]:
    return [word.value for word in words]


def _column_type(plain: Any) -> TypeEngine[Any]:
    """The column type of a field's type, None left out; `KeyError` for a type that no record has had yet."""
    if isinstance(plain, type) and get_origin(plain) is None and issubclass(plain, StrEnum):
        return Enum(plain, native_enum=False, length=_ENUM_LENGTH, values_callable=_values)
    return _TYPES[plain]


def _columns(shape: Shape) -> Iterator[Column[Any]]:
    """One column per field of the record, in the record's order."""
    if shape.as_written:
        yield Column(WRITTEN, BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    hints = get_type_hints(shape.record)
    for each in fields(shape.record):
        choices = get_args(hints[each.name])
        optional = type(None) in choices
        plain = choices[0] if optional else hints[each.name]
        in_key = each.name in shape.key
        refers = shape.refers.get(each.name)
        yield Column(
            each.name,
            KeyText() if optional and in_key else _column_type(plain),
            *([] if refers is None else [ForeignKey(f"{_TABLE_OF[refers]}.id")]),
            primary_key=in_key and not shape.as_written,
            autoincrement=False,
            nullable=optional and not in_key,
        )


def _indexes(shape: Shape) -> Iterator[Index]:
    """One index per lookup that the primary key does not answer by itself, and a unique one per unique field."""
    for lookup in shape.lookups:
        if shape.key[: len(lookup)] != lookup:
            yield Index(f"ix_{shape.table}_{'_'.join(lookup)}", *lookup)
    for name in shape.unique:
        yield Index(f"ux_{shape.table}_{name}", name, unique=True)


def _table(shape: Shape) -> Table:
    keys = [UniqueConstraint(*shape.key)] if shape.as_written else []
    return Table(shape.table, METADATA, *_columns(shape), *keys, *_indexes(shape))


METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
_TABLE_OF: Final = {shape.record: shape.table for shape in SHAPES}
TABLES: Final[dict[type[Any], Table]] = {shape.record: _table(shape) for shape in SHAPES}
"""The table of each record."""

_attempts = TABLES[Attempt]
_is_open = _attempts.c.status.in_(OPEN_STATUSES)
ONE_OPEN_ATTEMPT: Final = Index(
    "ux_attempts_open_invoice_id",
    _attempts.c.invoice_id,
    unique=True,
    sqlite_where=_is_open,
    postgresql_where=_is_open,
)
"""Law 1: at most one open attempt per debt, whoever asks."""

_cases = TABLES[Case]
_not_closed = _cases.c.closed_at.is_(None)
ONE_OPEN_CASE: Final = Index(
    "ux_cases_open_subject_kind",
    _cases.c.subject,
    _cases.c.kind,
    unique=True,
    sqlite_where=_not_closed,
    postgresql_where=_not_closed,
)
"""At most one open case of a kind about a procedure; those about a debt alone have no subject, and NULL is never a double."""
