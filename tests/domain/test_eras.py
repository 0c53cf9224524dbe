"""What differs between the policy eras is data: who manages methods, whether there are bank accounts, what is changed alone."""

from itertools import product

from tables import refused_otherwise

from domain.accounts import AccountKind, Era, Role
from domain.data import DataError
from domain.eras import ERAS, policy, read_eras

ADMINS = (Role.GLOBAL_ADMIN, Role.BILLING_ADMIN)
OF_ACCOUNT = (Role.ACCOUNT_OWNER, Role.ACCOUNT_CONTRIBUTOR)
OF_PROFILE = (Role.PROFILE_OWNER, Role.PROFILE_CONTRIBUTOR)


def test_at_first_administrators_manage_everything() -> None:
    """G1, C10."""
    cases = list(product((Era.SEED, Era.Y2022), AccountKind, (True, False)))
    managers = {(era, kind, alone): policy(era).may_manage(kind, profile_alone=alone) for era, kind, alone in cases}
    assert managers == dict.fromkeys(cases, ADMINS)


def test_since_2024_an_mca_account_is_managed_by_its_own_roles() -> None:
    """G8, G10: and a profile by the roles on it; a MOSA account goes on as before."""
    row = policy(Era.Y2024)
    assert row.may_manage(AccountKind.MOSA, profile_alone=False) == ADMINS
    assert row.may_manage(AccountKind.MCA, profile_alone=False) == OF_ACCOUNT
    assert row.may_manage(AccountKind.MCA, profile_alone=True) == OF_ACCOUNT + OF_PROFILE


def test_bank_accounts_by_era() -> None:
    """C1, G18a to G18c."""
    told = [(policy(era).bank_accounts, policy(era).more_on_ended_bank_accounts) for era in Era]
    assert told == [(True, False), (True, True), (False, False)]


def test_every_era_has_its_row() -> None:
    assert set(ERAS.eras) == set(Era)


ROW = """\
    managers: {MOSA: [global_admin], MCA: [account_owner]}
    profile_managers: [profile_owner]
    bank_accounts: true
    more_on_ended_bank_accounts: true
    single_change: [MOSA]
"""
GOOD = f'version: 2026-11-22\neras:\n  seed:\n{ROW}  "2022":\n{ROW}  "2024":\n{ROW}'


def test_the_eras_may_come_from_another_file() -> None:
    eras = read_eras(GOOD, "mine.yaml")
    assert policy(Era.SEED, eras).may_manage(AccountKind.MCA, profile_alone=True) == (Role.ACCOUNT_OWNER, Role.PROFILE_OWNER)


MALFORMED = [
    (f'  "2024":\n{ROW}', "", "line 2, eras: 2024 is missing: add its row"),
    ('"2024"', '"2025"', "line 15, eras.2025: '2025' is not known here: use 'seed', '2022' or '2024'"),
    ("[global_admin]", "[]", "line 4, eras.seed.managers: nobody manages an account of kind MOSA: name its roles"),
    (", MCA: [account_owner]", "", "line 4, eras.seed.managers: nobody manages an account of kind MCA: name its roles"),
    (
        "[account_owner]",
        "[profile_reader]",
        "line 4, eras.seed.managers.MCA: profile_reader is held on a billing profile: move it",
    ),
    (
        "[profile_owner]",
        "[operator]",
        "line 5, eras.seed.profile_managers: operator is not held on a billing profile: move it",
    ),
    ("[account_owner]", "[owner]", "'owner' is not known here: use "),
    (
        "bank_accounts: true",
        "bank_accounts: 1",
        "line 6, eras.seed.bank_accounts: must be a valid boolean, but it is 1: correct it",
    ),
]


def test_a_malformed_file_is_refused() -> None:
    """Every fault with its line, its field and its remedy."""
    assert refused_otherwise(MALFORMED, DataError, lambda good, bad: read_eras(GOOD.replace(good, bad), "mine.yaml")) == ""
