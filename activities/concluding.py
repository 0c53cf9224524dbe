"""What an intent at the provider means for the book: result, ledger, budget, standing and notice, all in one transaction.

Used by the attempt itself and by the look-up, so that both come to the same. Concluding what is concluded changes nothing.
"""

from dataclasses import replace
from datetime import UTC, timedelta

from activities import reading
from activities.announcing import announce
from activities.attempt_case import Case
from activities.debts import open_case
from activities.payers import restore_payer, set_payer_status
from activities.telling import notify
from domain.accounts import (
    AccountCredit,
    AttemptStatus,
    Entry,
    EntryKind,
    Standing,
    SubscriptionStatus,
)
from domain.declines import Category, Verdict, brief, classify, is_unauthorised
from domain.ledger import allocate
from domain.notices import NoticeKind
from gateways.port import DeclineCode, Intent, IntentStatus
from states import debts as ask

Conclusion = (
    ask.Charged
    | ask.Clearing
    | ask.Declined
    | ask.ActionRequired
    | ask.NotCharged
    | ask.Reopened
    | ask.Postponed
    | ask.OutcomeUnknown
)

TIME_TO_AUTHENTICATE = timedelta(days=7)
_STANDING = {Category.FIX: Standing.NEEDS_CORRECTION, Category.NEVER: Standing.FINISHED}
_HARMLESS = frozenset({Category.OURS, Category.LOOK_UP, Category.SCA})


def conclude_intent(case: Case, intent: Intent | None, *, expire: bool = False) -> Conclusion:
    """Write down what the provider says of the attempt, and answer it. `intent` None: the provider never had one."""
    if intent is None or intent.status in {IntentStatus.CANCELLED, IntentStatus.UNCONFIRMED}:
        return _not_charged(case, intent.decline if intent else None)
    match intent.status:
        case IntentStatus.SUCCEEDED:
            return _succeeded(case)
        case IntentStatus.PROCESSING:
            return _clearing(case, intent)
        case IntentStatus.ACTION_REQUIRED:
            return _action_required(case)
        case IntentStatus.DECLINED:
            return _declined(case, intent, expire=expire)
        case IntentStatus.RETURNED:
            return _returned(case, intent)
        case _:
            return _charged_back(case)


def _not_charged(case: Case, said: DeclineCode | None = None) -> ask.NotCharged:
    """It took nothing. What the bank has said of it stays on its row, and then its slot is used up: it reached the bank."""
    if case.attempt.status is not AttemptStatus.NOT_CHARGED:
        case = case.noted(_classify(case, said)) if said and case.attempt.category is None else case
        over = replace(case.attempt, status=AttemptStatus.NOT_CHARGED, finished_at=case.now, not_before=None)
        case = case.keep(over, burns=over.is_answered)
    return ask.NotCharged(attempt=case.attempt.n, debt=case.debt())


def _succeeded(case: Case) -> ask.Charged:
    if case.attempt.status is not AttemptStatus.SUCCEEDED:
        case = _book_payment(case).close(AttemptStatus.SUCCEEDED)  # what waited takes only what the payment leaves
        restore_payer(case.pages, case.file.invoice, case.now)
    return ask.Charged(attempt=case.attempt.n, debt=case.debt())


def _book_payment(case: Case) -> Case:
    """Book what was taken: as far as it is owed as a payment, the rest as the account's credit and an operator's case."""
    attempt, file, pages = case.attempt, case.file, case.pages
    applied, excess = allocate(attempt.amount, file.owed)
    entries = file.entries
    if applied:
        entry = Entry(f"{attempt.reference}/payment", file.invoice.id, EntryKind.PAYMENT, -applied, case.now)
        if pages.add_entry(entry):
            entries = (*entries, entry)
    if excess:
        reference = f"{attempt.reference}/excess"
        pages.add_account_credit(
            AccountCredit(reference, file.account.id, file.invoice.id, excess, file.invoice.currency, case.now)
        )
        open_case(pages, file, f"paid-too-much/{attempt.n}", f"{excess} minor units of {file.invoice.currency}", case.errand)
    return replace(case, file=replace(file, entries=entries))


def _clearing(case: Case, intent: Intent) -> ask.Clearing:
    if case.attempt.status is not AttemptStatus.CLEARING:
        case = case.noted(None)  # it was authenticated
        case = case.keep(replace(case.attempt, status=AttemptStatus.CLEARING, fenced=False), burns=True)
    return ask.Clearing(attempt=case.attempt.n, expected_by=intent.expected_by or case.now + timedelta(days=1))


def _action_required(case: Case) -> ask.ActionRequired:
    attempt = case.attempt
    if attempt.status is not AttemptStatus.ACTION_REQUIRED:
        asked = replace(attempt, status=AttemptStatus.ACTION_REQUIRED, fenced=False, category=Category.SCA.value)
        case = case.keep(asked, burns=True)
        following = reading.upcoming(case.file, case.now)
        latest = case.now + TIME_TO_AUTHENTICATE
        ends = following.at if following else case.file.dunning.window_ends
        # Asked for after the window, or for several debts, whose retries stand aside meanwhile: it has the full time.
        until = min(latest, ends) if ends > case.now and not case.rows else latest
        case = case.keep(replace(case.attempt, not_before=until), burns=False)
        if case.speaks:
            notify(
                case.pages, case.file, NoticeKind.AUTHENTICATE, case.now,
                name=f"{attempt.n}/authenticate", attempt=case.whole, next_at=until, also=case.also,
            )  # fmt: skip
    return ask.ActionRequired(attempt=attempt.n, until=case.attempt.not_before or case.now)


def _classify(case: Case, code: DeclineCode) -> Verdict:
    return classify(
        case.attempt.network,
        code.network_advice,
        code.provider_advice,
        code.network,
        code.provider,
        case.now.astimezone(UTC).date(),
    )


def _declined(case: Case, intent: Intent, *, expire: bool) -> Conclusion:
    if case.attempt.status is AttemptStatus.DECLINED:
        return _told_again(case)
    verdict = _classify(case, intent.decline or DeclineCode())
    if verdict.category is Category.SCA:
        case = case.noted(verdict)
        return _not_charged(case) if expire else _action_required(case)
    if verdict.category is Category.OURS:
        return _our_fault(case, verdict)
    if verdict.category is Category.LOOK_UP:
        return _duplicate(case.noted(verdict))
    case = case.close(AttemptStatus.DECLINED, verdict)
    gone = Standing.GONE if intent.method_gone else None
    case = _set_standing(case, gone or _STANDING.get(verdict.category))
    return _tell(case, verdict)


def _told_again(case: Case) -> ask.Declined:
    category = Category(case.attempt.category or Category.LIMITED)
    reason = brief(category, case.attempt.code, case.attempt.source)
    return ask.Declined(attempt=case.attempt.n, category=category, reason=reason, debt=case.debt())


def _tell(case: Case, verdict: Verdict) -> ask.Declined:
    """One notice for a failed attempt (law 7): the reason in brief, and the next date or that it was the last.

    An attempt for several debts failed once, so it is told once, under the first of them and with the names of all: as many
    mails as debts would tell of charges that were never made. The next SEPA debit is announced to the retry that asked.
    """
    following = case.following()
    if case.speaks:
        notify(
            case.pages, case.file, NoticeKind.DECLINED, case.now,
            name=f"{case.attempt.n}/declined", attempt=case.whole, reason=verdict.reason.value,
            customer_action=_customer_action(case, verdict), next_at=following.at if following else None, also=case.also,
        )  # fmt: skip
    debt = reading.debt(case.file, case.now, following, just_told=case.speaks)
    told = ask.Declined(attempt=case.attempt.n, category=verdict.category, reason=verdict.reason, debt=debt)
    request = case.errand.request
    if isinstance(request, ask.Charge | ask.LookUp) and request.invoice == case.file.invoice.id:
        announce(case.pages, case.file, case.errand, told)
    return told


def _customer_action(case: Case, verdict: Verdict) -> str:
    """The category; `never` too when this method may not be charged again for another reason, so that no mail says it will."""
    charged = reading.method_of(case.pages, case.file, case.attempt)
    stopped = verdict.category is not Category.FIX and reading.why_not_with(charged, case.file.attempts) is not None
    return (Category.NEVER if stopped else verdict.category).value


def _our_fault(case: Case, verdict: Verdict) -> ask.Postponed:
    """Our own fault goes to an operator; it burns no slot and mails no customer (law 7)."""
    case = case.close(AttemptStatus.NOT_CHARGED, verdict)
    if case.speaks:
        open_case(case.pages, case.file, "our-fault", f"{verdict.source} {verdict.code}", case.errand)
    return ask.Postponed(why=f"our own fault ({verdict.code}): an operator is told", debt=case.debt(again=True))


def _duplicate(case: Case) -> Conclusion:
    """The provider calls it a duplicate: unknown until it is looked up; then, when nothing else was charged, not charged."""
    if case.errand.request.moves_money:
        return ask.OutcomeUnknown()
    open_case(case.pages, case.file, "duplicate", f"attempt {case.attempt.n} was called a duplicate", case.errand)
    return _not_charged(case)


def _set_standing(case: Case, standing: Standing | None) -> Case:
    method = case.pages.method(case.attempt.method_id, lock=True) if standing else None
    if standing is None or method is None:
        return case
    if standing is not Standing.NEEDS_CORRECTION or method.standing is Standing.GOOD:
        # What is finished or gone stays so: a correction would make it good again.
        method = replace(method, standing=standing, standing_since=case.now)
        case.pages.put_method(method)
    bound = case.file.method
    return replace(case, file=replace(case.file, method=method if bound and bound.id == method.id else bound))


def _returned(case: Case, intent: Intent) -> Conclusion:
    """A bank debit that came back: before it was booked, a decline; after, the debt is reopened (law 8)."""
    if case.attempt.status in {AttemptStatus.RETURNED, AttemptStatus.DECLINED}:
        return _told_again(case)
    was_booked = case.attempt.status is AttemptStatus.SUCCEEDED
    verdict = _classify(case, intent.decline or DeclineCode())
    if verdict.category in _HARMLESS:
        verdict = replace(verdict, category=Category.LIMITED)
    case = case.close(AttemptStatus.RETURNED if was_booked else AttemptStatus.DECLINED, verdict)
    if was_booked:
        case = _reverse(case)
    finished = Standing.FINISHED if is_unauthorised(verdict.source, verdict.code) else _STANDING.get(verdict.category)
    case = _set_standing(case, finished)
    told = _tell(case, verdict)
    return ask.Reopened(attempt=case.attempt.n, cause="returned") if was_booked else told


def _charged_back(case: Case) -> ask.Reopened:
    """A chargeback: reversed, never debited again (law 8), and the subscription is disabled within the day (G66)."""
    if case.attempt.status is not AttemptStatus.CHARGED_BACK:
        was_booked = case.attempt.status is AttemptStatus.SUCCEEDED
        case = case.close(AttemptStatus.CHARGED_BACK)
        if was_booked:
            case = _reverse(case)
        disabled = SubscriptionStatus.DISABLED
        for status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE):
            set_payer_status(case.pages, case.file.invoice, disabled, only_from=status)
        open_case(case.pages, case.file, f"chargeback/{case.attempt.n}", "charged back", case.errand)
    return ask.Reopened(attempt=case.attempt.n, cause="charged_back")


def _reverse(case: Case) -> Case:
    """Put back on the debt what the payment took off it, and take back what it left as the account's credit.

    Slots that passed while it was paid were not missed: they are used up.
    """
    attempt, file, pages = case.attempt, case.file, case.pages
    excess = f"{attempt.reference}/excess"
    left = sum(one.amount for one in pages.account_credits(file.account.id) if one.reference == excess)
    if left:
        pages.add_account_credit(
            AccountCredit(f"{excess}-reversal", file.account.id, file.invoice.id, -left, file.invoice.currency, case.now)
        )
    paid = -sum(entry.amount for entry in file.entries if entry.reference == f"{attempt.reference}/payment")
    if paid <= 0:
        return case
    entry = Entry(f"{attempt.reference}/reversal", file.invoice.id, EntryKind.REVERSAL, paid, case.now)
    entries = (*file.entries, entry) if pages.add_entry(entry) else file.entries
    file = reading.use_up(pages, file, reading.passed_slots(file, case.now))
    return replace(case, file=replace(file, entries=entries))
