"""Makes a message of a mail and hands it over: to a mail server, into a folder, or to a list for tests."""

import hashlib
import os
import re
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from domain.notices import Notice
from notices.recipients import is_address
from notices.words import Mail, language_of, plain

_PERMANENT = 500
_PLAIN = "!#$&'*+-/=?^_`{|}~."


@dataclass(frozen=True, slots=True)
class Handover:
    """What became of a message that was taken for at least one recipient.

    Both fields map an address to the server's words: `refused` is for good, `deferred` may be tried again. Everybody
    else has been handed the message.
    """

    refused: Mapping[str, str] = field(default_factory=dict)
    deferred: Mapping[str, str] = field(default_factory=dict)


class Sender(Protocol):
    """The port: whoever takes a message for the addresses in its Bcc."""

    def send(self, message: EmailMessage) -> Handover:
        """Raises OSError (every error of `smtplib` is one) when nobody was served, or the answer was lost.

        The hand-over is then unknown: the message may be given again, under the same Message-ID.
        """


def compose(notice: Notice, mail: Mail, sender_address: str, now: datetime) -> EmailMessage:
    """The message for a notice: text and HTML, under the notice's own Message-ID, dated `now`.

    The recipients stand in Bcc, which no server is shown: an alternate address is its owner's business. Raises
    ValueError when no recipient is an address, or when `sender_address` is none.
    """
    to = [address for address in notice.recipients if is_address(address)]
    if not to:
        message = f"notice {notice.message_id} has nobody to write to"
        raise ValueError(message)
    message_id = _message_id(notice.message_id, sender_domain(sender_address))
    made = EmailMessage(policy=SMTP)
    made["Message-ID"] = message_id
    made["Date"] = now
    made["From"] = sender_address
    made["To"] = "undisclosed-recipients:;"
    made["Bcc"] = ", ".join(to)
    made["Subject"] = plain(mail.subject)
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content(mail.text, cte="quoted-printable")
    made.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    made["Content-Language"] = language_of(notice.language)
    return made


def sender_domain(sender_address: str) -> str:
    """The domain of `billing@example.com` or `Billing <billing@example.com>`; ValueError for what is no sender."""
    address = parseaddr(sender_address)[1]
    if not sender_address.isprintable() or not is_address(address) or not address.isascii():
        message = f"{sender_address!r} cannot be sent from: use billing@example.com or Name <billing@example.com>"
        raise ValueError(message)
    return address.rpartition("@")[2]


class SmtpSender:
    """Hands messages to a mail server, one connection each.

    With `starttls` (the default) the connection is encrypted or nothing is sent. `timeout` is in seconds, for each
    step. A recipient the server refuses does not keep the message from the others; one whose address needs SMTPUTF8 is
    refused when the server lacks it.
    """

    def __init__(
        self,
        host: str,
        port: int = 587,
        *,
        starttls: bool = True,
        user: str | None = None,
        password: str | None = None,
        timeout: float = 10.0,
        local_hostname: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if user is not None and not starttls:
            message = "a login without STARTTLS would show the password to the network: leave starttls on"
            raise ValueError(message)
        self._server = (host, port)
        self._starttls = starttls
        self._login = None if user is None else (user, password or "")
        self._timeout = timeout
        self._local_hostname = local_hostname
        self._tls = tls

    def send(self, message: EmailMessage) -> Handover:
        """See `Sender`."""
        host, port = self._server
        smtp = smtplib.SMTP(host, port, local_hostname=self._local_hostname, timeout=self._timeout)
        try:
            if self._starttls:
                smtp.starttls(context=self._tls or ssl.create_default_context())
            if self._login:
                smtp.login(*self._login)
            return _deliver(smtp, message)
        finally:
            # What happens after the server took the message must not look like a failure: it would be sent again.
            with suppress(OSError):
                smtp.quit()
            smtp.close()


class FolderSender:
    """Writes each message into a folder as an .eml file; the same Message-ID again overwrites its file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> Handover:
        """Written whole or not at all; the folder is made when it is missing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._file(str(message["Message-ID"]), message["Date"].datetime)
        unfinished = target.with_suffix(f".{os.getpid()}.tmp")
        unfinished.write_bytes(message.as_bytes(policy=SMTPUTF8))
        unfinished.replace(target)
        return Handover()

    def _file(self, message_id: str, dated: datetime) -> Path:
        # The digest tells apart ids that read the same when made safe; the date of a repeated hand-over may differ.
        readable = re.sub(r"[^A-Za-z0-9._-]+", "-", message_id.strip("<>").partition("@")[0])[:80].strip(".-")
        tail = f"-{readable}-{hashlib.sha256(message_id.encode()).hexdigest()[:12]}.eml"
        earlier = sorted(path for path in self._folder.glob("????-??-??-*.eml") if path.name[10:] == tail)
        return earlier[0] if earlier else self._folder / f"{dated:%Y-%m-%d}{tail}"


class CollectingSender:
    """Keeps what it is given in `messages`: for tests and rehearsals."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> Handover:
        """Every recipient is served."""
        self.messages.append(message)
        return Handover()


def envelope(message: EmailMessage) -> list[str]:
    """The addresses a message is for."""
    return [address.addr_spec for header in message.get_all("Bcc", []) for address in header.addresses]


def _deliver(smtp: smtplib.SMTP, message: EmailMessage) -> Handover:
    smtp.ehlo_or_helo_if_needed()
    by_route = {_route(address): address for address in envelope(message)}
    refused: dict[str, str] = {}
    if not smtp.has_extn("smtputf8"):
        for route in [route for route in by_route if not route.isascii()]:
            refused[by_route.pop(route)] = "the mail server does not know SMTPUTF8"
        if not by_route:
            raise smtplib.SMTPNotSupportedError("; ".join(f"{address}: {why}" for address, why in refused.items()))
    shown = deepcopy(message)
    del shown["Bcc"]
    options = [] if all(route.isascii() for route in by_route) else ["SMTPUTF8"]
    answers = smtp.sendmail(parseaddr(str(message["From"]))[1], list(by_route), shown.as_bytes(), options)
    deferred: dict[str, str] = {}
    for route, (code, words) in answers.items():
        said = plain(f"{code} {words.decode(errors='replace')}")
        (refused if code >= _PERMANENT else deferred)[by_route[route]] = said
    return Handover(refused, deferred)


def _route(address: str) -> str:
    """The address with its domain as the name system knows it, so that only a local part may need SMTPUTF8."""
    local, _, domain = address.rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return f"{local}@{domain}"


def _message_id(name: str, domain: str) -> str:
    """`<name@domain>`: a name that has its domain keeps it, and what a Message-ID may not hold is percent-encoded."""
    own = name.strip("<> ")
    local, _, own_domain = own.rpartition("@")
    if not (local and own_domain):
        local, own_domain = own, domain
    return f"<{quote(local, safe=_PLAIN)}@{quote(own_domain, safe='.-')}>"
