"""The records that the account book keeps: what they derive from their own fields, and that they are values."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import pytest

from domain.accounts import OPEN_STATUSES, Attempt, AttemptStatus, Case, EntryKind, Initiator, LedgerOrder, Method, MethodKind
from domain.money import Money
from domain.notices import Notice, NoticeKind, NoticeStatus

AT = datetime(2026, 3, 1, tzinfo=UTC)
ATTEMPT = Attempt("in-1", 3, AttemptStatus.RESERVED, "pm-1", "visa", 149500, "NOK", Initiator.MERCHANT, "charge-retry/in-1", AT)


def test_an_attempt_is_known_at_the_gateway_by_its_debt_and_number() -> None:
    """Law 3: the key is `{debt}/{n}`, the same however often it is asked for."""
    assert ATTEMPT.reference == "in-1/3"
    assert ATTEMPT.money == Money(149500, "NOK")


def test_an_attempt_is_open_until_its_result_is_final() -> None:
    """Law 1 counts the open ones."""
    assert {status for status in AttemptStatus if replace(ATTEMPT, status=status).is_open} == set(OPEN_STATUSES)
    assert {"reserved", "opened", "action_required", "clearing"} == set(OPEN_STATUSES)


def test_a_method_is_deleted_from_an_instant_on_and_its_row_stays() -> None:
    method = Method("pm-1", "acc", MethodKind.CARD, "visa", "tok", "4242", "NO", "ida", AT)
    assert not method.is_deleted
    assert replace(method, deleted_at=AT).is_deleted


def test_an_order_on_the_ledger_waits_until_it_is_dealt_with() -> None:
    """Law 6: a credit or void that comes while an attempt is open."""
    order = LedgerOrder("c-1", "in-1", EntryKind.CREDIT, 100, 3, AT)
    assert order.is_waiting
    assert not replace(order, done_at=AT).is_waiting


def test_a_record_is_a_value() -> None:
    with pytest.raises(FrozenInstanceError):
        ATTEMPT.n = 4  # type: ignore[misc]  # what the law forbids


def test_a_case_is_about_something() -> None:
    """A debt or a procedure: an operator must know where to look."""
    with pytest.raises(ValueError, match="give an invoice or a procedure's id"):
        Case("r", "acc", None, "late", "", AT)


def test_a_case_says_again_what_is_open_of_its_kind_about_its_procedure() -> None:
    case = Case("a", "acc", "in-1", "late", "", AT, subject="settle-balance/pm-1")
    again = {
        replace(case, reference="b", facts="other"): True,
        replace(case, kind="early"): False,
        replace(case, subject="settle-balance/pm-2"): False,
        replace(case, subject=None): False,
        replace(case, closed_at=AT): False,
    }
    assert {other: case.says_again(other) for other in again} == again
    assert {other: other.says_again(case) for other in again} == again
    without = replace(case, subject=None)
    assert not without.says_again(without)


def test_a_notice_waits_to_be_sent() -> None:
    notice = Notice("<in-1/3@billing>", "acc", "in-1", NoticeKind.DECLINED, "nb", ("a@b.no",), AT, 149500, "NOK")
    assert notice.status is NoticeStatus.PENDING
    assert notice.next_at is None
