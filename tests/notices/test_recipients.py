"""G80: who gets the billing mails of an account, and who does not."""

from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import Account, AccountKind, Grant, Person, Role
from notices.recipients import is_address, recipients
from notices.sender import envelope

MOSA = Account("acc-1", "Fjordlys AS", "NO", contact_email="post@fjordlys.example", extra_recipients=("x@x.example",))
MCA = replace(MOSA, kind=AccountKind.MCA, extra_recipients=("regnskap@byraa.example",))
PEOPLE = [
    Person("global", "acc-1", "Gro", "gro@fjordlys.example", "gro@home.example"),
    Person("billing", "acc-1", "Bo", "bo@fjordlys.example"),
    Person("owner", "acc-1", "Ola", "ola@fjordlys.example", "ola@home.example"),
    Person("contributor", "acc-1", "Cato", "cato@fjordlys.example"),
    Person("invoices", "acc-1", "Ine", "ine@fjordlys.example"),
    Person("reader", "acc-1", "Rolf", "rolf@fjordlys.example"),
    Person("other-profile", "acc-1", "Odd", "odd@fjordlys.example"),
    Person("stranger", "acc-2", "Stig", "stig@other.example"),
]
GRANTS = [
    Grant("global", Role.GLOBAL_ADMIN, "acc-1"),
    Grant("billing", Role.BILLING_ADMIN, "acc-1"),
    Grant("owner", Role.PROFILE_OWNER, "acc-1", "bp-1"),
    Grant("contributor", Role.PROFILE_CONTRIBUTOR, None, "bp-1"),
    Grant("invoices", Role.INVOICE_MANAGER, "acc-1", "bp-1"),
    Grant("reader", Role.PROFILE_READER, "acc-1", "bp-1"),
    Grant("other-profile", Role.PROFILE_OWNER, "acc-1", "bp-2"),
    Grant("stranger", Role.GLOBAL_ADMIN, "acc-1"),
    Grant("stranger", Role.PROFILE_OWNER, "acc-1", "bp-1"),
    Grant("reader", Role.GLOBAL_ADMIN, "acc-2"),
]


def test_without_profiles_every_global_and_billing_admin_is_written_to_at_both_addresses() -> None:
    """G80: MOSA. Nobody of another organisation is among them, whatever was granted (G11)."""
    assert recipients(MOSA, PEOPLE, GRANTS, None) == (
        "bo@fjordlys.example",
        "gro@fjordlys.example",
        "gro@home.example",
        "post@fjordlys.example",
    )


def test_of_a_profile_owner_contributor_and_invoice_manager_are_written_to_but_no_reader() -> None:
    """G80: MCA. The extra recipients of the account are added; other profiles' people are not."""
    assert recipients(MCA, PEOPLE, GRANTS, "bp-1") == (
        "cato@fjordlys.example",
        "ine@fjordlys.example",
        "ola@fjordlys.example",
        "regnskap@byraa.example",
    )


def test_where_no_profile_pays_the_admins_stand_in() -> None:
    """A notice to nobody would be lost."""
    assert recipients(MCA, PEOPLE, GRANTS, None) == (
        "bo@fjordlys.example",
        "gro@fjordlys.example",
        "gro@home.example",
        "regnskap@byraa.example",
    )


def test_where_nobody_has_a_billing_role_the_accounts_owners_are_told() -> None:
    """A notice to nobody would be tried for ever, and lost: owners, contributors and the organisation's contact get it (I)."""
    grants = [Grant("owner", Role.ACCOUNT_OWNER, "acc-1"), Grant("contributor", Role.ACCOUNT_CONTRIBUTOR, "acc-1")]
    account = replace(MCA, extra_recipients=())
    expected = ("cato@fjordlys.example", "ola@fjordlys.example", "ola@home.example", "post@fjordlys.example")
    assert recipients(account, PEOPLE, grants, None) == recipients(account, PEOPLE, grants, "bp-9") == expected
    assert recipients(replace(account, contact_email=None), PEOPLE, [], None) == ()


def test_one_mailbox_gets_one_mail_whatever_its_case() -> None:
    shouting = replace(MOSA, contact_email="BO@Fjordlys.example")
    found = recipients(shouting, PEOPLE, GRANTS, None)
    assert [address.casefold() for address in found].count("bo@fjordlys.example") == 1
    assert found == recipients(shouting, PEOPLE[::-1], GRANTS[::-1], None)


def test_what_is_no_address_is_left_out_and_keeps_nobody_else_from_the_mail() -> None:
    spoilt = replace(MOSA, contact_email="post@fjordlys.example\r\nBcc: everyone@other.example")
    assert recipients(spoilt, PEOPLE[:2], GRANTS, None) == (
        "bo@fjordlys.example",
        "gro@fjordlys.example",
        "gro@home.example",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anna",
        "@b.example",
        "a@",
        "a b@c.example",
        "a@b..example",
        ".a@b.example",
        "a@-b.example",
        "a@b.example\n",
        "a@b.example\r\nSubject: x",
        "a@b.example,c@d.example",
        "Anna <a@b.example>",
        "a@b@c.example",
        "a\u202e@b.example",
        "a@b.example\x00",
        "a" * 65 + "@b.example",
        "a@" + "b" * 260,
    ],
)
def test_is_no_address(text: str) -> None:
    assert not is_address(text)


@given(st.text(max_size=8), st.text(max_size=8))
def test_every_address_survives_a_header(local: str, domain: str) -> None:
    """What `is_address` accepts reads back from a header as that one address."""
    address = f"{local}@{domain}.example"
    if is_address(address):
        message = EmailMessage(policy=SMTP)
        message["Bcc"] = f"{address}, bo@fjordlys.example"
        assert envelope(message) == [address, "bo@fjordlys.example"]


@pytest.mark.parametrize("text", ["a@b.example", "a.b+c@d-e.example", "ærlig.åse@blåbær.example", "o'neill@b.example"])
def test_is_an_address(text: str) -> None:
    assert is_address(text)
