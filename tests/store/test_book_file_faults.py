"""What is said of a book file that is wrong: the line, the field and what to do, for every fault at once."""

from datetime import date
from pathlib import Path

import pytest

from domain.data import DataError
from store.card_numbers import has_card_number
from store.files import read_book

START = date(2026, 3, 1)
TEXT = (Path(__file__).parent / "fjord.yaml").read_text()

CARD = "4242" * 4
"""A well-known test number of no account, put together so that it stands nowhere."""

EVA = "{id: eva, name: Eva, email: eva@elv.example, roles: [{role: profile_reader, profile: bp_1}]}"
"""Somebody of another organisation, with a role on a billing profile of the first."""

MALFORMED = {
    "no field of ours": ("name: Fjord AS", "nome: Fjord AS", "line 7, accounts[0].nome: is not a field of this file"),
    "brand": ("brand: visa", "brand: viza", "accounts[0].methods[0].card.brand: 'viza' is not known here: use 'visa'"),
    "number as text": (
        '"1 495.00"',
        "1495.00",
        "accounts[0].invoices[0].amount: must be text, but YAML reads it as 1495.0: put it in quotes",
    ),
    "comma": ('"1 495.00"', '"1.495,00"', "amount: '1.495,00' is not an amount: write 1495.00 or 1 495.00"),
    "too much": (
        '"1 495.00"',
        '"99999999999999.00"',
        "'99999999999999.00' is too large: an amount has at most 13 digits before the point",
    ),
    "no debt": ('"1 495.00"', '"0"', "accounts[0].invoices[0].amount: 0 is not a debt: write an amount above zero"),
    "currency": ("NOK", "NKR", "invoices[0].currency: 'NKR' is not a known currency: use an ISO 4217 code in capitals"),
    "country as bool": ('"NO"', "NO", "accounts[0].country: must be text, but YAML reads it as False: put it"),
    "country": ('"NO"', '"Norge"', "country: 'Norge' is not a country: write its ISO 3166 code in two capital letters"),
    "time zone": ("Europe/Oslo", "Oslo", "accounts[0].time_zone: 'Oslo' is not a time zone: write a name of the"),
    "id": ("id: inv_1", "id: inv/1", "invoices[0].id: 'inv/1' is not an id: use up to 64 letters, digits, '.'"),
    "address": ("post@fjord.example", "fjord", "contact_email: 'fjord' is not an e-mail address: write one"),
    "month": ('"2028-02"', '"02/28"', "card.expires: 02/28 is not a month: write year and month in quotes, such as"),
    "last four": ('"4242"', '"42"', "card.last4: must be four digits (in a file in quotes): write the last four of the number"),
    "day": ("-10d", "soon", "billing_date: soon is not a day: write a date such as 2026-03-31, or days from the start"),
    "far day": ("-10d", "-99999999d", "billing_date: -99999999d is not a day: write a date"),
    "due before billed": ("+14d", "-11d", "invoices[0]: invoice inv_1 is due before it is billed: correct due_date"),
    "two payers": (
        "subscription: sub_1,",
        "subscription: sub_1, billing_profile: bp_1,",
        "accounts[0].invoices[0]: invoice inv_1 must have one payer: write either subscription or billing_profile",
    ),
    "two kinds": (
        "        token: ba_77",
        '        card: {brand: visa, last4: "1111", expires: "2028-02"}',
        "accounts[0].methods[1]: method bank_1 must be one thing: write either card or bank_account",
    ),
    "two ways to pay": (
        "name: Pro, method",
        "name: Pro, billing_profile: bp_1, method",
        "subscriptions[0]: subscription sub_1 pays in two ways: keep either method or billing_profile",
    ),
    "no way to pay": (
        "method: card_1, status: past_due",
        "status: past_due",
        "subscription sub_1 is past_due and pays with nothing: write method or billing_profile",
    ),
    "our own role": (
        "[billing_admin,",
        "[operator,",
        "roles[0]: operator is not a customer's role: list our people under staff, our systems under services",
    ),
    "profile role": (
        "[billing_admin,",
        "[invoice_manager,",
        "invoice_manager is held on one billing profile: write {role: invoice_manager, profile: ID}",
    ),
    "account role": (
        "role: profile_owner",
        "role: global_admin",
        "global_admin is held on the whole account: leave the profile out",
    ),
    "lost method": (
        "name: Main, method: card_1",
        "name: Main, method: card_9",
        "line 33, accounts[0].billing_profiles[0].method: account fjord has no method 'card_9': add it there",
    ),
    "lost profile": (
        "name: Team, billing_profile: bp_1",
        "name: Team, billing_profile: bp_9",
        "subscriptions[1].billing_profile: account fjord has no billing profile 'bp_9': add it there",
    ),
    "lost profile of a role": (
        "profile: bp_1}]",
        "profile: bp_9}]",
        "roles[1].profile: account fjord has no profile 'bp_9'",
    ),
    "profile of another organisation": (
        "accounts:\n",
        f"accounts:\n  - {{id: elv, name: Elv AS, country: SE, kind: MCA, people: [{EVA}]}}\n",
        "line 6, accounts[0].people[0].roles[0].profile: 'bp_1' is of account fjord, and only its own people have roles there",
    ),
    "lost person": ("added_by: ann", "added_by: abe", "methods[0].added_by: account fjord has no person 'abe'"),
    "lost payer": ("subscription: sub_1", "subscription: sub_9", "account fjord has no subscription 'sub_9'"),
    "kept for nothing": (
        "name: Team, billing_profile: bp_1",
        "name: Team, method: card_1, status: deleted",
        "line 37, accounts[0].subscriptions[1].method: subscription sub_2 is deleted and owes nothing: leave its method out",
    ),
    "MOSA": ("kind: MCA", "kind: MOSA", "billing_profiles: account fjord is MOSA, which has none: write kind: MCA or"),
    "id twice": ("id: bank_1", "id: card_1", "methods[1].id: 'card_1' is the method id of another already"),
    "token twice": ("ba_77", "tok_card_1", "methods[1].token: 'tok_card_1' is the token of another already"),
    "id of ours": ("id: olga", "id: ann", "accounts[0].people[0].id: 'ann' is the person id of another already"),
    "built-in id": ("id: billing", "id: provider", "services[0].id: 'provider' is the person id of another already"),
    "card number": (
        "holder: Ann",
        f"holder: {CARD}",
        "line 23, accounts[0].methods[0].card.holder: looks like a card number, which is never kept: write the",
    ),
    "card number as number": ('"4242"', CARD, "accounts[0].methods[0].card.last4: looks like a card number"),
    "card number in groups": (
        "name: Pro",
        f"name: Pro {CARD[:4]} {CARD[4:8]}-{CARD[8:]}",
        "name: looks like a card number",
    ),
    "card number in an unknown field": (
        "name: Pro",
        f"pan: '{CARD}'",
        "subscriptions[0].pan: looks like a card number",
    ),
    "card number as a field": ("name: Pro", f"'{CARD}': Pro", "subscriptions[0]: looks like a card number"),
    "card number in a comment": ("name: Ann\n", f"name: Ann # {CARD}\n", "line 17: something in this line looks"),
}


@pytest.mark.parametrize(("there", "here", "message"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_file_is_refused_with_its_line_its_field_and_a_remedy(there, here, message):
    """Each is one change of a file that is right; and no card number is ever repeated."""
    assert there in TEXT
    with pytest.raises(DataError) as caught:
        read_book(TEXT.replace(there, here, 1), "book.yaml", START)
    told = str(caught.value)
    assert told.startswith("book.yaml cannot be used:\n  line ")
    assert message in told
    assert CARD not in "".join(filter(str.isdigit, told))


def test_every_fault_is_told_at_once():
    wrong = TEXT.replace("brand: visa", "brand: viza").replace("Europe/Oslo", "Oslo").replace("NOK", "NKR")
    with pytest.raises(DataError) as caught:
        read_book(wrong, "book.yaml", START)
    assert [problem.line for problem in caught.value.problems] == [10, 23, 39]


def test_days_lead_to_no_day_before_the_calendar():
    with pytest.raises(DataError, match="billing_date: -10d is not a day"):
        read_book(TEXT.replace("added_by: ann", "added_by: ann\n        added: 0d"), "book.yaml", date.min)


def test_numbers_that_cannot_be_card_numbers_are_let_through():
    """Too short, too long, or with another check digit."""
    assert not has_card_number("1 495 000.00 NOK on 2026-03-01")
    assert not has_card_number(CARD[:-1] + "1")
    assert not has_card_number(CARD * 2)
    assert has_card_number(f"card {CARD}.")


def test_what_is_deleted_and_owes_something_is_read_with_its_method():
    """Law 6: it is still charged. What it owes is in the file, or it owes nothing (G52)."""
    owing = TEXT.replace("method: card_1, status: past_due", "method: card_1, status: deleted")
    assert read_book(owing, "book.yaml", START).accounts[0].subscriptions[0].method == "card_1"
