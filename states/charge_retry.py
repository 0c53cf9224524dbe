"""charge-retry: a declined invoice is charged again over three to four weeks, until it is paid or the attempts are over (S1).

The plan's dates come from the book with every answer, so nothing here computes one. `opening` reads the debt and is the one
place everything comes back to; whatever is unknown goes through `confirming`, which asks the provider and never charges.
"""

from paystates.engine import Ask, Cancel, Due, End, GaveUp, Move, Procedure, Run, Unavailable, Verdict, Wait
from states import debts as ask
from states import retry_functions as do
from states import rules
from states.retry_messages import (
    BalanceChanged,
    ChargeRetryAction,
    DetailsUpdated,
    Hold,
    LookUpAgain,
    Memory,
    MethodReplaced,
    ProviderNotified,
    Resume,
    RetryNow,
    SkipAttempt,
    WriteOff,
)
from states.retry_story import headline, story

__all__ = [
    "CHARGE_RETRY",
    "CHARGE_RETRY_1",
    "RELEASED",
    "BalanceChanged",
    "ChargeRetryAction",
    "DetailsUpdated",
    "Hold",
    "LookUpAgain",
    "Memory",
    "MethodReplaced",
    "ProviderNotified",
    "Resume",
    "RetryNow",
    "SkipAttempt",
    "WriteOff",
]

_STILL = ("waiting", "held", "needs_method", "needs_payment")
_OPEN = ("clearing", "needs_customer", "confirming_later", "needs_attention")
_UNKNOWN = ("clearing", "confirming_later", "needs_attention")
_BUSY = ("charging", "confirming")
_READING = ("opening", "charging", "skipping", "writing_off", "closing")
_LOOKED_UP = (
    ask.Charged,
    ask.Clearing,
    ask.Declined,
    ask.ActionRequired,
    ask.NotCharged,
    ask.Reopened,
    ask.Postponed,
    ask.Unchanged,
)
"""What a look-up finds out, when it finds out anything."""
_RETRY_RULES = (
    rules.ATTEMPT_RUNNING,
    rules.NOT_READ,
    rules.ASKED_TO_WAIT,
    rules.NO_CHARGEABLE_METHOD,
    rules.CARD_NOT_OWNED,
    rules.PROFILE_ROLE_ELSEWHERE,
)

CHARGE_RETRY_1: Procedure[Memory] = Procedure(
    name="charge-retry",
    version=1,
    memory=Memory,
    initial="opening",
    headline=headline,
    attributes=do.attributes,
    story=story,
    states={
        "opening": Run(ask.OpenDebt, do.open_debt, "Reads the debt"),
        "waiting": Wait(do.next_slot, "Waits for the next attempt"),
        "charging": Run(ask.Charge, do.charge, "Charges the bound method"),
        "confirming": Run(ask.LookUp, do.look_up, "Asks the provider what became of the attempt"),
        "confirming_later": Wait(do.next_look, "Asks again later: the outcome is unknown"),
        "clearing": Wait(do.after_expected, "Waits for the bank's result"),
        "needs_customer": Ask("the customer", do.deadline, "Waits for the customer to authenticate"),
        "needs_method": Ask("the customer", do.next_slot, "Waits for another or a corrected payment method"),
        "needs_payment": Ask("the customer", do.window_end, "Waits for a payment by hand: recurring billing is off"),
        "held": Ask("an operator", do.window_end, "Held by an operator"),
        "skipping": Run(ask.SkipSlot, do.skip_slot, "Skips a slot"),
        "writing_off": Run(ask.WriteOffDebt, do.write_off_debt, "Writes the debt off"),
        "closing": Run(ask.CloseDebt, do.close_debt, "Ends the attempts"),
        "recovering": Wait(do.next_try, "Waits for the account book to be reachable"),
        "needs_attention": Ask(
            "an operator", do.two_weeks, "Needs attention: what became of the attempt cannot be found out", alarms=True
        ),
        "recovered": End(Verdict.DONE, "Recovered: the debt was charged"),
        "settled": End(Verdict.DONE, "Settled: paid or credited otherwise"),
        "voided": End(Verdict.DONE, "Voided"),
        "written_off": End(Verdict.DONE, "Written off"),
        "nothing_due": End(Verdict.DONE, "Nothing was due"),
        "exhausted": End(Verdict.FAILED, "Exhausted: the attempts are over, the debt stays due"),
        "unresolved": End(Verdict.FAILED, "Unresolved: the attempt's outcome was never found out", alarms=True),
        "cancelled": End(Verdict.CANCELLED, "Cancelled: the debt stays due"),
        "refused": End(Verdict.REFUSED, "There is no such invoice"),
    },
    moves=[
        # Reading the debt.
        Move(ask.Opened, "opening", "held", when=do.on_hold, remember=do.knows),
        Move(ask.Opened, "opening", "charging", when=do.charges_new_method, remember=do.charges_at_once),
        Move(ask.Opened, "opening", "needs_payment", when=do.paid_by_hand, remember=do.knows),
        Move(ask.Opened, "opening", "closing", when=do.no_slot_left, remember=do.knows),
        Move(ask.Opened, "opening", "needs_method", when=do.not_chargeable, remember=do.knows),
        Move(ask.Opened, "opening", "waiting", remember=do.knows),
        Move(ask.AttemptOpen, _READING, "confirming", when=do.tries_left, remember=do.is_adopted),
        Move(ask.AttemptOpen, _READING, "needs_attention", remember=do.is_adopted),
        Move(ask.NoSuchInvoice, "opening", "refused"),
        Move(ask.NothingDue, _READING, "recovered", when=do.collected_before, remember=do.is_over),
        Move(ask.NothingDue, _READING, "voided", when=do.voided, remember=do.is_over),
        Move(ask.NothingDue, _READING, "written_off", when=do.given_up, remember=do.is_over),
        Move(ask.NothingDue, _READING, "settled", when=do.paid_otherwise, remember=do.is_over),
        Move(ask.NothingDue, _READING, "nothing_due", remember=do.is_over),
        Move(
            Unavailable,
            ("opening", "skipping", "writing_off", "closing"),
            "recovering",
            when=do.tries_left,
            remember=do.counts_try,
        ),
        Move(Unavailable, ("opening", "skipping", "writing_off", "closing"), "needs_attention"),
        Move(Due, "recovering", "opening"),
        # News of another attempt does not end the one under way: a worker that wakes late may still make that.
        *(Move(answer, "confirming", "confirming", when=do.asked_of_another, remember=do.minds_its_own) for answer in _LOOKED_UP),
        # The attempt.
        Move(Due, "waiting", "charging", remember=do.begins),
        Move(GaveUp, "needs_method", "charging", remember=do.begins),
        Move(ask.Charged, ("charging", "confirming"), "recovered", when=do.paid_in_full, remember=do.takes_money),
        Move(ask.Charged, ("charging", "confirming"), "opening", remember=do.takes_money),
        Move(ask.Clearing, "charging", "clearing", remember=do.clears),
        Move(ask.ActionRequired, "charging", "needs_customer", remember=do.needs_authentication),
        Move(ask.Declined, ("charging", "confirming"), "opening", when=do.must_read_again, remember=do.is_declined),
        Move(ask.Declined, ("charging", "confirming"), "needs_payment", when=do.paid_by_hand, remember=do.is_declined),
        Move(ask.Declined, ("charging", "confirming"), "closing", when=do.no_slot_left, remember=do.is_declined),
        Move(ask.Declined, ("charging", "confirming"), "needs_method", when=do.hard, remember=do.is_declined),
        Move(ask.Declined, ("charging", "confirming"), "waiting", remember=do.is_declined),
        Move(ask.MethodNeeded, "charging", "needs_payment", when=do.paid_by_hand, remember=do.is_postponed),
        Move(ask.MethodNeeded, "charging", "closing", when=do.no_slot_left, remember=do.is_postponed),
        Move(ask.MethodNeeded, "charging", "needs_method", remember=do.is_postponed),
        Move(ask.Postponed, ("charging", "confirming"), "opening", when=do.must_read_again, remember=do.is_postponed),
        Move(ask.Postponed, ("charging", "confirming"), "needs_payment", when=do.paid_by_hand, remember=do.is_postponed),
        Move(ask.Postponed, ("charging", "confirming"), "closing", when=do.no_slot_left, remember=do.is_postponed),
        Move(ask.Postponed, ("charging", "closing"), "needs_attention", when=do.no_asides_left, remember=do.is_postponed),
        Move(ask.Postponed, ("charging", "confirming", "closing"), "waiting", remember=do.is_postponed),
        Move(ask.OutcomeUnknown, "charging", "confirming", remember=do.is_unknown),
        Move(Unavailable, "charging", "confirming", remember=do.is_unknown),
        # The look-up.
        Move(ask.NotCharged, "confirming", "opening", remember=do.is_not_charged),
        Move(ask.Reopened, "confirming", "opening", remember=do.forgets_attempt),
        Move(ask.Unchanged, "confirming", "opening", remember=do.forgets_attempt),
        Move(ask.Clearing, "confirming", "clearing", when=do.look_ups_left, remember=do.clears),
        Move(ask.Clearing, "confirming", "needs_attention", remember=do.clears),
        Move(ask.ActionRequired, "confirming", "needs_customer", when=do.look_ups_left, remember=do.needs_authentication),
        Move(ask.ActionRequired, "confirming", "needs_attention", remember=do.needs_authentication),
        Move(ask.StillUnknown, "confirming", "confirming_later", when=do.look_ups_left, remember=do.counts_look_up),
        Move(ask.StillUnknown, "confirming", "needs_attention"),
        Move(Unavailable, "confirming", "confirming_later", when=do.look_ups_left, remember=do.counts_look_up),
        Move(Unavailable, "confirming", "needs_attention"),
        Move(Due, ("confirming_later", "clearing"), "confirming"),
        Move(GaveUp, "needs_customer", "confirming", remember=do.expires),
        Move(GaveUp, "needs_attention", "unresolved", when=do.asked_last),
        Move(GaveUp, "needs_attention", "opening", when=do.no_attempt_known, remember=do.asks_last),
        Move(GaveUp, "needs_attention", "confirming", remember=do.asks_last),
        # Ending.
        Move(ask.Skipped, "skipping", "opening", remember=do.knows),
        Move(ask.WrittenOff, "writing_off", "written_off"),
        Move(ask.Closed, "closing", "exhausted", remember=do.knows),
        Move(GaveUp, ("held", "needs_payment"), "closing", remember=do.resumes),
        # What people may do.
        Move(
            RetryNow,
            ("waiting", "needs_method", "needs_payment", *_OPEN, *_BUSY),
            "charging",
            when=do.by_customer,
            given=_RETRY_RULES,
            by=rules.PAYERS,
            remember=do.begins_for_customer,
        ),
        Move(
            RetryNow,
            ("waiting", "needs_method", "needs_payment", *_OPEN, *_BUSY),
            "charging",
            given=_RETRY_RULES,
            by=rules.PAYERS,
            remember=do.begins_for_operator,
        ),
        Move(Hold, ("waiting", "needs_method"), "held", by=rules.OPERATORS, remember=do.holds),
        Move(Resume, "held", "opening", by=rules.OPERATORS, remember=do.resumes),
        Move(SkipAttempt, ("waiting", "needs_method"), "skipping", given=(rules.LAST_SLOT,), by=rules.OPERATORS),
        Move(
            WriteOff,
            (*_STILL, *_OPEN, *_BUSY),
            "writing_off",
            given=(rules.ATTEMPT_RUNNING, rules.REASON_MISSING),
            by=rules.OPERATORS,
            remember=do.gives_reason,
        ),
        Move(LookUpAgain, "needs_attention", "opening", when=do.no_attempt_known, by=rules.OPERATORS, remember=do.looks_afresh),
        Move(LookUpAgain, _OPEN, "confirming", by=rules.OPERATORS, remember=do.looks_afresh),
        Move(Cancel, (*_STILL, "recovering", *_OPEN), "cancelled", given=(rules.ATTEMPT_RUNNING,), by=rules.SERVICES),
        # What wakes it: the message is never believed, the book or the provider is asked.
        Move(MethodReplaced, _STILL, "opening", by=rules.SERVICES, remember=do.may_charge_now),
        Move(MethodReplaced, "needs_customer", "confirming", by=rules.SERVICES, remember=do.may_charge_next),
        Move(MethodReplaced, (*_UNKNOWN, "recovering"), None, by=rules.SERVICES, remember=do.may_charge_now),
        Move(DetailsUpdated, _STILL, "opening", by=rules.SERVICES, remember=do.may_charge_now),
        Move(DetailsUpdated, "needs_customer", "confirming", by=rules.SERVICES, remember=do.may_charge_next),
        Move(DetailsUpdated, (*_UNKNOWN, "recovering"), None, by=rules.SERVICES, remember=do.may_charge_now),
        Move(BalanceChanged, _STILL, "opening", by=rules.SERVICES),
        Move(BalanceChanged, "needs_attention", "opening", when=do.no_attempt_known, by=rules.SERVICES),
        Move(BalanceChanged, "needs_customer", "confirming", by=rules.SERVICES, remember=do.looks_afresh),
        Move(BalanceChanged, (*_UNKNOWN, "recovering"), None, by=rules.SERVICES),
        Move(ProviderNotified, _STILL, "opening", by=rules.SERVICES, remember=do.heeds),
        Move(ProviderNotified, _OPEN, "confirming", by=rules.SERVICES, remember=do.heeds),
        Move(ProviderNotified, "recovering", None, by=rules.SERVICES, remember=do.heeds),
    ],
)

RELEASED: dict[str, Procedure[Memory]] = {CHARGE_RETRY_1.id: CHARGE_RETRY_1}
"""Every released version: running procedures are pinned to theirs."""

CHARGE_RETRY = CHARGE_RETRY_1
"""The version that new procedures start with."""
