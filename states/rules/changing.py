"""Which subscription's method may be changed by itself (G35 to G37, G39, G52)."""

from typing import Any

from domain.accounts import SubscriptionStatus
from domain.eras import policy
from paystates.engine import Moment, Rule
from states.rules.asking import Found, seen
from states.rules.choosing import TARGET
from states.rules.roles import START


def _through_profile(moment: Moment[Any, Any]) -> Found:
    picture = seen(moment)
    subscription = picture.subscription if picture is not None else None
    # One that pays through a profile has no method of its own that could be changed, in any era (I).
    return {"subscription": subscription.name} if subscription is not None and subscription.profile is not None else None


def _with_the_others(moment: Moment[Any, Any]) -> Found:
    picture = seen(moment)
    subscription = picture.subscription if picture is not None else None
    if picture is None or subscription is None or subscription.method is None:
        return None
    by_itself = picture.account.kind in policy(picture.account.era).single_change
    return None if by_itself else {"subscription": subscription.name}


def _by_invoice(moment: Moment[Any, Any]) -> Found:
    picture = seen(moment)
    subscription = picture.subscription if picture is not None else None
    if subscription is None or subscription.profile is not None or subscription.method is not None:
        return None
    # One that is deleted has let go of its method: what it owes again is paid once, and nothing is switched (I).
    return {"subscription": subscription.name} if subscription.status is not SubscriptionStatus.DELETED else None


def _over(moment: Moment[Any, Any]) -> Found:
    picture = seen(moment)
    subscription = picture.subscription if picture is not None else None
    if subscription is None or subscription.status is not SubscriptionStatus.DELETED or subscription.owes:
        return None
    return {"subscription": subscription.name}


PAYS_THROUGH_PROFILE = Rule(
    "PAYS_THROUGH_PROFILE",
    _through_profile,
    "{subscription} is paid through a billing profile, so its payment method cannot be changed by itself.",
    "Replace the payment method of the billing profile, or pay its bills now if it is paid by invoice.",
    "G36; G39",
    reads_actor=True,
    others={
        "nb": (
            "{subscription} betales gjennom en faktureringsprofil, så betalingsmåten kan ikke endres for abonnementet alene.",
            "Erstatt betalingsmåten til faktureringsprofilen, eller betal regningene nå hvis den betales med faktura.",
        )
    },
)
NOT_CHANGED_ALONE = Rule(
    "NOT_CHANGED_ALONE",
    _with_the_others,
    "In this account the payment method of {subscription} cannot be changed by itself.",
    "Replace the payment method for everything that pays with it.",
    "G36",
    reads_actor=True,
    others={
        "nb": (
            "I denne kontoen kan betalingsmåten for {subscription} ikke endres for abonnementet alene.",
            "Erstatt betalingsmåten for alt som betales med den.",
        )
    },
)
PAYS_BY_INVOICE = Rule(
    "PAYS_BY_INVOICE",
    _by_invoice,
    "{subscription} is paid by invoice, and cannot be switched to a card or bank account.",
    "Buy another subscription with a payment method, move the users to it, and cancel this one.",
    "G37",
    reads_actor=True,
    others={
        "nb": (
            "{subscription} betales med faktura og kan ikke byttes til kort eller bankkonto.",
            "Kjøp et nytt abonnement med en betalingsmåte, flytt brukerne dit, og si opp dette.",
        )
    },
)
SUBSCRIPTION_OVER = Rule(
    "SUBSCRIPTION_OVER",
    _over,
    "{subscription} is deleted and owes nothing, so there is nothing that a payment method could pay for.",
    "Nothing need be done. If a payment comes back, what is due again can be paid with a method chosen then.",
    "G52",
    reads_actor=True,
    others={
        "nb": (
            "{subscription} er slettet og skylder ingenting, så det er ikke noe en betalingsmåte kan betale for.",
            "Du trenger ikke gjøre noe. Kommer en betaling i retur, kan det som da er utestående, betales med en du velger da.",
        )
    },
)

START_CHANGE: tuple[Rule, ...] = (*START, PAYS_THROUGH_PROFILE, NOT_CHANGED_ALONE, PAYS_BY_INVOICE, SUBSCRIPTION_OVER)
"""What holds before another method is asked for."""

CHANGE: tuple[Rule, ...] = START_CHANGE + TARGET
"""Everything about the change of one subscription."""
