"""The decline table is data: read once, strictly, and a change of the networks' rules is a line of it."""

from datetime import date
from importlib.resources import files

import pytest
from tables import refused_otherwise

from domain.data import DataError
from domain.declines import Category, classify, packaged, read_table

PACKAGED = files("domain").joinpath("declines.yaml").read_text(encoding="utf-8")


def test_the_packaged_table_is_read_once() -> None:
    assert packaged() is packaged()
    assert packaged() == read_table(PACKAGED, "declines.yaml")
    assert packaged().version == date(2026, 11, 22)


def test_every_category_has_a_word() -> None:
    assert set(packaged().reasons) == set(Category)


MALFORMED = [
    (
        "{category: sca, codes: [1A]}",
        "{category: soft, codes: [1A]}",
        "tables.visa_iso.groups[5].category: 'soft' is not a category: use one of retry, retry_later, limited,",
    ),
    ("default: limited\nprovider", "default: soft\nprovider", "default: 'soft' is not known here: use 'retry', "),
    ("codes: [1A]", "codes: []", "tables.visa_iso.groups[5].codes: Tuple should have at least 1 item"),
    (
        "codes: [1A]",
        "codes: [1]",
        "tables.visa_iso.groups[5].codes[0]: must be text, but YAML reads it as 1: put it",
    ),
    ("codes: [1A]", "codes: [1A, 1A]", "tables.visa_iso.groups[5].codes: 1A is listed twice: keep one"),
    (
        "codes: [1A]",
        'codes: [1A, "51"]',
        "tables.visa_iso.groups[5].codes: 51 is listed twice for the same days: keep one, or part their dates",
    ),
    (
        '["83"], from: 2026-10-25}',
        '["83", 5C], from: 2026-10-25}',
        "tables.visa_iso.groups[3].codes: 5C is listed twice for the same days",
    ),
    (
        "2025-04-11}",
        "2025-04-11, to: 2025-04-10}",
        "groups[2].to: 2025-04-10 is before 2025-04-11: put the first day",
    ),
    ("from: 2025-04-11}", "from: 2025-04-31}", "groups[2].from: 2025-04-31 cannot be read: day is out of range"),
    (
        "  ach: # return codes: Galileo, Increase, Qualpay, Dwolla\n    default: never\n",
        "  ach:\n",
        "tables.ach.default: is missing: add it",
    ),
    (
        '["24"], wait_hours: 1}',
        '["24"], wait_hours: -1}',
        "wait_hours: must be greater than or equal to 0, but it is -1",
    ),
    (
        '["24"], wait_hours: 1}',
        '["24"], wait_hours: soon}',
        "wait_hours: must be a valid integer, but it is 'soon'",
    ),
    ('["24"], wait_hours: 1}', '["24"], wait: 1}', "groups[4].wait: is not a field of this file: remove it"),
    ("  sepa_sdd: #", "  sepa_sddd: #", "tables.sepa_sddd: 'sepa_sddd' is not known here: use 'stripe', "),
    (
        "{network: visa_iso,",
        "{network: visa_isoo,",
        "networks.visa.network: 'visa_isoo' is not known here: use 'stripe'",
    ),
    (
        "  stripe_advice: # (J)\n",
        "  stripe_advice:\n    default: info\n",
        "tables.stripe_advice.default: is given twice",
    ),
    (
        "[network_advice, provider_advice, network, provider]",
        "[network, provider]",
        "precedence: must name each of",
    ),
    ("  sca: authentication\n", "", "reasons: has no word for sca: add sca: declined"),
    (
        'expired: ["54"]\n      limit_reached: ["61", "65", N4]',
        'expired: ["99"]',
        "expired: 99 is in no group of this table",
    ),
    (
        "      expired: [expired_card]",
        "      expired: [stolen_card]",
        "stolen_card is never on a card, and told as a plain",
    ),
    (
        "      expired: [expired_card]",
        "      expired: [insufficient_funds]",
        "insufficient_funds has two reasons: keep one",
    ),
    (
        "    unauthorised: [MD06]",
        "    unauthorised: [AM04]",
        "sepa_sdd.unauthorised: AM04 is in no group of category never",
    ),
    ("    to: 2025-05-24", "    to: 2021-04-16", "caps[1].to: 2021-04-16 is before 2021-04-17: put the first day"),
    (
        "    to: 2025-05-24",
        "    to: 2025-05-25",
        "caps[2]: Visa holds twice on the same days: part the dates, or name",
    ),
    (
        "    max: 0 # and",
        "    max: 1 # and",
        "caps[0]: 1 attempts need a window to be counted in: add window_hours",
    ),
    (
        "    max: 10\n    margin: 1",
        "    max: 10\n    margin: 10",
        "margin: a margin of 10 leaves nothing of 10: make it",
    ),
    ("    source: mastercard_mac\n", "", "caps[5]: source and codes belong together"),
]


def read_with_fault(good: str, bad: str) -> object:
    assert PACKAGED.count(good) == 1, "the fault must be put in one place"
    return read_table(PACKAGED.replace(good, bad), "declines.yaml")


def test_a_malformed_table_is_refused_with_the_place_and_the_remedy() -> None:
    assert refused_otherwise(MALFORMED, DataError, read_with_fault, "declines.yaml cannot be used:") == ""


def test_a_fault_is_told_with_its_line() -> None:
    text = PACKAGED.replace("{category: sca, codes: [1A]}", "{category: soft, codes: [1A]}")
    with pytest.raises(DataError) as error:
        read_table(text, "declines.yaml")
    (problem,) = error.value.problems
    assert "soft" in text.splitlines()[problem.line - 1]


def test_a_table_that_is_read_must_be_there() -> None:
    start, end = PACKAGED.index("  stripe_advice: # (J)"), PACKAGED.index("  visa_iso:\n    default")
    with pytest.raises(DataError, match="there is no table stripe_advice in this file: add it under tables"):
        read_table(PACKAGED[:start] + PACKAGED[end:], "declines.yaml")


def test_a_code_may_change_its_meaning_on_a_day() -> None:
    """A change is a line of data: the old meaning ends the day before the new one begins."""
    later = PACKAGED.replace(
        "      - {category: sca, codes: [1A]}\n",
        "      - {category: sca, codes: [1A], to: 2026-12-31}\n      - {category: fix, codes: [1A], from: 2027-01-01}\n",
    )
    table = read_table(later, "declines.yaml")
    assert classify("visa", None, None, "1A", None, date(2026, 12, 31), table).category is Category.SCA
    assert classify("visa", None, None, "1A", None, date(2027, 1, 1), table).category is Category.FIX
