"""delete-with-dependents: a payment method is deleted; what depends on it is moved to another one first (G41 to G52).

At once when nothing depends on it (G43). Otherwise choose, move, verify, delete: to delete before everything was moved cannot be
expressed here. The deleting transaction looks again, and what was attached meanwhile sends it back to review (G47).
"""

from typing import Annotated

from pydantic import Discriminator

from paystates.engine import Ask, Cancel, Due, Each, End, GaveUp, Move, Procedure, Run, Unavailable, Verdict, Wait
from states import adding, results, rules
from states import choosing as given
from states import methods as ask
from states import moving as do
from states.choosing_story import headline, story
from states.rules.deciding import STARTED_BY_ANOTHER

DeleteWithDependentsAction = Annotated[
    ask.Choose | ask.AddNew | ask.Authenticated | ask.Confirm | ask.ChooseAnother | ask.ReadAgain | Cancel, Discriminator("kind")
]
"""What people may do."""


_ASKING = ("choosing", "confirming", "confirming_deletion")


class Memory(given.Choosing):
    """What a deletion remembers."""

    start_rules = rules.START_DELETE


DELETE_WITH_DEPENDENTS_1: Procedure[Memory] = Procedure(
    name="delete-with-dependents",
    version=1,
    memory=Memory,
    initial="reviewing",
    headline=headline,
    attributes=given.attributes,
    story=story,
    reasons=results.reasons,
    states={
        "reviewing": Run(ask.Review, given.review, "Reads the method, what depends on it, and the other methods"),
        "choosing": Ask("an administrator", given.in_a_week, "Waits for another payment method to be chosen"),
        **adding.states(),
        "confirming": Ask("an administrator", given.in_a_week, "Waits for a confirmation of what will be moved"),
        "confirming_deletion": Ask(
            "an administrator", given.in_a_week, "Waits for a confirmation: nothing depends on the method"
        ),
        "moving": Each(ask.MovePage, given.move_page, given.more_pages, given.moved_of, "Moves everything to the chosen method"),
        "verifying": Run(ask.Verify, given.verify, "Looks whether anything is left"),
        "waking_retries": Run(ask.WakeRetries, given.wake, "Tells the open retries of their new method"),
        "waking_some": Run(ask.WakeRetries, given.wake, "Tells the open retries of what was moved; not everything was"),
        "deleting": Run(ask.DeleteMethod, given.delete_method, "Deletes the method"),
        "recovering": Wait(given.next_try, "Waits for the account book to be reachable"),
        "done": End(Verdict.DONE, "Done: the method is deleted"),
        "incomplete": End(Verdict.FAILED, "Incomplete: the method is not deleted, and what could not be moved stays as it was"),
        "refused": End(Verdict.REFUSED, "Refused: nothing was moved or deleted"),
        "lapsed": End(Verdict.CANCELLED, "Lapsed: nobody chose or confirmed, and nothing was moved or deleted"),
        "cancelled": End(Verdict.CANCELLED, "Cancelled: nothing was moved or deleted"),
    },
    moves=[
        # Reviewing.
        Move(ask.NoSuchThing, "reviewing", "done", when=given.was_deleted_before),
        Move(ask.NoSuchThing, "reviewing", "refused", when=given.nothing_moved, remember=do.knows_of_none),
        Move(ask.NoSuchThing, "reviewing", "incomplete", remember=do.knows_of_none),
        Move(ask.Reviewed, "reviewing", "refused", when=given.may_not_start, remember=do.sees_why_not),
        Move(ask.Reviewed, "reviewing", "incomplete", when=given.may_not_go_on, remember=do.sees_why_not),
        Move(ask.Reviewed, "reviewing", "incomplete", when=given.no_rounds_left, remember=do.sees),
        Move(ask.Reviewed, "reviewing", "waking_retries", when=given.all_moved_before, remember=do.goes_on_waking),
        Move(ask.Reviewed, "reviewing", "refused", when=given.may_not_be_deleted, remember=do.sees_why_it_stays),
        Move(ask.Reviewed, "reviewing", "incomplete", when=given.is_left_undeleted, remember=do.sees_why_it_stays),
        Move(ask.Reviewed, "reviewing", "deleting", when=given.nothing_depends_and_confirmed, remember=do.goes_deleting),
        Move(ask.Reviewed, "reviewing", "confirming_deletion", when=given.nothing_depends, remember=do.sees),
        Move(ask.Reviewed, "reviewing", "adding", when=given.to_be_added, remember=do.sees),
        Move(ask.Reviewed, "reviewing", "incomplete", when=given.nobody_to_ask_and_something_moved, remember=do.sees_why_not),
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
            given=(*rules.CHOICE, STARTED_BY_ANOTHER),
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
        Move(Cancel, "authenticating", "incomplete", when=given.something_moved, by=given.CANCELLERS, remember=do.is_left),
        *adding.moves(added="reviewing", given_up="reviewing"),
        Move(
            ask.Confirm,
            "confirming",
            "moving",
            given=(*rules.CHOICE, STARTED_BY_ANOTHER),
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
        Move(
            ask.Confirm,
            "confirming_deletion",
            "deleting",
            given=(*rules.DELETE, STARTED_BY_ANOTHER),
            by=rules.METHOD_ADMINS,
            remember=do.agrees_to_delete,
        ),
        Move(ask.ReadAgain, _ASKING, "reviewing", by=given.CANCELLERS, remember=do.reads_again),
        Move(Cancel, _ASKING, "cancelled", when=given.nothing_moved, by=given.CANCELLERS),
        Move(Cancel, _ASKING, "incomplete", by=given.CANCELLERS, remember=do.is_left),
        Move(GaveUp, _ASKING, "lapsed", when=given.nothing_moved),
        Move(GaveUp, _ASKING, "incomplete", remember=do.is_left),
        # Moving.
        Move(ask.PageMoved, "moving", "verifying", remember=do.counts_page),
        Move(ask.Conflicted, "moving", "reviewing", when=given.nothing_moved, remember=do.starts_over),
        Move(ask.Conflicted, "moving", "waking_some", remember=do.stops_moving),
        Move(ask.Verified, "verifying", "moving", when=given.left_and_rounds_left, remember=do.goes_round),
        Move(ask.Verified, "verifying", "waking_retries", when=given.all_moved, remember=do.is_verified),
        Move(ask.Verified, "verifying", "waking_some", remember=do.is_verified),
        Move(ask.Woken, "waking_retries", "deleting", remember=do.has_woken_and_deletes),
        Move(ask.Woken, "waking_some", "incomplete", remember=do.has_woken),
        # Deleting.
        Move(ask.Deleted, "deleting", "done"),
        Move(ask.Conflicted, "deleting", "reviewing", remember=do.must_review),
        # The book cannot be reached.
        Move(
            Unavailable,
            ("reviewing", "moving", "verifying", "waking_retries", "waking_some", "deleting"),
            "recovering",
            when=given.tries_left,
            remember=do.counts_try,
        ),
        Move(Unavailable, ("reviewing", "moving", "verifying", "deleting"), "incomplete", remember=do.gives_up),
        Move(Unavailable, "waking_retries", "deleting", remember=do.deletes_next),
        Move(Unavailable, "waking_some", "incomplete"),
        Move(Due, "recovering", "reviewing", when=given.was_reviewing),
        Move(Due, "recovering", "waking_retries", when=given.was_waking_all),
        Move(Due, "recovering", "waking_some", when=given.was_waking),
        Move(Due, "recovering", "deleting", when=given.was_deleting),
        Move(Due, "recovering", "verifying"),
    ],
)

RELEASED: dict[str, Procedure[Memory]] = {DELETE_WITH_DEPENDENTS_1.id: DELETE_WITH_DEPENDENTS_1}
"""Every released version: running procedures are pinned to theirs."""

DELETE_WITH_DEPENDENTS = DELETE_WITH_DEPENDENTS_1
"""The version that new procedures start with."""
