"""The settings: a default for each, read from the environment, and sentences to act on when they are wrong."""

import pytest
from pydantic import ValidationError

from paystates.settings import Settings, in_plain_words


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.variables():
        monkeypatch.delenv(name, raising=False)


def said_of(**settings: object) -> list[str]:
    with pytest.raises(ValidationError) as error:
        Settings(**settings)
    return in_plain_words(error.value)


def test_everything_has_a_default_that_works_on_one_machine() -> None:
    settings = Settings()
    assert settings.book_url == "sqlite:///.paystates/book.db"
    assert (settings.temporal_address, settings.server_port, settings.ui_port) == (None, 7233, 8233)


def test_ours_begin_with_paystates_and_temporals_keep_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYSTATES_UI_PORT", "9000")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal:7233")
    monkeypatch.setenv("PAYSTATES_LINK_BASE", "https://pay.contoso.example/")
    monkeypatch.setenv("PAYSTATES_SMTP_HOST", "")
    settings = Settings()
    assert (settings.ui_port, settings.temporal_address) == (9000, "temporal:7233")
    assert settings.link_base == "https://pay.contoso.example"
    assert settings.smtp_host is None, "an empty variable is one that is not set"


@pytest.mark.parametrize(
    ("variable", "given", "wrong"),
    [
        ("PAYSTATES_UI_PORT", "eight", "PAYSTATES_UI_PORT is 'eight': it should be a valid integer"),
        ("PAYSTATES_UI_PORT", "70000", "PAYSTATES_UI_PORT is '70000': it should be less than or equal to 65535"),
        ("PAYSTATES_LINK_BASE", "admin", "PAYSTATES_LINK_BASE is 'admin': it begins with neither http:// nor https://"),
        (
            "PAYSTATES_BOOK_URL",
            "mysql://u:secret@h",
            "PAYSTATES_BOOK_URL: it begins with neither sqlite nor postgresql",
        ),
        ("TEMPORAL_ADDRESS", "temporal", "TEMPORAL_ADDRESS is 'temporal': it is not a host and a port"),
    ],
)
def test_what_is_wrong_is_told_with_the_variable_and_a_right_value(
    variable: str, given: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, given)
    (sentence,) = said_of()
    assert sentence.startswith(wrong)
    assert f"Set it, for example {variable}=" in sentence
    assert "secret" not in sentence


def test_two_banks_are_one_too_many() -> None:
    assert said_of(bank="bank.yaml", bank_address="http://127.0.0.1:7300") == [
        "PAYSTATES_BANK and PAYSTATES_BANK_ADDRESS name two banks: unset one of them."
    ]


def test_a_mail_user_needs_a_password() -> None:
    (sentence,) = said_of(smtp_user="billing")
    assert "set PAYSTATES_SMTP_PASSWORD too" in sentence


def test_a_setting_that_does_not_exist_is_named() -> None:
    assert said_of(smpt_host="mail") == ["smpt_host: Extra inputs are not permitted."]


def test_settings_that_are_shown_hide_passwords() -> None:
    settings = Settings(book_url="postgresql://u:hidden@h/db", smtp_user="u", smtp_password="hidden")
    assert "hidden" not in repr(settings)
