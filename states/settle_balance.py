"""settle-balance: all that is due with a declined method is paid at once, with that one or another (G24, G60 to G64).

One attempt for each currency, in turn. What cannot be told goes through `looking_up`, which asks the provider and never charges.
Once everything is paid, what used the declined method uses the one that paid (G61), except where one invoice is paid by itself
(G63). What a run took that was stopped before it bound, the next one goes on from. No attempt of the plan follows: the retries
are told, and find nothing due (G64). What is never found out stays open in the book and is put before an operator.
"""

from typing import Annotated

from pydantic import Discriminator

from paystates.engine import Ask, Cancel, Due, Each, End, GaveUp, Move, Procedure, Run, Unavailable, Verdict, Wait
from states import adding, choosing, debts, methods, moving, results, rules
from states import settle_functions as given
from states import settle_remembered as do
from states import settling as ask
from states.retry_messages import BalanceChanged, LookUpAgain, ProviderNotified
from states.settle_functions import Memory
from states.settling_story import headline, story

__all__ = ["RELEASED", "SETTLE_BALANCE", "SETTLE_BALANCE_1", "Memory", "SettleBalanceAction"]

SettleBalanceAction = Annotated[
    methods.Choose
    | methods.AddNew
    | methods.Confirm
    | methods.ChooseAnother
    | methods.Authenticated
    | methods.ReadAgain
    | LookUpAgain
    | BalanceChanged
    | ProviderNotified
    | Cancel,
    Discriminator("kind"),
]
"""What people and services may send."""

_ASKING = ("choosing", "confirming")
_SENT = ("charging", "looking_up")
_UNKNOWN = ("clearing", "looking_later", "needs_attention")
_OPEN = (*_UNKNOWN, "needs_customer")
_CANCELLERS = rules.SETTLERS | rules.SERVICES
_PAYING = (rules.STARTED_BY_ANOTHER, *rules.SETTLING)

SETTLE_BALANCE_1: Procedure[Memory] = Procedure(
    name="settle-balance",
    version=1,
    memory=Memory,
    initial="reviewing",
    headline=headline,
    attributes=given.attributes,
    story=story,
    reasons=results.reasons,
    states={
        "reviewing": Run(ask.ReadBalance, given.read_balance, "Reads what is due, and what it may be paid with"),
        "choosing": Ask("an administrator", choosing.in_a_week, "Waits for a payment method to be chosen"),
        **adding.states(given.add_method),
        "confirming": Ask("an administrator", choosing.in_a_week, "Waits for the amounts to be confirmed"),
        "charging": Run(ask.Settle, given.settle, "Charges all that is due in one currency"),
        "looking_up": Run(ask.LookUpSettlement, given.look_up, "Asks the provider what became of the attempt"),
        "looking_later": Wait(given.next_look, "Asks again later: the outcome is unknown"),
        "clearing": Wait(given.after_expected, "Waits for the bank's result"),
        "needs_customer": Ask("the customer", given.deadline, "Waits for the customer to authenticate"),
        "needs_attention": Ask(
            "an operator", given.two_weeks, "Needs attention: the attempt's outcome cannot be found out", alarms=True
        ),
        "opening_case": Run(ask.OpenCase, given.open_case, "Puts it before an operator: the attempt stays open"),
        "telling": Run(ask.TellSettled, given.tell_settled, "Tells the retries of what is paid"),
        "rebinding": Each(
            methods.MovePage,
            choosing.move_page,
            choosing.more_pages,
            choosing.moved_of,
            "Binds what used the declined method to the one that paid",
        ),
        "verifying": Run(methods.Verify, choosing.verify, "Looks whether anything is left on the declined method"),
        "waking_retries": Run(methods.WakeRetries, choosing.wake, "Tells the open retries of their new method"),
        "waking_some": Run(methods.WakeRetries, choosing.wake, "Tells the open retries of what could be bound anew"),
        "recovering": Wait(choosing.next_try, "Waits for the account book to be reachable"),
        "done": End(Verdict.DONE, "Done: everything that was due is paid"),
        "nothing_to_do": End(Verdict.DONE, "Nothing is due with this payment method"),
        "incomplete": End(Verdict.FAILED, "Incomplete: what is paid stays paid, and the rest stays as it was"),
        "unresolved": End(Verdict.FAILED, "Unresolved: the attempt's outcome was never found out", alarms=True),
        "refused": End(Verdict.REFUSED, "Refused: nothing has changed"),
        "lapsed": End(Verdict.CANCELLED, "Lapsed: nobody chose or confirmed, and nothing has changed"),
        "cancelled": End(Verdict.CANCELLED, "Cancelled: nothing has changed"),
    },
    moves=[
        # Reading what is due.
        Move(methods.NoSuchThing, "reviewing", "refused", when=given.nothing_paid, remember=moving.knows_of_none),
        Move(methods.NoSuchThing, "reviewing", "incomplete", remember=moving.knows_of_none),
        Move(ask.SettlementOpen, "reviewing", "looking_up", when=choosing.tries_left, remember=do.is_adopted),
        Move(ask.SettlementOpen, "reviewing", "needs_attention", remember=do.is_adopted),
        Move(ask.BalanceRead, "reviewing", "refused", when=given.may_not_settle, remember=do.sees_why_not),
        Move(ask.BalanceRead, "reviewing", "incomplete", when=given.may_not_go_on, remember=do.sees_why_not),
        Move(ask.BalanceRead, "reviewing", "telling", when=given.was_paid_before, remember=do.adopts_payment),
        Move(ask.BalanceRead, "reviewing", "nothing_to_do", when=given.nothing_was_due, remember=do.sees_nothing_due),
        Move(ask.BalanceRead, "reviewing", "rebinding", when=given.nothing_is_left_but_binding, remember=do.begins_binding),
        Move(ask.BalanceRead, "reviewing", "done", when=given.nothing_is_left, remember=do.sees_bills),
        Move(ask.BalanceRead, "reviewing", "adding", when=choosing.to_be_added, remember=do.sees_bills),
        Move(ask.BalanceRead, "reviewing", "incomplete", when=given.nobody_to_ask_and_something_paid, remember=do.sees_why_not),
        Move(ask.BalanceRead, "reviewing", "refused", when=given.choice_refused_and_nobody_to_ask, remember=do.sees_why_not),
        Move(ask.BalanceRead, "reviewing", "refused", when=choosing.nothing_chosen_and_nobody_to_ask, remember=do.sees_why_not),
        Move(ask.BalanceRead, "reviewing", "choosing", when=given.choice_refused, remember=do.drops_choice),
        Move(ask.BalanceRead, "reviewing", "charging", when=given.chosen_and_confirmed, remember=do.charges_at_once),
        Move(ask.BalanceRead, "reviewing", "confirming", when=choosing.is_chosen, remember=do.sees_bills),
        Move(ask.BalanceRead, "reviewing", "choosing", remember=do.sees_bills),
        # Choosing and confirming.
        Move(methods.Choose, "choosing", "confirming", given=_PAYING, by=rules.SETTLERS, remember=do.chooses),
        Move(
            methods.AddNew,
            "choosing",
            "adding",
            given=(*rules.ADD, rules.STARTED_BY_ANOTHER),
            by=rules.METHOD_ADMINS,
            remember=do.takes_new,
        ),
        Move(Cancel, "authenticating", "incomplete", when=given.something_paid, by=adding.WAKERS, remember=adding.forgets_new),
        *adding.moves(added="reviewing", given_up="reviewing", remember_added=do.is_added),
        Move(methods.Confirm, "confirming", "charging", given=_PAYING, by=rules.SETTLERS, remember=do.confirms),
        Move(
            methods.ChooseAnother,
            "confirming",
            "choosing",
            given=(rules.STARTED_BY_ANOTHER,),
            by=rules.SETTLERS,
            remember=do.chooses_again,
        ),
        Move(methods.ReadAgain, _ASKING, "reviewing", by=_CANCELLERS, remember=moving.reads_again),
        Move(BalanceChanged, _ASKING, "reviewing", by=rules.SERVICES),
        Move(Cancel, _ASKING, "cancelled", when=given.nothing_paid, by=_CANCELLERS),
        Move(Cancel, _ASKING, "incomplete", by=_CANCELLERS),
        Move(GaveUp, _ASKING, "lapsed", when=given.nothing_paid),
        Move(GaveUp, _ASKING, "incomplete"),
        # The attempt.
        Move(ask.Settled, _SENT, "telling", remember=do.takes_money),
        Move(ask.SettlementClearing, "charging", "clearing", remember=do.clears),
        Move(ask.MustAuthenticatePayment, "charging", "needs_customer", remember=do.needs_authentication),
        Move(ask.SettlementDeclined, _SENT, "reviewing", remember=do.must_choose_again),
        Move(ask.NotSettled, _SENT, "reviewing", remember=do.must_confirm_again),
        Move(ask.BalanceMoved, "charging", "reviewing", remember=do.sees_other_amounts),
        Move(methods.Conflicted, "charging", "reviewing", remember=do.is_refused),
        Move(ask.SettlementOpen, "charging", "looking_up", remember=do.is_adopted),
        Move(debts.OutcomeUnknown, "charging", "looking_up", remember=do.is_unknown),
        Move(Unavailable, "charging", "looking_up", remember=do.is_unknown),
        # The look-up.
        Move(ask.SettlementClearing, "looking_up", "clearing", when=given.look_ups_left, remember=do.clears),
        Move(ask.SettlementClearing, "looking_up", "needs_attention", remember=do.clears),
        Move(
            ask.MustAuthenticatePayment,
            "looking_up",
            "needs_customer",
            when=given.look_ups_left,
            remember=do.needs_authentication,
        ),
        Move(ask.MustAuthenticatePayment, "looking_up", "needs_attention", remember=do.needs_authentication),
        Move(ask.NeverSent, "looking_up", "reviewing", when=given.sends_left, remember=do.keeps_what_was_confirmed),
        Move(ask.NeverSent, "looking_up", "reviewing", remember=do.must_confirm_again),
        Move(debts.StillUnknown, "looking_up", "looking_later", when=given.look_ups_left, remember=do.counts_look_up),
        Move(debts.StillUnknown, "looking_up", "needs_attention"),
        Move(Unavailable, "looking_up", "looking_later", when=given.look_ups_left, remember=do.counts_look_up),
        Move(Unavailable, "looking_up", "needs_attention"),
        Move(Due, ("looking_later", "clearing"), "looking_up"),
        Move(GaveUp, "needs_customer", "looking_up", remember=do.expires),
        Move(GaveUp, "needs_attention", "opening_case", when=given.asked_last),
        Move(GaveUp, "needs_attention", "looking_up", remember=do.asks_last),
        Move(methods.Authenticated, "needs_customer", "looking_up", by=_CANCELLERS, remember=do.looks_afresh),
        Move(LookUpAgain, _OPEN, "looking_up", by=rules.OPERATORS, remember=do.looks_afresh),
        Move(ProviderNotified, _OPEN, "looking_up", by=rules.SERVICES, remember=do.looks_afresh),
        Move(BalanceChanged, "needs_customer", "looking_up", by=rules.SERVICES, remember=do.looks_afresh),
        Move(BalanceChanged, (*_UNKNOWN, "recovering"), None, by=rules.SERVICES),
        Move(ProviderNotified, "recovering", None, by=rules.SERVICES),
        Move(Cancel, _OPEN, "unresolved", given=(rules.ATTEMPT_RUNNING,), by=_CANCELLERS),
        Move(ask.CaseOpened, "opening_case", "unresolved"),
        # What is paid.
        Move(ask.SettledTold, "telling", "charging", when=given.bills_left, remember=do.charges_next),
        Move(ask.SettledTold, "telling", "reviewing", when=given.more_may_be_due),
        Move(ask.SettledTold, "telling", "rebinding", when=given.binds_anew, remember=do.begins_binding),
        Move(ask.SettledTold, "telling", "done"),
        Move(Unavailable, "telling", "charging", when=given.bills_left, remember=do.charges_next),
        Move(Unavailable, "telling", "reviewing", when=given.more_may_be_due),
        Move(Unavailable, "telling", "rebinding", when=given.binds_anew, remember=do.begins_binding),
        Move(Unavailable, "telling", "done"),
        # Binding what used the declined method.
        Move(methods.PageMoved, "rebinding", "verifying", remember=moving.counts_page),
        Move(methods.Conflicted, "rebinding", "waking_some", remember=moving.stops_moving),
        Move(methods.Verified, "verifying", "rebinding", when=choosing.left_and_rounds_left, remember=moving.goes_round),
        Move(methods.Verified, "verifying", "waking_retries", when=choosing.all_moved, remember=moving.is_verified),
        Move(methods.Verified, "verifying", "waking_some", remember=moving.is_verified),
        Move(methods.Woken, "waking_retries", "done", remember=moving.has_woken),
        Move(methods.Woken, "waking_some", "incomplete", remember=moving.has_woken),
        # The book cannot be reached.
        Move(
            Unavailable,
            ("reviewing", "opening_case", "rebinding", "verifying", "waking_retries", "waking_some"),
            "recovering",
            when=choosing.tries_left,
            remember=moving.counts_try,
        ),
        Move(Unavailable, ("reviewing", "rebinding", "verifying"), "incomplete", remember=moving.gives_up),
        Move(Unavailable, "opening_case", "unresolved"),
        Move(Unavailable, "waking_retries", "done"),
        Move(Unavailable, "waking_some", "incomplete"),
        Move(Due, "recovering", "opening_case", when=given.was_opening_case),
        Move(Due, "recovering", "reviewing", when=choosing.was_reviewing),
        Move(Due, "recovering", "waking_retries", when=choosing.was_waking_all),
        Move(Due, "recovering", "waking_some", when=choosing.was_waking),
        Move(Due, "recovering", "verifying"),
    ],
)

RELEASED: dict[str, Procedure[Memory]] = {SETTLE_BALANCE_1.id: SETTLE_BALANCE_1}
"""Every released version: running procedures are pinned to theirs."""

SETTLE_BALANCE = SETTLE_BALANCE_1
"""The version that new procedures start with."""
