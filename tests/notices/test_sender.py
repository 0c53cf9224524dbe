"""The message of a mail, and its hand-over to a real mail server, a folder and a list."""

import asyncio
import smtplib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from domain.accounts import Account
from domain.notices import Notice
from notices.sender import CollectingSender, FolderSender, SmtpSender, compose, envelope
from notices.words import Mail, render

FROM = "Fakturering <billing@example.com>"
MAIL = Mail("Betalingen ble avslått", "Vi prøver igjen.\n", "<p>Vi prøver igjen.</p>")


@dataclass
class Office:
    """A mail server's mind: what it took, and its answers for recipients it does not just take."""

    answers: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.taken.append((envelope.rcpt_tos, message))
        return "250 taken"


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def serve(office: Office, free_port: int) -> Iterator[Callable[..., SmtpSender]]:
    """Start the office's mail server on a free port, and give a sender to it."""
    running: list[Controller] = []

    def start(*, utf8: bool = True) -> SmtpSender:
        server = Controller(office, hostname="127.0.0.1", port=free_port, enable_SMTPUTF8=utf8)
        server.start()
        running.append(server)
        return SmtpSender("127.0.0.1", free_port, starttls=False, local_hostname="localhost")

    yield start
    for server in running:
        server.stop()


def test_a_message_has_both_forms_and_says_that_a_machine_wrote_it(notice: Notice, account: Account, start: datetime) -> None:
    mail = render(notice, account, settled=False, link="https://pay.example.com/INV-1")
    made = compose(notice, mail, FROM, start)
    assert made["Message-ID"] == "<declined.INV-1.2@paystates.example>"
    assert made["Date"].datetime == start
    assert made["From"] == FROM
    assert made["Subject"] == "Betalingen av faktura INV-1 ble avslått"
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["Content-Language"] == "nb"
    assert made.get_content_type() == "multipart/alternative"
    text, html = made.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == mail.text
    assert html.get_content_type() == "text/html"
    assert html.get_content().replace("\r\n", "\n").strip() == mail.html.strip()
    assert max(len(line) for line in made.as_bytes().split(b"\r\n")) < 998


def test_recipients_are_not_shown_to_each_other(notice: Notice, start: datetime) -> None:
    """An alternate address is often a private one."""
    made = compose(notice, MAIL, FROM, start)
    assert made["To"] == "undisclosed-recipients:;"
    assert envelope(made) == list(notice.recipients)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("<a/b.1@c.example>", "<a/b.1@c.example>"),
        ("declined/INV-1/2", "<declined/INV-1/2@example.com>"),
        ("declined INV:1\r\nBcc: x@y.example", "<declined%20INV%3A1%0D%0ABcc%3A%20x@y.example>"),
        ("x@", "<x%40@example.com>"),
        ("x" * 200, f"<{'x' * 200}@example.com>"),
    ],
)
def test_a_message_id_is_stable_and_well_formed(notice: Notice, start: datetime, name: str, header: str) -> None:
    first = compose(replace(notice, message_id=name), MAIL, FROM, start)
    again = compose(replace(notice, message_id=name, tries=7), MAIL, FROM, start + timedelta(days=7))
    assert first["Message-ID"] == again["Message-ID"] == header
    assert f"Message-ID: {header}\r\n".encode() in first.as_bytes()


def test_nothing_of_a_notice_can_add_a_header(notice: Notice, start: datetime) -> None:
    spoilt = replace(notice, recipients=("a@b.example\r\nX-Evil: 1", "bo@fjordlys.example"), language="nb\r\nX-Evil: 1")
    made = compose(spoilt, replace(MAIL, subject="Hei\r\nX-Evil: 1\r\n\r\nbody"), FROM, start)
    assert "X-Evil" not in made
    assert "X-Evil" not in message_from_bytes(made.as_bytes())
    assert made["Subject"] == "Hei X-Evil: 1 body"
    assert envelope(made) == ["bo@fjordlys.example"]


def test_a_message_to_nobody_is_an_error(notice: Notice, start: datetime) -> None:
    with pytest.raises(ValueError, match="nobody to write to"):
        compose(replace(notice, recipients=("a@b.example\n",)), MAIL, FROM, start)


@pytest.mark.parametrize("sender", ["", "Billing", "a@b.example\r\nBcc: x@y.example", "ærlig@example.com"])
def test_a_sender_that_is_no_address_is_an_error(notice: Notice, start: datetime, sender: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent from"):
        compose(notice, MAIL, sender, start)


def test_a_mail_server_takes_the_message(
    notice: Notice, start: datetime, office: Office, serve: Callable[..., SmtpSender]
) -> None:
    """It is shown the recipients in the envelope only."""
    handover = serve().send(compose(notice, MAIL, FROM, start))
    assert (handover.refused, handover.deferred) == ({}, {})
    [(to, message)] = office.taken
    assert to == list(notice.recipients)
    assert message["Message-ID"] == notice.message_id
    assert message["Subject"] == MAIL.subject
    assert "Bcc" not in message
    text, _ = message.iter_parts()
    assert text.get_content().strip() == MAIL.text.strip()


def test_a_refused_recipient_does_not_keep_the_message_from_the_others(
    notice: Notice, start: datetime, office: Office, serve: Callable[..., SmtpSender]
) -> None:
    """For good or for now: the two are told apart."""
    office.answers = {"anna@fjordlys.example": "550 no such mailbox", "cato@fjordlys.example": "450 greylisted"}
    three = replace(notice, recipients=(*notice.recipients, "cato@fjordlys.example"))
    handover = serve().send(compose(three, MAIL, FROM, start))
    assert handover.refused == {"anna@fjordlys.example": "550 no such mailbox"}
    assert handover.deferred == {"cato@fjordlys.example": "450 greylisted"}
    assert [to for to, _ in office.taken] == [["bo@fjordlys.example"]]


def test_a_message_that_is_taken_for_nobody_is_an_error(
    notice: Notice, start: datetime, office: Office, serve: Callable[..., SmtpSender]
) -> None:
    office.answers = dict.fromkeys(notice.recipients, "550 no such mailbox")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        serve().send(compose(notice, MAIL, FROM, start))
    assert office.taken == []


@pytest.mark.parametrize("utf8", [True, False])
def test_an_international_address_is_served_when_the_server_can(
    notice: Notice, start: datetime, office: Office, serve: Callable[..., SmtpSender], *, utf8: bool
) -> None:
    """Otherwise it is refused alone; a domain has an ASCII form that every server knows."""
    three = replace(notice, recipients=("anna@fjordlys.example", "bo@blåbær.example", "åse@fjordlys.example"))
    handover = serve(utf8=utf8).send(compose(three, MAIL, FROM, start))
    [(to, _)] = office.taken
    everywhere = ["anna@fjordlys.example", "bo@xn--blbr-roah.example"]
    assert to == ([*everywhere, "åse@fjordlys.example"] if utf8 else everywhere)
    assert list(handover.refused) == ([] if utf8 else ["åse@fjordlys.example"])


def test_a_server_that_can_serve_nobody_is_an_error(
    notice: Notice, start: datetime, office: Office, serve: Callable[..., SmtpSender]
) -> None:
    with pytest.raises(smtplib.SMTPNotSupportedError, match=r"åse@fjordlys\.example"):
        serve(utf8=False).send(compose(replace(notice, recipients=("åse@fjordlys.example",)), MAIL, FROM, start))
    assert office.taken == []


def test_where_encryption_is_asked_for_and_lacking_nothing_is_sent(
    notice: Notice, start: datetime, office: Office, serve: Callable[..., SmtpSender], free_port: int
) -> None:
    serve()
    with pytest.raises(smtplib.SMTPNotSupportedError):
        SmtpSender("127.0.0.1", free_port, local_hostname="localhost").send(compose(notice, MAIL, FROM, start))
    assert office.taken == []


def test_a_password_is_never_sent_in_the_clear() -> None:
    with pytest.raises(ValueError, match="STARTTLS"):
        SmtpSender("mail.example.com", starttls=False, user="billing", password="secret")


def test_a_server_that_is_not_there_is_an_os_error(notice: Notice, start: datetime, free_port: int) -> None:
    with pytest.raises(OSError, match="refused"):
        SmtpSender("127.0.0.1", free_port, starttls=False).send(compose(notice, MAIL, FROM, start))


def test_a_connection_that_breaks_after_the_message_was_taken_is_no_failure(
    notice: Notice, start: datetime, office: Office, serve: Callable[..., SmtpSender]
) -> None:
    """The message must not be sent again because a goodbye was lost."""

    async def hang_up(server: SMTP, _session: Session, _envelope: Envelope) -> str:
        assert isinstance(server.transport, asyncio.Transport)
        server.transport.abort()
        return "221 Bye"

    office.handle_QUIT = hang_up  # type: ignore[attr-defined]  # an optional hook of aiosmtpd
    serve().send(compose(notice, MAIL, FROM, start))
    assert len(office.taken) == 1


def test_a_folder_keeps_one_file_per_message_id(notice: Notice, start: datetime, tmp_path: Path) -> None:
    """Repeating overwrites the file, on another day too; ids that look alike when made safe are kept apart."""
    folder = FolderSender(tmp_path / "mails")
    folder.send(compose(notice, MAIL, FROM, start))
    folder.send(compose(notice, replace(MAIL, subject="Igjen å"), FROM, start + timedelta(days=2)))
    folder.send(compose(replace(notice, message_id="<../../a/b@c.example>"), MAIL, FROM, start))
    folder.send(compose(replace(notice, message_id="<../../a!b@c.example>"), MAIL, FROM, start))
    names = sorted(path.name for path in (tmp_path / "mails").iterdir())
    assert [name[:-17] for name in names] == ["2026-11-23-a-b", "2026-11-23-a-b", "2026-11-23-declined.INV-1.2"]
    kept = message_from_bytes((tmp_path / "mails" / names[2]).read_bytes(), policy=policy.default)
    assert kept["Subject"] == "Igjen å"
    assert kept["Message-ID"] == notice.message_id
    assert list(tmp_path.iterdir()) == [tmp_path / "mails"]


def test_a_list_keeps_what_it_is_given(notice: Notice, start: datetime) -> None:
    collecting = CollectingSender()
    made = compose(notice, MAIL, FROM, start)
    collecting.send(made)
    assert collecting.messages == [made]
