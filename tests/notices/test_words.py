"""What the mails say, in both languages: G56-G58, G81, C9, S1's important note, and U9's last attempt."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from domain.accounts import Account
from domain.declines import Reason
from domain.notices import Notice, NoticeKind
from notices import words
from notices.words import Mail, language_of, render

LINK = "https://pay.example.com/balance/INV-1"
LANGUAGES = ("nb", "en")
AGAIN = {"nb": "Vi prøver igjen", "en": "We will try again"}
LAST = {"nb": "Dette var det siste automatiske forsøket", "en": "This was the last automatic attempt"}
STOPPED = {"nb": "Vi har sluttet å belaste", "en": "We have stopped charging"}
SETTLE = {"nb": "Gjør opp saldo", "en": "Settle balance"}


def said(text: str) -> str:
    """Text with every white space, no-break ones too, as one space: the sentence, not its lines."""
    return " ".join(text.split())


def mail(notice: Notice, account: Account, *, settled: bool = False, now: datetime | None = None) -> Mail:
    """A mail whose text and HTML say the same, word for word."""
    made = render(notice, account, settled=settled, link=LINK, now=now)
    body = re.sub(r"<(title|style)>.*?</\1>|<h1.*?</h1>", "", made.html, flags=re.DOTALL)
    seen = set(re.findall(r"\w+", unescape(re.sub(r"<[^>]*>", " ", body)).casefold()))
    link = set(re.findall(r"\w+", LINK.casefold()))
    assert seen == set(re.findall(r"\w+", made.text.casefold())) - (link - seen)
    return made


def test_a_declined_mail_says_what_failed_why_and_when_we_try_again(notice: Notice, account: Account) -> None:
    """G56: account, invoice, amount, method, reason in brief, the attempt, the next date and a link to the balance."""
    made = mail(notice, account)
    text = said(made.text)
    assert made.subject == "Betalingen av faktura INV-1 ble avslått"
    for fact in (
        "Fjordlys AS",
        "Faktura: INV-1",
        "Beløp: 1 495,00 kr",
        "Betalingsmåte: Visa som slutter på 4242",
        "Årsak: Det var ikke dekning for beløpet",
        "Forsøk: nr. 2",
        "Vi prøver igjen torsdag 26. november 2026 kl. 09.00.",
        f"Gjør opp saldo: {LINK}",
    ):
        assert fact in text
    assert f'href="{LINK}"' in made.html


def test_the_same_in_english(notice: Notice, account: Account) -> None:
    made = mail(replace(notice, language="en"), account)
    text = said(made.text)
    assert made.subject == "Payment of invoice INV-1 was declined"
    for fact in (
        "Fjordlys AS",
        "Invoice: INV-1",
        "Amount: NOK 1,495.00",
        "Payment method: Visa ending in 4242",
        "Reason: There were not enough funds",
        "Attempt: no. 2",
        "We will try again on Thursday 26 November 2026 at 09:00.",
        f"Settle balance: {LINK}",
    ):
        assert fact in text


@pytest.mark.parametrize(
    ("language", "checks", "bank"),
    [
        (
            "nb",
            ["kortnummeret", "utløpsdatoen", "navnet på kortet", "fylke, poststed og postnummer", "betale med en gang"],
            ["kontakte banken", "ikke aktivert ennå", "på nett, til utlandet eller for faste trekk"],
        ),
        (
            "en",
            ["card number", "expiry date", "name on the card", "county, city and postcode", "pay at once"],
            ["contact your bank", "not be activated yet", "online, international or recurring"],
        ),
    ],
)
def test_a_card_holder_is_told_what_to_check_and_what_to_ask_the_bank(
    notice: Notice, account: Account, language: str, checks: list[str], bank: list[str]
) -> None:
    """G57 and G58, as the seed's troubleshooting has them."""
    text = said(mail(replace(notice, language=language), account).text)
    for advice in (*checks, *bank):
        assert advice in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("action", ["retry", "retry_later", "limited", "fix", "never"])
def test_the_last_attempt_never_promises_another(notice: Notice, account: Account, language: str, action: str) -> None:
    """U9: it was the last, and the debt stays due."""
    last = mail(replace(notice, language=language, customer_action=action, next_at=None), account)
    assert LAST[language] in said(last.text)
    assert {"nb": "fortsatt utestående", "en": "still due"}[language] in said(last.text)
    assert AGAIN[language] not in last.text + last.html
    assert not re.search(r"[Nn]este forsøk|[Nn]ext attempt", last.text)
    assert (STOPPED[language] in last.text) == (action in {"fix", "never"})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("action", ["retry", "retry_later", "limited"])
def test_an_attempt_that_is_not_the_last_names_the_next_date(
    notice: Notice, account: Account, language: str, action: str
) -> None:
    """G54: after one or two notices another attempt follows, and the notice says when."""
    text = said(mail(replace(notice, language=language, customer_action=action), account).text)
    assert AGAIN[language] in text
    assert LAST[language] not in text
    assert STOPPED[language] not in text


@pytest.mark.parametrize(
    ("action", "language", "sentence"),
    [
        ("fix", "nb", "men da belaster vi bare en annen betalingsmåte eller en som er rettet."),
        ("fix", "en", "but it will only charge a different or corrected payment method."),
        ("never", "nb", "men da belaster vi bare en annen betalingsmåte."),
        ("never", "en", "but it will only charge a different payment method."),
    ],
)
def test_after_a_hard_decline_the_date_stands_but_not_for_this_card(
    notice: Notice, account: Account, action: str, language: str, sentence: str
) -> None:
    """C9: the slots remain, each charges only a different or corrected method; the notice says so."""
    text = said(mail(replace(notice, language=language, customer_action=action), account).text)
    assert STOPPED[language] in text
    assert sentence in text
    assert {"nb": "torsdag 26. november 2026 kl. 09.00", "en": "Thursday 26 November 2026 at 09:00"}[language] in text
    assert AGAIN[language] not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_that_is_finished_is_not_said_to_work_once_corrected(notice: Notice, account: Account, language: str) -> None:
    """A method declined `never` is finished for every invoice, settling included."""
    text = said(mail(replace(notice, language=language, customer_action="never"), account).text)
    assert {"nb": "kan dere rette det", "en": "you can correct it"}[language] not in text
    assert {"nb": "med en annen betalingsmåte", "en": "with a different payment method"}[language] in text


@pytest.mark.parametrize("word", ["lost_card", "stolen_card", "fraudulent", "declined", "", "{{ 7 * 7 }}"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_lost_stolen_and_fraud_are_told_as_a_plain_decline(notice: Notice, account: Account, language: str, word: str) -> None:
    """Law 7: the mail is the same, to the letter, as that of a plain decline."""
    told = mail(replace(notice, language=language, reason=word, customer_action="never"), account)
    assert told == mail(replace(notice, language=language, reason="declined", customer_action="never"), account)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words_of_its_own(notice: Notice, account: Account, language: str) -> None:
    told = {mail(replace(notice, language=language, reason=word), account).text for word in Reason}
    assert len(told) == len(Reason)


def test_a_newer_method_that_is_bound_to_nothing_is_explained(notice: Notice, account: Account) -> None:
    """S1's important note: it is on file but not bound; replace for all items, or bind it to the subscription."""
    newer = replace(notice, newer_method="mastercard:4444")
    text = said(mail(newer, account).text)
    assert "en nyere betalingsmåte på kontoen (Mastercard som slutter på 4444), men den er ikke knyttet til" in text
    assert "«Erstatt betalingsmåte for alle elementer» eller knytter den til abonnementet" in text
    text = said(mail(replace(newer, language="en"), account).text)
    assert "A newer payment method is on file (Mastercard ending in 4444), but it is not bound" in text
    assert "replace the payment method for all items, or bind it to the subscription" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bank_account_is_not_spoken_of_as_a_card(notice: Notice, account: Account, language: str) -> None:
    debit = replace(notice, language=language, method="ach:6789", customer_action="never", reason="account_problem")
    text = said(mail(debit, account).text)
    assert {"nb": "bankkonto som slutter på 6789", "en": "bank account ending in 6789"}[language] in text
    assert not re.search(r"\bkortet\b|utløpsdato|\bthis card\b|expiry", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_declined_mail_for_a_debt_that_is_settled_says_so_and_asks_nothing(
    notice: Notice, account: Account, language: str
) -> None:
    """Law 7: the debt is re-read before any mail."""
    made = mail(replace(notice, language=language, newer_method="visa:1111"), account, settled=True)
    text = said(made.text)
    assert {"nb": "Fakturaen er siden gjort opp.", "en": "The invoice has since been settled."}[language] in text
    assert LINK not in made.text + made.html
    for asked in (AGAIN[language], LAST[language], SETTLE[language], "1111", "bank"):
        assert asked not in text


def test_please_authenticate_names_the_deadline(notice: Notice, account: Account) -> None:
    """G23: a state, not a decline."""
    asked = replace(notice, kind=NoticeKind.AUTHENTICATE, customer_action="sca", reason="authentication")
    text = said(mail(asked, account).text)
    assert "Godkjenn betalingen hos banken innen torsdag 26. november 2026 kl. 09.00." in text
    assert "avslått" not in text
    text = said(mail(replace(asked, language="en"), account).text)
    assert "Please approve the payment at your bank by Thursday 26 November 2026 at 09:00." in text
    assert "as soon as you can" in said(mail(replace(asked, language="en", next_at=None), account).text)


def test_a_reminder_asks_for_a_method_that_can_be_charged(notice: Notice, account: Account) -> None:
    reminder = replace(notice, kind=NoticeKind.REMINDER, method="")
    text = said(mail(reminder, account).text)
    assert "Knytt en ny betalingsmåte til abonnementet eller faktureringsprofilen, eller rett opplysningene" in text
    assert "Neste forsøk er torsdag 26. november 2026 kl. 09.00." in text
    assert "Betalingsmåte:" not in text
    text = said(mail(replace(reminder, language="en"), account).text)
    assert "Bind a new payment method to the subscription or the billing profile, or correct the details" in text
    assert "The next attempt is on Thursday 26 November 2026 at 09:00." in text
    assert "No more automatic attempts" in said(mail(replace(reminder, language="en", next_at=None), account).text)


def test_the_final_notice_says_that_the_attempts_are_over_and_the_balance_stands(notice: Notice, account: Account) -> None:
    final = replace(notice, kind=NoticeKind.FINAL, next_at=None)
    text = said(mail(final, account).text)
    assert "De automatiske forsøkene" in text
    assert "er avsluttet" in text
    assert "Betalingen for abonnementet er forfalt" in text
    assert "Utestående: 1 495,00 kr" in text
    assert f"Gjør opp saldo: {LINK}" in text
    text = said(mail(replace(final, language="en"), account).text)
    assert "The subscription is past due" in text
    assert "The balance still stands" in text
    assert f"Settle balance: {LINK}" in text


def test_a_debit_is_announced_with_its_date_amount_and_account(notice: Notice, account: Account) -> None:
    """SEPA: before each debit, how much will be taken when from which account, what for, and what to do against it."""
    debit = replace(notice, kind=NoticeKind.PRE_NOTIFICATION, method="sepa:3000", attempt=None, reason="", currency="EUR")
    made = mail(debit, account)
    text = said(made.text)
    assert made.subject == "Varsel om trekk for faktura INV-1"
    for fact in (
        "fra bankkontoen til Fjordlys AS",
        "Faktura: INV-1",
        "Beløp: 1 495,00 €",
        "Trekkes fra: bankkonto som slutter på 3000",
        "Trekkes: torsdag 26. november 2026 kl. 09.00",
        "gjør dere opp saldoen eller erstatter betalingsmåten før trekket",
        "be banken om å avvise trekket, eller om å få pengene tilbake innen åtte uker",
        f"Gjør opp saldo: {LINK}",
    ):
        assert fact in text
    made = mail(replace(debit, language="en"), account)
    text = said(made.text)
    assert made.subject == "Notice of a debit for invoice INV-1"
    for fact in (
        "from the bank account of Fjordlys AS",
        "Invoice: INV-1",
        "Amount: EUR 1,495.00",
        "Debited from: bank account ending in 3000",
        "Debited on: Thursday 26 November 2026 at 09:00",
        "settle the balance or replace the payment method before the debit",
        "ask your bank to refuse the debit, or to give the money back within eight weeks",
        f"Settle balance: {LINK}",
    ):
        assert fact in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_announced_debit_is_no_decline(notice: Notice, account: Account, language: str) -> None:
    """U9: nothing has failed, and a mail that comes after the day asks for no funds on it."""
    debit = replace(notice, kind=NoticeKind.PRE_NOTIFICATION, method="sepa:3000", language=language)
    early, late = mail(debit, account), mail(debit, account, now=notice.created_at + timedelta(days=4))
    assert not re.search(r"avslått|declined|forsøk|attempt", early.text + late.text)
    funds = {"nb": "dekning", "en": "enough funds"}[language]
    assert (funds in early.text, funds in late.text) == (True, False)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [NoticeKind.DECLINED, NoticeKind.AUTHENTICATE, NoticeKind.REMINDER, NoticeKind.PRE_NOTIFICATION])
def test_a_date_that_passed_while_the_mail_waited_is_not_announced(
    notice: Notice, account: Account, kind: NoticeKind, language: str
) -> None:
    """U9: after a mail server's long silence, "we will try again on" a day of last week would be wrong."""
    late = mail(replace(notice, kind=kind, language=language), account, now=notice.created_at + timedelta(days=4))
    text = said(late.text)
    assert {"nb": "Denne meldingen er forsinket", "en": "This message is late"}[language] in text
    assert AGAIN[language] not in text
    assert LAST[language] not in text
    assert "forsinket" not in mail(replace(notice, kind=kind), account, now=notice.created_at).text


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("nb", "nb"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("nb_NO", "nb"),
        ("NB", "nb"),
        ("en-US", "en"),
        ("de", "en"),
        ("", "en"),
    ],
)
def test_the_organisations_language_is_served_in_bokmaal_or_english(tag: str, language: str) -> None:
    """G81."""
    assert language_of(tag) == language


def test_both_languages_have_every_mail() -> None:
    folder = Path(words.__file__).parent / "templates"
    names = {language: {path.name for path in (folder / language).iterdir()} for language in LANGUAGES}
    assert names["nb"] == names["en"]
    assert {f"{kind}.j2" for kind in NoticeKind} <= names["nb"]
