"""Kari's two cards, what is due on them, and a settlement at every point of its way."""

from datetime import timedelta
from typing import Any

from pictures import KARI, NOTHING_DUE, NOW, TODAY, bank_account, card, depends, item

from domain.accounts import AccountKind, Era, PayerKind
from domain.decline_table import Category, Reason
from paystates.engine import HOUSE, Actor, Event, Moment, Moved, Snapshot, Unavailable
from states import methods, rules
from states import settling as ask
from states.choosing import RECOVER_AFTER
from states.facts import AccountFacts
from states.retry_functions import LOOK_UP_AFTER
from states.rules.judging import judge
from states.settle_balance import SETTLE_BALANCE, Memory

HOUR = timedelta(hours=1)
ACCOUNT = AccountFacts(id="fjord", country="NO", kind=AccountKind.MOSA, era=Era.SEED, today=TODAY, methods=2, needs_paying=True)
OTHER = card("other", "Visa ending 1881")
F1 = ask.Due(invoice="F-1", method="visa", currency="NOK", amount=10_000, attempt=1, charging=False)
F2 = ask.Due(invoice="F-2", method="visa", currency="EUR", amount=500, attempt=3, charging=False)
F3 = ask.Due(invoice="F-3", method="other", currency="NOK", amount=2_500, attempt=1, charging=False)
OPERATOR = Actor("olav", frozenset({"operator"}))
LISE = Actor("lise")
GUNN = Actor("gunn", frozenset({"invoice_manager"}))


def balance(account: dict[str, Any] | None = None, **different: Any) -> ask.Balance:
    """Kari's two cards; `visa` was declined for F-1 and F-2, and F-3 is due on `other`."""
    facts = {"source": card(), "dependents": depends(item(), item(name="Visio")), "candidates": (OTHER,), **NOTHING_DUE}
    due = {"invoice": None, "profile": None, "debts": (F1, F2, F3), "bars": ()}
    return ask.Balance(account=ACCOUNT.model_copy(update=account or {}), **facts | due | different)


MCA = {"kind": AccountKind.MCA}
BE = {"country": "BE"}
BE_BANK = bank_account("other", country="BE")
PAY_NOW = balance(MCA, invoice="F-1", profile="drift", dependents=depends(item(PayerKind.PROFILE, "Drift")))
NOTHING = balance(debts=())
OWN_LEFT = balance(debts=(F3,))
WHOLE = balance()
NOK_BILL, EUR_BILL = (WHOLE.bills("other")[1], WHOLE.bills("other")[0])


def memory(**fields: Any) -> Memory:
    return Memory(**{"actor": "kari", "method": "visa", "picture": WHOLE, **fields})


PLAIN = memory()
CHOSEN = memory(chosen="other")
CONFIRMED = memory(chosen="other", confirmed=True)
SENT = memory(chosen="other", bills=(NOK_BILL,), attempt_under_way=True, sent_at=NOW - HOUR)
TWO_SENT = memory(chosen="other", bills=(EUR_BILL, NOK_BILL), attempt_under_way=True, sent_at=NOW - HOUR)
PAID = memory(chosen="other", paid=(NOK_BILL,))
PAID_SOME = memory(paid=(EUR_BILL,))
PAID_SAME = memory(chosen="visa", paid=(WHOLE.bills("visa")[1],))
PAID_BY_TWO = PAID.model_copy(update={"paid": (EUR_BILL.model_copy(update={"method": "amex"}), NOK_BILL)})
NO_LOOK_UPS = SENT.model_copy(update={"look_ups": len(LOOK_UP_AFTER)})
NO_SENDS = SENT.model_copy(update={"unsent": 2})
NO_TRIES = memory(tries=len(RECOVER_AFTER))
ASKED_LAST = SENT.model_copy(update={"asked_last": True})


def read(picture: ask.Balance = WHOLE, actor: Actor = KARI) -> ask.BalanceRead:
    return ask.BalanceRead(picture=picture, actor=actor.id, roles=actor.roles)


CLEARING = ask.SettlementClearing(expected_by=NOW + 48 * HOUR)
SCA = ask.MustAuthenticatePayment(until=NOW + 48 * HOUR)
DECLINED = ask.SettlementDeclined(category=Category.RETRY, reason=Reason.INSUFFICIENT_FUNDS)
ADOPTED = ask.SettlementOpen(bill=NOK_BILL)
MISSING = methods.NoSuchThing(what="payment method")
CONFLICT = methods.Conflict(item=item(), code="CARDS_ONLY", sentence="no")
REFUSAL = judge(rules.SETTLING, balance(), LISE, NOW, chosen="other")
BROKEN = methods.Conflicted(refusals=REFUSAL)
ASKING = "choosing confirming"
OPEN = "clearing looking_later needs_attention needs_customer"


def at(state: str, kept: Memory) -> Snapshot[Memory]:
    return Snapshot(SETTLE_BALANCE.id, state, 7, kept, NOW, None)


def after(state: str, kept: Memory, event: Event, actor: Actor = HOUSE) -> Memory:
    outcome = SETTLE_BALANCE.decide(at(state, kept), event, actor, NOW)
    assert isinstance(outcome, Moved)
    return outcome.snapshot.memory


def moment(kept: Memory) -> Any:
    """What a rule sees of it, whoever asks."""
    return Moment(kept, Unavailable(), HOUSE, NOW)
