"""The history of the schema leads to the tables that the code uses."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from io import StringIO

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from domain.accounts import OPEN_STATUSES, EntryKind, LedgerOrder, PayerKind, Rebinding
from store.errors import BookUnusable
from store.migrations import HEAD, configuration
from store.records import BUILT_IN, BUILT_IN_GRANTS, SHAPES
from store.sql import SqlBook
from store.tables import METADATA, ONE_OPEN_ATTEMPT


@pytest.fixture
def migrated(tmp_path):
    with closing(SqlBook.create(f"sqlite:///{tmp_path}/book.db")) as book:
        yield book


def statements(connection) -> dict[str, str]:
    """Every table and index as SQLite keeps its definition, without what the order of writing changes."""
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%' AND sql NOTNULL"))
    return {name: " ".join(sorted(re.split(r"[\s,]+", sql))) for name, sql in rows}


def test_the_migrated_schema_is_the_metadata(migrated):
    """Alembic would generate no further revision."""
    with migrated.engine.connect() as connection:
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


def test_law_1_is_a_unique_index_on_what_is_open(migrated):
    with migrated.engine.connect() as connection:
        (index,) = [each for each in inspect(connection).get_indexes("attempts") if each["name"] == ONE_OPEN_ATTEMPT.name]
    assert index["unique"]
    assert index["column_names"] == ["invoice_id"]
    condition = str(index["dialect_options"]["sqlite_where"])
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


@pytest.mark.parametrize("revision", ["0004", "0003", "0002", "0001"])
def test_no_revision_can_be_undone(tmp_path, revision):
    """They would lose payments or orders that wait, bring deleted methods back, or not hold attempts that share an intent."""
    engine = create_engine(f"sqlite:///{tmp_path}/book.db")
    with engine.begin() as connection:
        command.upgrade(configuration(connection), revision)
    with engine.begin() as connection, pytest.raises(RuntimeError, match="restore a copy instead"):
        command.downgrade(configuration(connection), "-1")
    engine.dispose()


def test_a_book_of_the_first_schema_is_brought_up_to_date_and_loses_nothing(tmp_path):
    """What was in it stays, and an order can wait in it."""
    url = f"sqlite:///{tmp_path}/book.db"
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


def test_a_book_of_the_second_schema_keeps_its_methods_and_what_pays_with_them(tmp_path):
    """None is deleted and no account strict, and what pays with a method can be found by it and be bound anew."""
    url = f"sqlite:///{tmp_path}/book.db"
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
            "subscriptions": "('sub_1', 'fjord', 'Pro', 'active', 'card_1', NULL, 1)",
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


def test_alembics_own_command_line_reaches_the_same_schema(tmp_path):
    """`sqlalchemy.url` is enough: no connection is handed over, as when a revision is generated."""
    url = f"sqlite:///{tmp_path}/book.db"
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


def test_without_an_address_the_command_line_says_what_to_write():
    with pytest.raises(BookUnusable, match=r"write sqlite:///book\.db"):
        command.upgrade(configuration(), "head")
