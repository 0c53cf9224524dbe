"""The history of the schema leads to the tables that the code uses."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from domain.accounts import OPEN_STATUSES, Case, EntryKind, LedgerOrder, PayerKind, Rebinding
from store.errors import BookUnusable
from store.migrations import HEAD, configuration
from store.records import BUILT_IN, BUILT_IN_GRANTS, SHAPES
from store.sql import SqlBook
from store.tables import METADATA, ONE_OPEN_ATTEMPT


@pytest.fixture
def migrated(tmp_path):
    with closing(SqlBook.create(f"sqlite:///{tmp_path}/book.db")) as book:
        yield book


@pytest.fixture
def new_postgres(postgres_server) -> str:
    """The address of a PostgreSQL database with nothing in it."""
    return postgres_server.url(postgres_server.new_database())


@pytest.fixture
def migrated_postgres(new_postgres):
    with closing(SqlBook.create(new_postgres)) as book:
        yield book


def statements(connection) -> dict[str, str]:
    """Every table and index as SQLite keeps its definition, without what the order of writing or a renaming changes."""
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%' AND sql NOTNULL"))
    return {name: " ".join(sorted(re.split(r"[\s,]+", sql.replace('"', "")))) for name, sql in rows}


@pytest.mark.parametrize("database", ["migrated", "migrated_postgres"])
def test_the_migrated_schema_is_the_metadata(database, request):
    """Alembic would generate no further revision."""
    with request.getfixturevalue(database).engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": METADATA}
        )
        assert compare_metadata(context, METADATA) == []


def test_every_definition_is_the_same_to_the_letter(migrated):
    """What Alembic does not compare: the conditions of partial indexes, and the names of keys."""
    made = create_engine("sqlite://")
    with migrated.engine.connect() as connection, made.begin() as other:
        METADATA.create_all(other)
        assert statements(connection) == statements(other)
    made.dispose()


def test_every_definition_is_the_same_on_postgresql_too(migrated_postgres, postgres_server):
    """The types, the conditions of indexes and the names of keys, as PostgreSQL says them."""
    made = create_engine(postgres_server.url(postgres_server.new_database()))
    with migrated_postgres.engine.connect() as connection, made.begin() as other:
        METADATA.create_all(other)
        assert told_by_postgres(connection) == told_by_postgres(other)
    made.dispose()


def told_by_postgres(connection) -> list[tuple[str, ...]]:
    """Every column, index and constraint as PostgreSQL keeps its definition."""
    questions = (
        (
            "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        ),
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        (
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace"
        ),
    )
    rows = [tuple(map(str, row)) for question in questions for row in connection.execute(text(question))]
    return sorted(row for row in rows if "alembic" not in row[0])


@pytest.mark.parametrize(("database", "dialect"), [("migrated", "sqlite"), ("migrated_postgres", "postgresql")])
def test_law_1_is_a_unique_index_on_what_is_open(database, dialect, request):
    with request.getfixturevalue(database).engine.connect() as connection:
        (index,) = [each for each in inspect(connection).get_indexes("attempts") if each["name"] == ONE_OPEN_ATTEMPT.name]
    assert index["unique"]
    assert index["column_names"] == ["invoice_id"]
    condition = str(index["dialect_options"][f"{dialect}_where"])
    assert set(re.findall(r"'(\w+)'", condition)) == set(OPEN_STATUSES)


def test_the_head_is_the_newest_revision():
    assert ScriptDirectory.from_config(configuration()).get_heads() == [HEAD]


def test_every_record_has_its_table_with_its_fields():
    """One class, one table, one column per field; the two that are read as they were written number their rows."""
    columns = {table.name: [column.name for column in table.columns] for table in METADATA.sorted_tables}
    fields = {shape.table: list(shape.record.__dataclass_fields__) for shape in SHAPES}
    for numbered in ("journal", "ledger_orders"):
        fields[numbered].insert(0, "position")
    assert columns == fields


def test_the_migration_inserts_the_same_actors_as_the_book_in_memory(migrated):
    with migrated.transaction() as pages:
        assert tuple(pages.person(each.id) for each in BUILT_IN) == BUILT_IN
        assert tuple(grant for each in BUILT_IN for grant in pages.grants_of(each.id)) == BUILT_IN_GRANTS


@pytest.mark.parametrize("revision", ["0007", "0006", "0005", "0004", "0003", "0002", "0001"])
def test_no_revision_can_be_undone(tmp_path, revision):
    """They would lose payments or orders, bring deleted methods back, or not hold shared intents or cases of no invoice."""
    engine = create_engine(f"sqlite:///{tmp_path}/book.db")
    with engine.begin() as connection:
        command.upgrade(configuration(connection), revision)
    with engine.begin() as connection, pytest.raises(RuntimeError, match="restore a copy instead"):
        command.downgrade(configuration(connection), "-1")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path) -> str:
    """The address of a database with nothing in it."""
    return f"sqlite:///{tmp_path}/book.db" if request.param == "sqlite" else request.getfixturevalue("new_postgres")


def test_a_book_of_the_first_schema_is_brought_up_to_date_and_loses_nothing(url):
    """What was in it stays, and an order can wait in it."""
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0001")
        account = "('fjord', 'Fjord AS', 'NO', 'nb', 'UTC', 'MOSA', 'seed', NULL, '[]')"
        connection.execute(text(f"INSERT INTO accounts VALUES {account}"))  # noqa: S608 - our own words
        invoice = "('inv_1', 'fjord', 'subscription', 'sub_1', 'NOK', '2026-03-01', NULL)"
        connection.execute(text(f"INSERT INTO invoices VALUES {invoice}"))  # noqa: S608 - our own words
    engine.dispose()
    order = LedgerOrder("inv_1/void/v", "inv_1", EntryKind.VOID, None, 1, datetime(2026, 3, 1, tzinfo=UTC))
    with closing(SqlBook.create(url)) as book, book.transaction() as pages:
        assert pages.invoice("inv_1").account_id == "fjord"
        assert pages.ledger_orders("inv_1") == []
        assert pages.add_ledger_order(order)
        assert pages.ledger_orders("inv_1") == [order]


def test_a_book_of_the_second_schema_keeps_its_methods_and_what_pays_with_them(url):
    """None is deleted and no account strict, and what pays with a method can be found by it and be bound anew."""
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0002")
        rows = {
            "accounts": "('fjord', 'Fjord AS', 'NO', 'nb', 'UTC', 'MOSA', 'seed', NULL, '[]')",
            "people": "('ann', 'fjord', 'Ann', 'ann@fjord.example', NULL)",
            "methods": ", ".join(
                f"('card_{n}', 'fjord', 'card', 'visa', 'tok_{n}', '4242', 'NO', 'ann', '2026-03-01 00:00:00',"
                " '', NULL, 'good', NULL, NULL)"
                for n in (1, 2)
            ),
            "subscriptions": "('sub_1', 'fjord', 'Pro', 'active', 'card_1', NULL, TRUE)",
        }
        for table, row in rows.items():
            connection.execute(text(f"INSERT INTO {table} VALUES {row}"))  # noqa: S608 - our own words
    engine.dispose()
    row = Rebinding(
        "replace-all/card_1", "1", PayerKind.SUBSCRIPTION, "sub_1", "fjord", "card_1", "card_2", datetime(2026, 3, 1, tzinfo=UTC)
    )
    with closing(SqlBook.create(url)) as book, book.transaction() as pages:
        assert [method.is_deleted for method in pages.methods("fjord")] == [False, False]
        assert pages.account("fjord").strict_from is None
        assert [payer.id for payer in pages.payers_on("card_1")] == ["sub_1"]
        pages.rebind([row])
        assert pages.subscription("sub_1").method_id == "card_2"
        assert pages.rebindings("replace-all/card_1") == [row]


def test_a_book_of_the_fourth_schema_keeps_its_cases_and_takes_one_about_no_invoice(tmp_path):
    """What was put before an operator stays there, about its debt; SQLite copies the table for it."""
    url = f"sqlite:///{tmp_path}/book.db"
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0004")
        rows = {
            "accounts": "('fjord', 'Fjord AS', 'NO', 'nb', 'UTC', 'MOSA', 'seed', NULL, '[]', NULL)",
            "invoices": "('inv_1', 'fjord', 'subscription', 'sub_1', 'NOK', '2026-03-01', NULL)",
            "cases": "('inv_1/duplicate', 'fjord', 'inv_1', 'duplicate', 'attempt 1', '2026-03-01 00:00:00', NULL)",
        }
        for table, row in rows.items():
            connection.execute(text(f"INSERT INTO {table} VALUES {row}"))  # noqa: S608 - our own words
    engine.dispose()
    kept = Case("inv_1/duplicate", "fjord", "inv_1", "duplicate", "attempt 1", datetime(2026, 3, 1, tzinfo=UTC))
    fresh = replace(
        kept, reference="r", invoice_id=None, subject="update-details/card_1", opened_at=datetime(2026, 4, 1, tzinfo=UTC)
    )
    with closing(SqlBook.create(url)) as book, book.transaction() as pages:
        assert pages.add_case(fresh)
        assert pages.cases("fjord") == [kept, fresh]


def test_alembics_own_command_line_reaches_the_same_schema(url):
    """`sqlalchemy.url` is enough: no connection is handed over, as when a revision is generated."""
    config = configuration()
    config.set_main_option("sqlalchemy.url", url)
    command.upgrade(config, "head")
    with closing(SqlBook(url)) as book, book.transaction() as pages:
        assert pages.person("paystates") is not None


def test_the_schema_can_be_read_as_sql_before_it_is_run(migrated):
    """The text that a database administrator is given makes the same book, actors included."""
    config = configuration()
    config.set_main_option("sqlalchemy.url", "sqlite://")
    config.output_buffer = StringIO()
    command.upgrade(config, "head", sql=True)
    with closing(sqlite3.connect(":memory:")) as other:
        other.executescript(config.output_buffer.getvalue())
        assert other.execute("SELECT id FROM people ORDER BY id").fetchall() == [("paystates",), ("provider",)]
        rows = other.execute("SELECT name FROM sqlite_master WHERE sql NOTNULL").fetchall()
    with migrated.engine.connect() as connection:
        assert {name for (name,) in rows} >= set(statements(connection))


def test_the_sql_for_postgresql_makes_the_same_book_when_it_is_run(new_postgres):
    """What a database administrator runs by hand, line by line."""
    config = configuration()
    config.set_main_option("sqlalchemy.url", new_postgres)
    config.output_buffer = StringIO()
    command.upgrade(config, "head", sql=True)
    with psycopg.connect(new_postgres.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(config.output_buffer.getvalue())
    with closing(SqlBook.create(new_postgres)) as book, book.transaction() as pages:
        assert tuple(pages.person(each.id) for each in BUILT_IN) == BUILT_IN


def test_without_an_address_the_command_line_says_what_to_write():
    with pytest.raises(BookUnusable, match=r"write sqlite:///book\.db"):
        command.upgrade(configuration(), "head")
