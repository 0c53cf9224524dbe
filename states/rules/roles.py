"""Who may manage payment methods: roles by era and kind of account, and cards by who added them (G1 to G11, C10)."""

from collections.abc import Iterable
from typing import Any

from domain.accounts import AccountKind, Role
from domain.eras import policy
from paystates.engine import Moment, Rule
from states.facts import AccountFacts
from states.rules.asking import Found, profile_alone, read, seen, target


def _managers(account: AccountFacts, *, with_profile: bool) -> tuple[Role, ...]:
    return policy(account.era).may_manage(account.kind, profile_alone=with_profile)


def _told(roles: Iterable[Role]) -> str:
    return " or ".join(role.value.replace("_", " ") for role in roles)


def _too_small(moment: Moment[Any, Any]) -> Found:
    picture = read(moment)
    may = _managers(picture.account, with_profile=profile_alone(picture))
    if not moment.actor.roles.isdisjoint(may):
        return None
    return {"roles": _told(may)}


def _by_profile_only(moment: Moment[Any, Any]) -> Found:
    picture, roles = seen(moment), moment.actor.roles
    if picture is None or not profile_alone(picture):
        return None
    may = _managers(picture.account, with_profile=False)
    if not roles.isdisjoint(may) or roles.isdisjoint(_managers(picture.account, with_profile=True)):
        return None
    return {"roles": _told(may)}


def _source_of_another(moment: Moment[Any, Any]) -> Found:
    picture = seen(moment)
    if picture is None or picture.source is None or picture.subscription is not None:
        return None  # one subscription leaves a card that stays as it is: that is the way out which G60 names
    source = picture.source
    if picture.account.kind is AccountKind.MCA or not source.is_card or source.added_by == moment.actor.id:
        return None
    return {"method": source.label}


def _target_of_another(moment: Moment[Any, Any]) -> Found:
    match target(moment):
        case (picture, method) if (
            picture.account.kind is AccountKind.MOSA and method.is_card and method.added_by != moment.actor.id
        ):
            return {"method": method.label}
    return None


MAY_MANAGE_METHODS = Rule(
    "ROLE_TOO_SMALL",
    _too_small,
    "Your role is not enough for this: it takes somebody who is {roles}.",
    "Ask somebody who is {roles} to do it, or to have the role given to you.",
    "G1; G5; G6; G8; G10; G11; C10",
    reads_actor=True,
    others={
        "nb": (
            "Rollen din er ikke nok til dette: det kreves en som er {roles}.",
            "Be en som er {roles}, om å gjøre det, eller om å sørge for at du får rollen.",
        )
    },
)
ACCOUNT_ROLE_NEEDED = Rule(
    "ACCOUNT_ROLE_NEEDED",
    _by_profile_only,
    "A role on a billing profile is enough to replace its payment method, but not to delete one of the account.",
    "Replace it, and ask somebody who is {roles} to delete it.",
    "G8; G11",
    reads_actor=True,
    others={
        "nb": (
            "En rolle på en faktureringsprofil er nok til å erstatte betalingsmåten dens, men ikke til å slette en av kontoens.",
            "Erstatt den, og be en som er {roles}, om å slette den.",
        )
    },
)
SOURCE_NOT_OWNED = Rule(
    "SOURCE_NOT_OWNED",
    _source_of_another,
    "{method} was added by another administrator, and only they may manage it.",
    "Ask that administrator to do it.",
    "G2; G3",
    reads_actor=True,
    others={
        "nb": (
            "{method} ble lagt til av en annen administrator, og bare den kan administrere det.",
            "Be den administratoren om å gjøre det.",
        )
    },
)
TARGET_NOT_OWNED = Rule(
    "TARGET_NOT_OWNED",
    _target_of_another,
    "{method} was added by another administrator, and only they may use it.",
    "Choose a card of your own or a bank account, or ask that administrator.",
    "G2; G3",
    reads_actor=True,
    helps="choose",
    others={
        "nb": (
            "{method} ble lagt til av en annen administrator, og bare den kan bruke det.",
            "Velg et kort du selv har lagt til eller en bankkonto, eller spør den administratoren.",
        )
    },
)

START: tuple[Rule, ...] = (MAY_MANAGE_METHODS, SOURCE_NOT_OWNED)
"""What holds before anything about a method is asked."""
