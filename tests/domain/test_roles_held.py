"""What a person's grants give where an account and one of its billing profiles are concerned (G1 to G12)."""

from domain.accounts import Grant, Role
from domain.roles import held

PROFILES = ("drift", "prosjekt")


def grant(role: Role, account: str | None = None, profile: str | None = None) -> Grant:
    return Grant("ida", role, account, profile)


GIVEN = {
    grant(Role.GLOBAL_ADMIN, "acme"): {"global_admin"},
    grant(Role.GLOBAL_ADMIN, "other"): set(),
    grant(Role.PROFILE_OWNER, "acme", "drift"): {"profile_owner"},
    grant(Role.PROFILE_OWNER, "acme", "prosjekt"): {"profile_owner_elsewhere"},
    grant(Role.PROFILE_OWNER, "acme", "foreign"): set(),
    grant(Role.OPERATOR): {"operator"},
    grant(Role.OPERATOR, "acme"): {"operator"},
    grant(Role.SERVICE, "other"): set(),
}


def test_a_role_counts_where_it_is_held():
    """An account's on that account, a profile's on that profile (G11), our own staff's wherever they are employed."""
    assert {given: held([given], "acme", "drift", PROFILES) for given in GIVEN} == GIVEN


def test_where_no_account_is_concerned_no_customer_has_a_role():
    assert held([grant(Role.GLOBAL_ADMIN, "acme"), grant(Role.OPERATOR)], None, None, ()) == {"operator"}


def test_somebody_of_another_organisation_has_no_role_on_a_profile():
    """G11: the profiles are none for them."""
    assert held([grant(Role.PROFILE_OWNER, "acme", "drift")], "acme", "drift", ()) == frozenset()
