"""update-details: name, billing address or expiry of a method are corrected, never its number (G20, G21, G24, G25).

The provider checks them with the security code, and then they are saved. That re-arms a method that was declined for them: the
customer is asked whether to pay what is due at once, and the retries that waited are woken. A finished method stays finished.
"""

from typing import Annotated

from pydantic import Discriminator

from paystates.engine import Ask, Cancel, End, GaveUp, Move, Procedure, Run, Unavailable, Verdict
from states import adding, results, rules
from states import details as do
from states import methods as ask
from states.details import Edit, Memory, NotNow, PayNow

__all__ = ["RELEASED", "UPDATE_DETAILS", "Edit", "Memory", "NotNow", "PayNow", "UpdateDetailsAction"]

UpdateDetailsAction = Annotated[Edit | PayNow | NotNow | Cancel, Discriminator("kind")]
"""What people may do."""

UPDATE_DETAILS_1: Procedure[Memory] = Procedure(
    name="update-details",
    version=1,
    memory=Memory,
    initial="reviewing",
    headline=do.headline,
    attributes=do.attributes,
    story=do.story,
    reasons=results.reasons,
    states={
        "reviewing": Run(ask.Review, do.review, "Reads the payment method"),
        "editing": Ask("an administrator", do.in_a_day, "Waits for the corrected details"),
        "saving": Run(ask.SaveDetails, do.save, "Has the details checked, and saves them"),
        "offering": Ask("the customer", do.in_a_day, "Saved: offers to pay at once what waited for this payment method"),
        "waking": Run(ask.WakeRetries, do.wake, "Tells the open retries of the corrected details"),
        "done": End(Verdict.DONE, "Done: the details are saved"),
        "refused": End(Verdict.REFUSED, "Refused: nothing has changed"),
        "not_saved": End(Verdict.FAILED, "Not saved: the provider did not accept the details"),
        "half_saved": End(Verdict.FAILED, "Saved at the provider only, not in the account book"),
        "unavailable": End(Verdict.FAILED, "The provider or the account book could not be reached"),
        "not_woken": End(Verdict.FAILED, "Saved, but the retries could not be told: they see it at their next date"),
        "lapsed": End(Verdict.CANCELLED, "Lapsed: nobody gave the details, and nothing has changed"),
        "cancelled": End(Verdict.CANCELLED, "Cancelled: nothing has changed"),
    },
    moves=[
        # Reviewing and editing.
        Move(ask.NoSuchThing, "reviewing", "refused", remember=do.knows_of_none),
        Move(ask.Reviewed, "reviewing", "refused", when=do.may_not_edit, remember=do.sees_why_not),
        Move(ask.Reviewed, "reviewing", "saving", when=do.is_given, remember=do.sees),
        Move(ask.Reviewed, "reviewing", "editing", remember=do.sees),
        Move(Unavailable, ("reviewing", "saving"), "unavailable", remember=do.cannot_be_reached),
        Move(
            Edit,
            "editing",
            "saving",
            given=(*rules.EDIT, rules.STARTED_BY_ANOTHER),
            by=rules.METHOD_ADMINS,
            remember=do.takes_details,
        ),
        Move(Cancel, "editing", "cancelled", by=adding.WAKERS),
        Move(GaveUp, "editing", "lapsed"),
        # Saving.
        Move(ask.Saved, "saving", "offering", when=do.may_be_paid_now, remember=do.is_saved),
        Move(ask.Saved, "saving", "waking", remember=do.is_saved),
        Move(ask.Conflicted, "saving", "refused", remember=do.may_not_be_saved),
        Move(ask.HalfSaved, "saving", "half_saved", remember=do.is_half_saved),
        Move(ask.NotAdded, "saving", "editing", when=do.step_by_step, remember=do.is_not_accepted),
        Move(ask.NotAdded, "saving", "not_saved", remember=do.is_not_accepted),
        # Paying at once. What is saved stays saved: whoever cancels or says nothing declines the offer.
        Move(PayNow, "offering", "waking", given=(rules.SOURCE_NOT_OWNED,), by=rules.PAYERS, remember=do.pays),
        Move(NotNow, "offering", "waking", by=rules.PAYERS | rules.METHOD_ADMINS, remember=do.pays_not),
        Move(Cancel, "offering", "waking", by=adding.WAKERS, remember=do.pays_not),
        Move(GaveUp, "offering", "waking", remember=do.pays_not),
        Move(ask.Woken, "waking", "done", remember=do.has_woken),
        Move(Unavailable, "waking", "not_woken"),
    ],
)

RELEASED: dict[str, Procedure[Memory]] = {UPDATE_DETAILS_1.id: UPDATE_DETAILS_1}
"""Every released version: running procedures are pinned to theirs."""

UPDATE_DETAILS = UPDATE_DETAILS_1
"""The version that new procedures start with."""
