"""Turns a notice into a mail: subject, plain text and HTML, in Norwegian bokmål or English (G56-G58, G81, law 7).

Every sentence stands in `templates/nb` and `templates/en`, one file per kind and written once: the same file is
rendered as text and as HTML, by the parts in `templates/text` and `templates/html`. A language is one folder and one
row of `_FORMATS`.
"""

import re
import textwrap
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_currency
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from domain.accounts import Account, Method, MethodKind
from domain.money import exponent
from domain.notices import Notice, NoticeKind

_BANK_NETWORKS = frozenset({"ach", "sepa", "bank"})
_STOPPING = frozenset({"fix", "never"})
_FACT = re.compile(r"([a-z_]+):(\w{1,4})")
_LINE = 72
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class _Formats:
    """How a language writes amounts and instants: patterns of CLDR, with `{decimals}` as the currency has them."""

    amount: str
    moment: str


_FORMATS = {
    "nb": _Formats("#,##0{decimals}\N{NO-BREAK SPACE}¤", "EEEE d. MMMM y 'kl.' HH.mm"),
    "en": _Formats("¤¤\N{NO-BREAK SPACE}#,##0{decimals}", "EEEE d MMMM y 'at' HH:mm"),
}
_LANGUAGE_OF_TAG = {"nb": "nb", "no": "nb", "nn": "nb", "nob": "nb", "nor": "nb"}


@dataclass(frozen=True, slots=True)
class Mail:
    """What a notice says, in words. `subject` is one line."""

    subject: str
    text: str
    html: str


def render(notice: Notice, account: Account, *, settled: bool, link: str, now: datetime | None = None) -> Mail:
    """The mail for a notice, in the notice's language and the account's time zone.

    `settled` is whether nothing is due any more: a declined mail then says so and asks nothing (law 7). `link` leads to
    the balance. `now` is the hand-over: a date that passed while the mail server was away is told as past, never as
    something to come (U9); without it, dates are taken to lie ahead. Raises ZoneInfoNotFoundError or ValueError for a
    time zone that does not exist.
    """
    language = language_of(notice.language)
    zone = ZoneInfo(account.time_zone)
    next_at = notice.next_at
    told = settled and notice.kind is NoticeKind.DECLINED
    facts: dict[str, object] = {
        "account": plain(account.name),
        "invoice": ", ".join(plain(invoice) for invoice in notice.invoices),
        "link": link,
        "language": language,
        "time_zone": plain(account.time_zone),
        "amount": amount_words(notice.amount, notice.currency, language),
        "method": method_label(notice.method, language) if notice.method else None,
        "bank": notice.method.partition(":")[0] in _BANK_NETWORKS,
        "newer_method": method_label(notice.newer_method, language) if notice.newer_method else None,
        "reason": _phrase("reason", language, reason=notice.reason),
        "stopped": notice.customer_action in _STOPPING,
        "correctable": notice.customer_action != "never",
        "attempt": notice.attempt,
        "written": moment_words(notice.created_at, zone, language),
        "next": moment_words(next_at, zone, language) if next_at else None,
        "overdue": next_at is not None and now is not None and next_at <= now,
    }
    name = f"{language}/{'settled' if told else notice.kind.value}.j2"
    text = _TEXT.get_template(name).render(facts)
    html = _HTML.get_template(name).render(facts)
    subject, _, body = text.partition("\n")
    return Mail(subject=subject, text=re.sub(r"\n{3,}", "\n\n", body).strip() + "\n", html=html)


def language_of(tag: str) -> str:
    """The language a tag such as `nb-NO` is served in: bokmål for every Norwegian, English for all others (G81)."""
    return _LANGUAGE_OF_TAG.get(re.split(r"[-_]", tag.strip().lower())[0], "en")


def method_fact(method: Method) -> str:
    """What a notice keeps of a payment method, in no language: `visa:4242`, `ach:6789`.

    A method of no known network is `card:…` or `bank:…`. Raises ValueError for more than four last digits (law 6).
    """
    network = method.network.lower()
    if method.kind is MethodKind.BANK_ACCOUNT:
        network = network if network in _BANK_NETWORKS else "bank"
    elif not re.fullmatch(r"[a-z_]+", network) or network in _BANK_NETWORKS:
        network = "card"
    fact = f"{network}:{method.last4}"
    if not _FACT.fullmatch(fact):
        message = f"method {method.id}: its last digits are not one to four letters or digits"
        raise ValueError(message)
    return fact


def method_label(method: str, language: str) -> str:
    """A method fact in words: `Visa som slutter på 4242`, `bank account ending in 6789`.

    What is no fact of `method_fact` becomes "payment method": it is not ours to print, it might be a number.
    """
    fact = _FACT.fullmatch(method)
    network, last4 = fact.groups() if fact else ("", "")
    return _phrase("method", language_of(language), network=network, last4=last4, bank=network in _BANK_NETWORKS)


def amount_words(amount: int, currency: str, language: str) -> str:
    """Minor units in words: `1 495,00 kr`, `NOK 1,495.00`; the spaces do not break over lines."""
    digits = exponent(currency)
    pattern = _FORMATS[language].amount.format(decimals="." + "0" * digits if digits else "")
    value = Decimal(amount).scaleb(-digits)
    return format_currency(value, currency, format=pattern, locale=language, currency_digits=False)


def moment_words(instant: datetime, zone: ZoneInfo, language: str) -> str:
    """An instant on the wall clock: `torsdag 26. november 2026 kl. 09.00`, `Thursday 26 November 2026 at 09:00`."""
    return format_datetime(instant, _FORMATS[language].moment, tzinfo=zone, locale=language)


def plain(text: str) -> str:
    """Text from outside as one line of visible characters, at most 200 of them.

    A line break could start a header or a sentence of its own, a bidirectional override turn one around.
    """
    visible = "".join(_visible(character) for character in text)
    line = " ".join(visible.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _visible(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cf" | "Cs" | "Cn":
            return ""
        case _:
            return character


def _phrase(name: str, language: str, **facts: object) -> str:
    return _TEXT.get_template(f"{language}/{name}.j2").render(facts).strip()


def _line(text: str) -> str:
    # Only ASCII white space is folded: the no-break spaces inside an amount are meant.
    return re.sub(r"[ \t\r\n]+", " ", text).strip()


def _fold(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        _line(text), _LINE, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _environment(form: str, *, autoescape: bool) -> Environment:
    """`form` decides what `layout.j2` and `parts.j2` are; the sentences are the same in both."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("notices", f"templates/{form}"), PackageLoader("notices", "templates")]),
        autoescape=autoescape,  # noqa: S701 - off for plain text only, whose facts `plain` has made one line each
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = _line
    environment.filters["fold"] = _fold
    return environment


_TEXT = _environment("text", autoescape=False)
_HTML = _environment("html", autoescape=True)
