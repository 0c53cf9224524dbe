"""What grants give where one account is concerned, and perhaps one of its billing profiles (G1 to G12): pure."""

from collections.abc import Collection, Iterable

from domain.accounts import Grant, Role

PROFILE_ROLES = frozenset({Role.PROFILE_OWNER, Role.PROFILE_CONTRIBUTOR, Role.INVOICE_MANAGER, Role.PROFILE_READER})
"""The roles that are held on one billing profile; a customer's other roles are held on the account."""

_OURS = frozenset({Role.OPERATOR, Role.SERVICE})


def elsewhere(role: Role) -> str:
    """The name of a role on another billing profile of the account. It permits nothing (G11); a refusal says why by it."""
    return f"{role.value}_elsewhere"


def held(grants: Iterable[Grant], account: str | None, profile: str | None, profiles: Collection[str]) -> frozenset[str]:
    """The names of the roles that one person's grants give where `account` and its billing profile `profile` are concerned.

    A role on a profile counts there only; on another of `profiles` it is named as held `elsewhere`, and any other gives
    nothing (G11). `profiles` are the profiles of the account, none of them for a person of another organisation.
    """
    found = (_held(grant, account, profile, profiles) for grant in grants)
    return frozenset(role for role in found if role is not None)


def _held(grant: Grant, account: str | None, profile: str | None, profiles: Collection[str]) -> str | None:
    role = grant.role
    if role in _OURS:
        return role.value if grant.account_id in {None, account} else None
    if role not in PROFILE_ROLES:
        return role.value if account is not None and grant.account_id == account else None
    if grant.profile_id not in profiles:
        return None
    return role.value if grant.profile_id == profile else elsewhere(role)
