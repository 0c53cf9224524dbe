"""Law 7 end to end: a mail server that is away delays no attempt and loses no notice."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from office import Office, OpenOffice

from domain.notices import Notice, NoticeStatus
from notices.relay import Relay
from notices.sender import SmtpSender
from paystates import clock

pytestmark = pytest.mark.server

HERE = "127.0.0.1"
FROM = "Billing <billing@example.com>"


class Mailbox:
    """What the mail server has taken."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take it."""
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@contextmanager
def mail_server(mailbox: Mailbox, port: int) -> Iterator[None]:
    """A mail server on this machine."""
    controller = Controller(mailbox, hostname=HERE, port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def free_port() -> int:
    """A port on which nobody answers."""
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


def notices_of(here: Office) -> list[Notice]:
    """The notices of the debt, in the order they were written."""
    with here.book.transaction() as pages:
        return sorted(pages.notices(here.invoice), key=lambda notice: notice.created_at)


async def test_a_mail_server_that_is_away_for_ten_days_delays_no_attempt_and_loses_no_notice(office: OpenOffice) -> None:
    """The relay is apart from the procedure: attempts keep their dates, and each notice comes once, under its own id."""
    declined = "{decline: insufficient_funds}"
    here = await office(f"pm: [{declined}, {declined}, {declined}, succeed]", billed="1d")
    mailbox, port = Mailbox(), free_port()
    sender = SmtpSender(HERE, port, starttls=False, local_hostname="localhost")
    relay = Relay(here.book, sender, from_address=FROM, link_base="https://pay.example.com")

    async def relays(now: datetime) -> None:
        with clock.at(now):
            await asyncio.to_thread(relay.run_once, now)

    await here.start()
    dates = []
    for _ in range(3):
        due = (await here.rests("waiting")).stand.due
        assert due is not None
        dates.append(due)
        await here.travel()
        await here.rests("waiting")
        await relays(due + timedelta(hours=1))
    assert [notice.status for notice in notices_of(here)] == 3 * [NoticeStatus.PENDING]
    assert all(notice.error for notice in notices_of(here))
    assert mailbox.taken == []

    with mail_server(mailbox, port):
        await relays(dates[0] + timedelta(days=10))
        await relays(dates[0] + timedelta(days=11))
    due = (await here.rests("waiting")).stand.due
    assert due is not None
    await here.ends("recovered")

    dates.append(due)
    assert [(date - dates[0]).days for date in dates] == [0, 3, 7, 14]
    late = [attempt.reserved_at - date for attempt, date in zip(here.attempts, dates, strict=True)]
    assert all(timedelta() <= one < timedelta(minutes=1) for one in late)
    assert [notice.status for notice in notices_of(here)] == 3 * [NoticeStatus.SENT]
    assert [message["Message-ID"] for message in mailbox.taken] == [
        f"<{notice.message_id}@example.com>" for notice in notices_of(here)
    ]
