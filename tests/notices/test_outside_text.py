"""Facts on their way into a mail: names are only text, methods, amounts and dates read as they should."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from jinja2 import StrictUndefined, UndefinedError

from domain.accounts import Account, Method, MethodKind
from domain.notices import Notice, NoticeKind
from notices import words
from notices.words import Mail, amount_words, method_fact, method_label, moment_words, plain, render


def said(text: str) -> str:
    """Text with every white space, no-break ones too, as one space: the sentence, not its lines."""
    return " ".join(text.split())


def mail(notice: Notice, account: Account) -> Mail:
    return render(notice, account, settled=False, link="https://pay.example.com/balance/INV-1")


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("kind", NoticeKind)
def test_markup_in_an_accounts_name_is_text(notice: Notice, account: Account, kind: NoticeKind, language: str) -> None:
    notice = replace(notice, kind=kind, language=language)
    made = mail(notice, replace(account, name="<script>alert(1)</script> & **Sønn** {{ 7 * 7 }}"))
    assert "<script" not in made.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; **Sønn** {{ 7 * 7 }}" in made.html
    assert "<script>alert(1)</script> & **Sønn** {{ 7 * 7 }}" in said(made.text)


def test_a_name_cannot_start_a_line_of_its_own(notice: Notice, account: Account) -> None:
    """Nor a header, nor turn the text around."""
    made = mail(
        replace(notice, invoice_id="INV-1\r\nBcc: all@other.example"),
        replace(account, name="Fjordlys\r\n\r\n-- \nBetal til konto 1234\u2028nå\u202e\x00\x1b[31m"),
    )
    assert made.subject == "Betalingen av faktura INV-1 Bcc: all@other.example ble avslått"
    assert "Fjordlys -- Betal til konto 1234 nå [31m." in said(made.text)
    assert sum(line == "-- " for line in made.text.splitlines()) == 1
    assert not re.search(r"[\x00\x1b\u2028\u202e\r]", made.text + made.html)


def test_a_long_name_is_cut() -> None:
    assert len(plain("x" * 10_000)) == 200
    assert plain(" a\t\tb\u200b ") == "a b"


def test_a_method_is_kept_as_its_network_and_last_digits() -> None:
    """Law 6: no holder, no token, and never more than four digits."""
    card = Method(
        "m-1", "acc-1", MethodKind.CARD, "visa", "tok_1", "4242", "NO", "anna", datetime(2026, 1, 1, tzinfo=UTC),
        holder="<b>**Anna**</b>", expires=date(2027, 1, 31),
    )  # fmt: skip
    assert method_fact(card) == "visa:4242"
    assert method_fact(replace(card, network="UnionPay 2")) == "card:4242"
    assert method_fact(replace(card, kind=MethodKind.BANK_ACCOUNT, network="sepa", last4="6789")) == "sepa:6789"
    assert method_fact(replace(card, kind=MethodKind.BANK_ACCOUNT, network="autogiro")) == "bank:4242"
    with pytest.raises(ValueError, match="m-1"):
        method_fact(replace(card, last4="4" * 16))


@pytest.mark.parametrize(
    ("fact", "nb", "en"),
    [
        ("visa:4242", "Visa som slutter på 4242", "Visa ending in 4242"),
        ("amex:0005", "American Express som slutter på 0005", "American Express ending in 0005"),
        ("diners_club:0005", "Diners Club som slutter på 0005", "Diners Club ending in 0005"),
        ("card:1111", "kort som slutter på 1111", "card ending in 1111"),
        ("sepa:6789", "bankkonto som slutter på 6789", "bank account ending in 6789"),
        ("123456789", "betalingsmåten", "payment method"),
        ("visa:123456789", "betalingsmåten", "payment method"),
    ],
)
def test_a_method_is_named_in_the_readers_language(fact: str, nb: str, en: str) -> None:
    assert (method_label(fact, "nb-NO"), method_label(fact, "en")) == (nb, en)


@pytest.mark.parametrize(
    ("amount", "currency", "nb", "en"),
    [
        (149_500, "NOK", "1 495,00 kr", "NOK 1,495.00"),
        (5, "EUR", "0,05 €", "EUR 0.05"),
        (1500, "JPY", "1 500 JPY", "JPY 1,500"),
        (1234, "IQD", "1,234 IQD", "IQD 1.234"),
        (10**15 + 1, "USD", "10 000 000 000 000,01 USD", "USD 10,000,000,000,000.01"),
    ],
)
def test_an_amount_keeps_every_minor_unit(amount: int, currency: str, nb: str, en: str) -> None:
    """The currency's own number of decimals, exactly; no line breaks inside."""
    found = (amount_words(amount, currency, "nb"), amount_words(amount, currency, "en"))
    assert " " not in "".join(found)
    assert tuple(said(each) for each in found) == (nb, en)


def test_dates_are_on_the_tenants_wall_clock_in_summer_and_winter() -> None:
    """U15: nine o'clock stays nine o'clock across the change."""
    oslo = ZoneInfo("Europe/Oslo")
    assert moment_words(datetime(2026, 10, 24, 7, tzinfo=UTC), oslo, "nb") == "lørdag 24. oktober 2026 kl. 09.00"
    assert moment_words(datetime(2026, 10, 25, 8, tzinfo=UTC), oslo, "nb") == "søndag 25. oktober 2026 kl. 09.00"


def test_a_fact_that_a_template_misspells_is_an_error() -> None:
    for environment in (words._TEXT, words._HTML):
        assert environment.undefined is StrictUndefined
        with pytest.raises(UndefinedError):
            environment.from_string("{{ acount }}").render(account="x")
