"""change-single-subscription: exactly one subscription pays with another method from now on; its siblings are untouched (G35).

It is replace-all with one dependent: the choice is verified before it is made (G40), and the retry of what is due is woken.
"""

from typing import Annotated

from pydantic import Discriminator

from paystates.engine import Ask, Cancel, Due, End, GaveUp, Move, Procedure, Run, Unavailable, Verdict, Wait
from states import adding, results, rules
from states import choosing as given
from states import methods as ask
from states import moving as do
from states.choosing_story import headline, story
from states.rules.deciding import STARTED_BY_ANOTHER

ChangeSingleSubscriptionAction = Annotated[
    ask.Choose | ask.AddNew | ask.Authenticated | ask.Confirm | ask.ChooseAnother | ask.ReadAgain | Cancel, Discriminator("kind")
]
"""What people may do."""


class Memory(given.Choosing):
    """What a change remembers."""

    start_rules = rules.START_CHANGE
    choice_rules = rules.CHANGE


CHANGE_SINGLE_SUBSCRIPTION_1: Procedure[Memory] = Procedure(
    name="change-single-subscription",
    version=1,
    memory=Memory,
    initial="reviewing",
    headline=headline,
    attributes=given.attributes,
    story=story,
    reasons=results.reasons,
    states={
        "reviewing": Run(ask.Review, given.review, "Reads the subscription, its method and the other methods"),
        "choosing": Ask("an administrator", given.in_a_week, "Waits for another payment method to be chosen"),
        **adding.states(),
        "confirming": Ask("an administrator", given.in_a_week, "Waits for a confirmation of the choice"),
        "moving": Run(ask.MovePage, given.move_page, "Binds the subscription to the chosen method"),
        "waking_retries": Run(ask.WakeRetries, given.wake, "Tells the open retry of its new method"),
        "recovering": Wait(given.next_try, "Waits for the account book to be reachable"),
        "done": End(Verdict.DONE, "Done: the subscription pays with the chosen method"),
        "incomplete": End(Verdict.FAILED, "Incomplete: the subscription could not be changed"),
        "refused": End(Verdict.REFUSED, "Refused: the subscription pays as before"),
        "lapsed": End(Verdict.CANCELLED, "Lapsed: nobody chose or confirmed, and the subscription pays as before"),
        "cancelled": End(Verdict.CANCELLED, "Cancelled: the subscription pays as before"),
    },
    moves=[
        # Reviewing.
        Move(ask.NoSuchThing, "reviewing", "refused", remember=do.knows_of_none),
        Move(ask.Reviewed, "reviewing", "refused", when=given.may_not_start, remember=do.sees_why_not),
        Move(ask.Reviewed, "reviewing", "waking_retries", when=given.changed_before, remember=do.goes_on_waking),
        Move(ask.Reviewed, "reviewing", "adding", when=given.to_be_added, remember=do.sees),
        Move(ask.Reviewed, "reviewing", "refused", when=given.choice_refused_and_nobody_to_ask, remember=do.sees_why_not),
        Move(ask.Reviewed, "reviewing", "refused", when=given.nothing_chosen_and_nobody_to_ask, remember=do.sees_why_not),
        Move(ask.Reviewed, "reviewing", "choosing", when=given.choice_refused, remember=do.drops_choice),
        Move(ask.Reviewed, "reviewing", "moving", when=given.chosen_and_confirmed, remember=do.begins_moving),
        Move(ask.Reviewed, "reviewing", "confirming", when=given.is_chosen, remember=do.sees),
        Move(ask.Reviewed, "reviewing", "choosing", remember=do.sees),
        # Choosing and confirming.
        Move(
            ask.Choose,
            "choosing",
            "confirming",
            given=(*rules.CHANGE, STARTED_BY_ANOTHER),
            by=rules.METHOD_ADMINS,
            remember=do.chooses,
        ),
        Move(
            ask.AddNew,
            "choosing",
            "adding",
            given=(*rules.ADD, STARTED_BY_ANOTHER),
            by=rules.METHOD_ADMINS,
            remember=do.takes_new,
        ),
        *adding.moves(added="reviewing", given_up="reviewing"),
        Move(
            ask.Confirm,
            "confirming",
            "moving",
            given=(*rules.CHANGE, STARTED_BY_ANOTHER),
            by=rules.METHOD_ADMINS,
            remember=do.is_confirmed,
        ),
        Move(
            ask.ChooseAnother,
            "confirming",
            "choosing",
            given=(STARTED_BY_ANOTHER,),
            by=rules.METHOD_ADMINS,
            remember=do.chooses_again,
        ),
        Move(ask.ReadAgain, ("choosing", "confirming"), "reviewing", by=given.CANCELLERS, remember=do.reads_again),
        Move(Cancel, ("choosing", "confirming"), "cancelled", by=given.CANCELLERS),
        Move(GaveUp, ("choosing", "confirming"), "lapsed"),
        # Moving.
        Move(ask.PageMoved, "moving", "waking_retries", when=given.without_conflict, remember=do.has_changed),
        Move(ask.PageMoved, "moving", "incomplete", remember=do.counts_page),
        Move(ask.Conflicted, "moving", "reviewing", remember=do.starts_over),
        Move(ask.Woken, "waking_retries", "done", remember=do.has_woken),
        # The book cannot be reached.
        Move(
            Unavailable,
            ("reviewing", "moving", "waking_retries"),
            "recovering",
            when=given.tries_left,
            remember=do.counts_try,
        ),
        Move(Unavailable, ("reviewing", "moving"), "incomplete", remember=do.gives_up),
        Move(Unavailable, "waking_retries", "done"),
        Move(Due, "recovering", "reviewing", when=given.was_reviewing),
        Move(Due, "recovering", "waking_retries", when=given.was_waking),
        Move(Due, "recovering", "moving"),
    ],
)

RELEASED: dict[str, Procedure[Memory]] = {CHANGE_SINGLE_SUBSCRIPTION_1.id: CHANGE_SINGLE_SUBSCRIPTION_1}
"""Every released version: running procedures are pinned to theirs."""

CHANGE_SINGLE_SUBSCRIPTION = CHANGE_SINGLE_SUBSCRIPTION_1
"""The version that new procedures start with."""
