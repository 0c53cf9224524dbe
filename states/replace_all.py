"""replace-all: everything that pays with a method is moved to another one (G26 to G34). The method stays on file (G27).

Everything is checked before the first item moves. What conflicts after that stays where it was and is named with its reason, and
the verdict is failed (G33). What was attached meanwhile is moved too.
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

ReplaceAllAction = Annotated[
    ask.Choose | ask.AddNew | ask.Authenticated | ask.Confirm | ask.ChooseAnother | ask.ReadAgain | Cancel, Discriminator("kind")
]
"""What people may do."""


class Memory(given.Choosing):
    """What a replacement remembers."""


REPLACE_ALL_1: Procedure[Memory] = Procedure(
    name="replace-all",
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
        "moving": Each(ask.MovePage, given.move_page, given.more_pages, given.moved_of, "Moves everything to the chosen method"),
        "verifying": Run(ask.Verify, given.verify, "Looks whether anything is left"),
        "waking_retries": Run(ask.WakeRetries, given.wake, "Tells the open retries of their new method"),
        "waking_some": Run(ask.WakeRetries, given.wake, "Tells the open retries of what was moved; not everything was"),
        "recovering": Wait(given.next_try, "Waits for the account book to be reachable"),
        "done": End(Verdict.DONE, "Done: everything was moved"),
        "nothing_to_do": End(Verdict.DONE, "Nothing pays with this method"),
        "incomplete": End(Verdict.FAILED, "Incomplete: what could not be moved stays as it was"),
        "refused": End(Verdict.REFUSED, "Refused: nothing was moved"),
        "lapsed": End(Verdict.CANCELLED, "Lapsed: nobody chose or confirmed, and nothing was moved"),
        "cancelled": End(Verdict.CANCELLED, "Cancelled: nothing was moved"),
    },
    moves=[
        # Reviewing.
        Move(ask.NoSuchThing, "reviewing", "refused", remember=do.knows_of_none),
        Move(ask.Reviewed, "reviewing", "refused", when=given.may_not_start, remember=do.sees_why_not),
        Move(ask.Reviewed, "reviewing", "waking_retries", when=given.all_moved_before, remember=do.goes_on_waking),
        Move(ask.Reviewed, "reviewing", "nothing_to_do", when=given.nothing_depends, remember=do.sees),
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
        Move(ask.ReadAgain, ("choosing", "confirming"), "reviewing", by=given.CANCELLERS, remember=do.reads_again),
        Move(Cancel, ("choosing", "confirming"), "cancelled", by=given.CANCELLERS),
        Move(GaveUp, ("choosing", "confirming"), "lapsed"),
        # Moving.
        Move(ask.PageMoved, "moving", "verifying", remember=do.counts_page),
        Move(ask.Conflicted, "moving", "reviewing", when=given.nothing_moved, remember=do.starts_over),
        Move(ask.Conflicted, "moving", "waking_some", remember=do.stops_moving),
        Move(ask.Verified, "verifying", "moving", when=given.left_and_rounds_left, remember=do.goes_round),
        Move(ask.Verified, "verifying", "waking_retries", when=given.all_moved, remember=do.is_verified),
        Move(ask.Verified, "verifying", "waking_some", remember=do.is_verified),
        Move(ask.Woken, "waking_retries", "done", remember=do.has_woken),
        Move(ask.Woken, "waking_some", "incomplete", remember=do.has_woken),
        # The book cannot be reached.
        Move(
            Unavailable,
            ("reviewing", "moving", "verifying", "waking_retries", "waking_some"),
            "recovering",
            when=given.tries_left,
            remember=do.counts_try,
        ),
        Move(Unavailable, ("reviewing", "moving", "verifying"), "incomplete", remember=do.gives_up),
        Move(Unavailable, "waking_retries", "done"),
        Move(Unavailable, "waking_some", "incomplete"),
        Move(Due, "recovering", "reviewing", when=given.was_reviewing),
        Move(Due, "recovering", "waking_retries", when=given.was_waking_all),
        Move(Due, "recovering", "waking_some", when=given.was_waking),
        Move(Due, "recovering", "verifying"),
    ],
)

RELEASED: dict[str, Procedure[Memory]] = {REPLACE_ALL_1.id: REPLACE_ALL_1}
"""Every released version: running procedures are pinned to theirs."""

REPLACE_ALL = REPLACE_ALL_1
"""The version that new procedures start with."""
