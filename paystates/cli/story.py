"""Makes the story of a rehearsal: what its procedures decided, what people did, and what was mailed, in the order of time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from domain.money import Money
from domain.notices import NoticeStatus
from paystates.front.phrases import when
from paystates.front.words import MAILS, Line, Row, Tone, lines
from paystates.rehearsal.run import Report
from paystates.rehearsal.scenario import Staged, shown
from paystates.rehearsal.steps import Start, Step
from paystates.rehearsal.trace import Decided, Mailed, Waited
from states.procedures import DECLARED

_STATUS: Mapping[NoticeStatus, str] = {
    NoticeStatus.SENT: "mailed",
    NoticeStatus.WITHDRAWN: "mail withdrawn",
    NoticeStatus.PENDING: "mail still waiting",
}


def story(report: Report) -> list[Line]:
    """The lines of a rehearsal, those of the same minute in the order in which they came about."""
    staged, trace = report.staged, report.trace
    names = people(staged)
    told: list[Line] = []
    for subject in dict.fromkeys(one.subject for one in trace.decided):
        rows = [_row(staged, one, names) for one in trace.decided if one.subject == subject]
        mails = [one for one in trace.mailed if one.subject == subject]
        told += _with_mails(staged, list(lines(rows)), mails)
    woken = {(line.at, line.subject) for line in told if line.wake}  # what wakes a procedure comes before what it does then
    told.sort(key=lambda line: (line.at, (line.at, line.subject) in woken))
    acts = {(one.at, one.subject, one.actor) for one in trace.decided}
    for place, step in sorted(enumerate(staged.scenario.steps), key=lambda one: one[1].at):
        line = _done(staged, step, report.refused.get(place, ()), names, acts)
        if line is None:
            continue
        if step.start is not None:
            _put_start(told, line)
            continue
        order = _ordered(staged, step, trace.waited)
        if order is None:
            _put(told, line)
            continue
        again = order.given != staged.elapsed(staged.instant(step.at))
        known = "told before, which changes nothing" if again else f"once the result of attempt {order.attempt} is known"
        _put(told, replace(line, text=f"{line.text}: {known}"))
        if order.done is not None and not again:
            at = instant(staged, order.done)
            _put_result(told, Line(at, line.subject, _became(staged, step, order), Tone.DEED))
    return _asked_again([line for line in told if not line.wake], staged)


def _row(staged: Staged, one: Decided, names: Mapping[str, str]) -> Row:
    return Row(
        at=instant(staged, one.at),
        subject=one.subject,
        actor=names.get(one.actor, one.actor),
        event=one.event,
        source=one.source,
        target=one.target,
        refusals=tuple(reason.rstrip(".") for reason in one.reasons) if "/" in one.subject else _in_brief(one.refusals),
        attempt=one.attempt,
        method=one.method,
        note=_labels(staged).get(one.note, one.note),
        next_at=instant(staged, one.next_at) if one.next_at else None,
    )


def _put(told: list[Line], done: Line) -> None:
    """What somebody did comes after all that was due by then, and before the wake-up it caused."""
    same = [n for n, line in enumerate(told) if line.at == done.at]
    caused = [n for n in same if told[n].wake and done.tone is Tone.DEED]
    if caused:
        told[caused[0]] = done
    else:
        told.insert(same[-1] + 1 if same else sum(line.at < done.at for line in told), done)


def _put_start(told: list[Line], begun: Line) -> None:
    """What somebody started comes before all that it did, and after what else was due by then."""
    did = [n for n, line in enumerate(told) if (line.at, line.subject) == (begun.at, begun.subject)]
    told.insert(did[0] if did else sum(line.at <= begun.at for line in told), begun)


def _put_result(told: list[Line], done: Line) -> None:
    """What became of an order that waited comes after the result it waited for, and before the end that it brought."""
    same = [n for n, line in enumerate(told) if line.at == done.at]
    ends = [n for n in same if told[n].tone is Tone.END and told[n].subject == done.subject]
    told.insert(ends[0] if ends else same[-1] + 1 if same else sum(line.at < done.at for line in told), done)


def _ordered(staged: Staged, step: Step, waited: Sequence[Waited]) -> Waited | None:
    """The credit or void of a step, when it had to wait."""
    given = step.credit or step.void
    if given is None:
        return None
    named = f"{given.invoice or staged.scenario.collect[0]}/{step.deed}/{given.reference}"
    return next((one for one in waited if one.reference == named), None)


def _became(staged: Staged, step: Step, order: Waited) -> str:
    """What became of an order that waited."""
    if step.void is not None and not order.taken:
        return "the void came too late: an operator is asked"
    if not order.left:
        return f"what waited is booked: {deed(step, staged)}"
    currency = _currency(staged, order.subject)
    return f"of the credit that waited {Money(order.left, currency)} is more than was owed, and becomes account credit"


def _asked_again(told: list[Line], staged: Staged) -> list[Line]:
    """A line that only repeats the one before is counted instead."""
    kept: list[Line] = []
    for text, same in groupby(told, key=lambda line: (line.text, line.subject, line.mails, line.next_at)):
        first, *others = same
        if others and text[0] == first.text:
            until = when(others[-1].at, staged.zone, beside=first.at)
            first = replace(first, text=f"{first.text} (asked {len(others) + 1} times, until {until})")
        kept.append(first)
    return kept


def instant(staged: Staged, elapsed: str) -> datetime:
    """The instant a trace means by `3d 01:00`: so much later on the account's wall clock."""
    days, _, clock = elapsed.partition("d ")
    hours, _, minutes = clock.partition(":")
    begun = staged.start.astimezone(staged.zone).replace(tzinfo=None)
    local = begun + timedelta(days=int(days), hours=int(hours), minutes=int(minutes))
    return local.replace(tzinfo=staged.zone)


def people(staged: Staged) -> dict[str, str]:
    """The names of everybody who may act in a scenario, by id."""
    book = staged.scenario.accounts
    names = {one.id: one.name for one in (*book.staff, *book.services)}
    return names | {person.id: person.name for account in book.accounts for person in account.people}


def in_brief(code: str) -> str:
    """A refusal's code as words: `CARD_NOT_OWNED` is “card not owned”."""
    return code.replace("_", " ").lower()


def _in_brief(codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(in_brief(code) for code in codes)


def _with_mails(staged: Staged, told: list[Line], mails: Sequence[Mailed]) -> list[Line]:
    """Each mail at the line it belongs to, or on one of its own."""
    for mail in mails:
        at = instant(staged, mail.written)
        words = f"{_handed_over(staged, mail, at)}: {MAILS.get(mail.kind, mail.kind)}"
        places = [n for n, line in enumerate(told) if line.at == at and line.tone is not Tone.END]
        exact = [n for n in places if told[n].attempt is not None and told[n].attempt == mail.attempt]
        if places:
            place = exact[0] if exact else places[-1]
            told[place] = replace(told[place], mails=(*told[place].mails, words))
            continue
        ended = [n for n, line in enumerate(told) if line.at == at]
        told.insert(ended[0] if ended else sum(line.at < at for line in told), Line(at, mail.subject, words))
    return told


def _handed_over(staged: Staged, mail: Mailed, at: datetime) -> str:
    """What became of the mail at the mail server."""
    before = [step for step in staged.scenario.steps if step.mail_server is not None and staged.instant(step.at) <= at]
    refuses = bool(before) and max(before, key=lambda step: step.at).mail_server == "refuses"
    if refuses and mail.status is NoticeStatus.SENT:
        return "mailed later"
    return _STATUS[mail.status]


def _done(
    staged: Staged, step: Step, codes: Sequence[str], names: Mapping[str, str], acts: set[tuple[str, str, str]]
) -> Line | None:
    """What a step of the file did, or was refused with, unless the journal tells it."""
    at = staged.instant(step.at).astimezone(staged.zone)
    subject = step.start.subject if step.start is not None else staged.scenario.subject(step.about)
    invoice, who = shown(subject), names.get(step.by, "")
    if step.act is not None:
        if (staged.elapsed(at), invoice, step.by) in acts:
            return None
        refused = _in_brief(codes or ("NOT_POSSIBLE_NOW",))
        kind = str(step.act["kind"] if isinstance(step.act, dict) else step.act)
        row = Row(at, invoice, who or step.by, kind, "", "", refused)
        return next(iter(lines([row])), None)
    text = deed(step, staged)
    text = f"{who}{'' if step.start else ':'} {text}" if who else text
    if codes:
        text = f"{text}: refused ({'; '.join(_in_brief(codes))})"
        return Line(at, invoice, text, Tone.REFUSED)
    return Line(at, invoice, text, Tone.DEED)


def deed(step: Step, staged: Staged) -> str:
    """What a step does to the book, the bank, the mail server or the worker."""
    names = _labels(staged) | people(staged)
    if step.receive is not None:
        return f"{_money(staged, step.receive.invoice, step.receive.amount)} received ({step.receive.reference})"
    if step.credit is not None:
        return f"{_money(staged, step.credit.invoice, step.credit.amount)} credited"
    if step.void is not None:
        return "the rest of the invoice is voided"
    if step.add_method is not None:
        return f"{names[step.add_method.method.id]} is put on file, and bound to nothing"
    if step.bind is not None:
        at_once = ", to be charged at once" if step.bind.charge_now else ""
        payer = step.bind.subscription or step.bind.billing_profile
        return f"{names.get(step.bind.method, step.bind.method)} is bound to {payer}{at_once}"
    if step.correct is not None:
        at_once = ", to be charged at once" if step.correct.charge_now else ""
        return f"the details of {names.get(step.correct.method, step.correct.method)} are corrected{at_once}"
    return _deed_outside(step, names)


def _deed_outside(step: Step, names: Mapping[str, str]) -> str:
    """What has nothing to do with a ledger or a binding."""
    if step.cancel_subscription is not None:
        return f"the subscription {step.cancel_subscription} is cancelled"
    if step.authenticate is not None:
        return "the customer authenticates" if step.authenticate.ok else "the customer fails to authenticate"
    if step.withdraw is not None:
        return f"{names.get(step.withdraw.person, step.withdraw.person)} is {step.withdraw.role.replace('_', ' ')} no longer"
    if step.start is not None:
        return _started(step.start, names)
    if step.mail_server is not None:
        return "the mail server refuses every mail" if step.mail_server == "refuses" else "the mail server works again"
    return "the worker is stopped, and another one goes on"


def _started(start: Start, names: Mapping[str, str]) -> str:
    """A start, with the choices that were made at once."""
    given = start.model_extra or {}
    chosen, new = given.get("chosen"), given.get("new")
    words = [f"with {names.get(chosen, chosen)}"] if chosen else []
    words += [f"with the new {label(str(new.get('network')), str(new.get('last4')))}"] if isinstance(new, dict) else []
    words += [one.replace("_", " ") for one in ("confirmed", "charge_now") if given.get(one)]
    about = [str(given[name]) for name in DECLARED[start.procedure].about if given.get(name)]
    told = " for ".join([f"starts “{start.procedure.replace('-', ' ')}”", *(names.get(one, one) for one in about[:1])])
    return ", ".join([told, *words])


def _money(staged: Staged, invoice: str | None, amount: str) -> str:
    """An amount in the currency of the invoice it is for."""
    return f"{amount} {_currency(staged, invoice or staged.scenario.collect[0])}"


def _currency(staged: Staged, invoice: str) -> str:
    invoices = [one for account in staged.scenario.accounts.accounts for one in account.invoices]
    return next(one.currency for one in invoices if one.id == invoice)


def _labels(staged: Staged) -> dict[str, str]:
    """What the methods of a scenario are called."""
    methods = [method for account in staged.scenario.accounts.accounts for method in account.methods]
    methods += [step.add_method.method for step in staged.scenario.steps if step.add_method is not None]
    known = {method.id: label(method.details.network, method.details.last4) for method in methods}
    new = staged.scenario.new_methods.items()
    return known | {token: label(str(one.get("network")), str(one.get("last4"))) for token, one in new}


def label(network: str, last4: str) -> str:
    """A method as the letters name it: `Visa •••• 4242`."""
    names = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express"}
    return f"{names.get(network, network.upper())} •••• {last4}"
