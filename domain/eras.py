"""What differs between the policy eras: rows of `eras.yaml`, read when this module is imported.

A constant, for the same reason as `countries.COUNTRIES`: what a released procedure means includes it.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from pydantic import Field

from domain.accounts import AccountKind, Era, Role
from domain.data import Data, Place, load, load_packaged
from domain.roles import PROFILE_ROLES


class EraPolicy(Data):
    """What holds in one era. What its fields mean is said in `eras.yaml`."""

    managers: Mapping[AccountKind, tuple[Role, ...]]
    profile_managers: tuple[Role, ...]
    bank_accounts: bool = Field(strict=True)
    more_on_ended_bank_accounts: bool = Field(strict=True)
    single_change: tuple[AccountKind, ...]

    def may_manage(self, kind: AccountKind, *, profile_alone: bool) -> tuple[Role, ...]:
        """Who may manage a payment method in an account of that kind (G1, G8, G10).

        `profile_alone`: nothing but one billing profile is concerned, so that roles on it count.
        """
        return self.managers[kind] + (self.profile_managers if profile_alone else ())


class Eras(Data):
    """The whole of `eras.yaml`."""

    version: date
    eras: Mapping[Era, EraPolicy]

    def faults(self) -> Iterator[tuple[Place, str]]:
        """Eras and kinds of account without a row, and roles that stand in the wrong list."""
        for era in Era:
            if era not in self.eras:
                yield ("eras",), f"{era} is missing: add its row"
        for era, policy in self.eras.items():
            for kind in AccountKind:
                if not policy.managers.get(kind):
                    yield ("eras", era, "managers"), f"nobody manages an account of kind {kind}: name its roles"
            for kind, roles in policy.managers.items():
                for role in sorted(PROFILE_ROLES & {*roles}):
                    yield ("eras", era, "managers", kind), f"{role} is held on a billing profile: move it to profile_managers"
            for role in sorted({*policy.profile_managers} - PROFILE_ROLES):
                yield ("eras", era, "profile_managers"), f"{role} is not held on a billing profile: move it to managers"


def read_eras(text: str, source_name: str) -> Eras:
    """Eras from the text of another file of the same form. Raises `DataError` with every fault and its line."""
    return load(text, Eras, source_name)


ERAS: Final = load_packaged("eras.yaml", Eras)
"""The eras packaged with `domain`."""


def policy(era: Era, eras: Eras = ERAS) -> EraPolicy:
    """What holds in that era."""
    return eras.eras[era]
