"""Which pre-notification announces which debit, and which debts a notice is about."""

from dataclasses import replace
from datetime import UTC, date, datetime

from domain.notices import Notice, NoticeKind, announces, pre_notification

NAME = pre_notification(date(2026, 3, 9), 12_500, "m/1")
NOTICE = Notice(
    f"F-1/{NAME}",
    "acme",
    "F-1",
    NoticeKind.PRE_NOTIFICATION,
    "nb",
    ("ida@acme.example",),
    datetime(2026, 3, 1, tzinfo=UTC),
    12_500,
    "EUR",
)


def test_a_pre_notification_announces_the_debit_of_that_amount_from_that_method():
    assert announces(NOTICE, 12_500, "m/1")


def test_another_amount_or_method_is_not_announced():
    others = [(12_501, "m/1"), (12_500, "m/2"), (12_500, None), (2_500, "m/1")]
    assert {(amount, method) for amount, method in others if announces(NOTICE, amount, method)} == set()


def test_no_other_notice_announces_a_debit():
    assert not announces(replace(NOTICE, kind=NoticeKind.DECLINED), 12_500, "m/1")


def test_a_notice_is_about_every_debt_of_its_attempt():
    """One, but for an attempt that was to settle several."""
    assert NOTICE.invoices == ("F-1",)
    assert replace(NOTICE, also="F-2\nF-3").invoices == ("F-1", "F-2", "F-3")
