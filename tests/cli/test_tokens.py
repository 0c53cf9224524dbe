"""`paystates token`: a token is shown once, listed without its secret, and revoked; what is wrong is said by its option."""

import hashlib
from pathlib import Path

import pytest
from shell import Run, book_text

from paystates.settings import Settings
from store.sql import SqlBook


@pytest.fixture
def book_there(paystates: Run, home: Path) -> Path:
    """A book with one account, `i-1`'s, and its people."""
    (home / "book.yaml").write_text(book_text("i-1"), encoding="utf-8")
    assert paystates("book", "import", "book.yaml").code == 0
    return home / ".paystates" / "book.db"


def test_a_token_is_shown_once_and_the_book_has_only_its_hash(paystates: Run, book_there: Path) -> None:
    made = paystates("token", "create", "billing", "--account", "i-1", "--may", "act,read", "--for", "ida-i-1", "--json")
    secret = made.data["token"]
    assert (made.code, secret[:3], len(secret)) == (0, "ps_", 46)
    assert made.data["may"] == ["read", "act"]
    listed = paystates("token", "list", "--json")
    assert [one["id"] for one in listed.data] == [made.data["id"]]
    assert secret not in listed.out + listed.err + paystates("token", "list").told
    kept = b"".join(file.read_bytes() for file in book_there.parent.glob("book.db*"))
    assert secret.encode() not in kept
    assert hashlib.sha256(secret.encode()).hexdigest().encode() in kept


def test_for_a_person_the_secret_alone_is_on_stdout(paystates: Run, book_there: Path) -> None:
    """So that it can be put into a variable; what is said about it goes to stderr."""
    ran = paystates("token", "create", "billing", "--all-accounts")
    assert (ran.code, ran.out.strip()[:3], len(ran.out.split())) == (0, "ps_", 1)
    assert "not shown again" in ran.err


def test_a_token_is_for_ninety_days_unless_said_otherwise(paystates: Run, book_there: Path) -> None:
    for asked, days in (((), 90), (("--expires", "7d"), 7)):
        made = paystates("token", "create", "billing", "--all-accounts", *asked, "--json").data
        with SqlBook.create(Settings().book_url).transaction() as pages:
            token = pages.token(made["id"])
        assert (token.expires_at - token.made_at).days == days


def test_a_revoked_token_is_no_longer_valid_and_stays_so(paystates: Run, book_there: Path) -> None:
    made = paystates("token", "create", "billing", "--all-accounts", "--json").data
    revoked = paystates("token", "revoke", made["id"], "--json").data
    assert (made["valid"], revoked["valid"]) == (True, False)
    assert paystates("token", "revoke", made["id"], "--json").data == revoked
    assert "revoked" in paystates("token", "list").told


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (("billing",), "either --account, as often as needed, or --all-accounts"),
        (("billing", "--account", "i-1", "--all-accounts"), "either --account, as often as needed, or --all-accounts"),
        (("billing", "--account", "i-2"), "--account 'i-2' is not in the account book"),
        (("billing", "--all-accounts", "--may", "read,write"), "--may 'read,write': use read, act, book and admin"),
        (("billing", "--all-accounts", "--may", "act"), "add --for PERSON, or --any-person"),
        (("billing", "--all-accounts", "--for", "nobody"), "--for 'nobody' is nobody in the account book"),
        (("billing", "--all-accounts", "--for", "ida-i-1", "--any-person"), "either --for or --any-person"),
        (("billing", "--all-accounts", "--expires", "soon"), "--expires 'soon' is not a duration"),
        (("billing", "--all-accounts", "--expires", "0d"), "at most ten years"),
        (("billing", "--all-accounts", "--expires", "9999d"), "at most ten years"),
        ((" ", "--all-accounts"), "NAME: say in plain words"),
    ],
)
def test_what_is_wrong_is_said_by_its_option(paystates: Run, book_there: Path, options: tuple[str, ...], wrong: str) -> None:
    ran = paystates("token", "create", *options)
    assert (ran.code, ran.out) == (2, "")
    assert wrong in ran.told
    assert paystates("token", "list", "--json").data == []


def test_a_token_that_is_not_there_cannot_be_revoked(paystates: Run, book_there: Path) -> None:
    ran = paystates("token", "revoke", "t-0")
    assert ran.code == 2
    assert "TOKEN 't-0' is not in the account book: see `paystates token list`" in ran.told
