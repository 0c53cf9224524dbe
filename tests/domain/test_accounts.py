"""The records that the account book keeps: what they derive from their own fields, and that they are values."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import pytest

from domain.accounts import OPEN_STATUSES, Attempt, AttemptStatus, Initiator
from domain.money import Money
from domain.notices import Notice, NoticeKind, NoticeStatus

AT = datetime(2026, 3, 1, tzinfo=UTC)
ATTEMPT = Attempt("in-1", 3, AttemptStatus.RESERVED, "pm-1", "visa", 149500, "NOK", Initiator.MERCHANT, "charge-retry/in-1", AT)


def test_an_attempt_is_known_at_the_gateway_by_its_debt_and_number() -> None:
    """Law 3: the key is `{debt}/{n}`, the same however often it is asked for."""
    assert ATTEMPT.reference == "in-1/3"
    assert ATTEMPT.money == Money(149500, "NOK")


@pytest.mark.parametrize("status", AttemptStatus)
def test_an_attempt_is_open_until_its_result_is_final(status: AttemptStatus) -> None:
    """Law 1 counts the open ones."""
    assert replace(ATTEMPT, status=status).is_open == (status in OPEN_STATUSES)
    assert {"reserved", "opened", "action_required", "clearing"} == set(OPEN_STATUSES)


def test_a_record_is_a_value() -> None:
    with pytest.raises(FrozenInstanceError):
        ATTEMPT.n = 4  # type: ignore[misc]  # what the law forbids


def test_a_notice_waits_to_be_sent() -> None:
    notice = Notice("<in-1/3@billing>", "acc", "in-1", NoticeKind.DECLINED, "nb", ("a@b.no",), AT, 149500, "NOK")
    assert notice.status is NoticeStatus.PENDING
    assert notice.next_at is None
