"""The page that an operator reads in the Temporal UI: whole, in the account's time, harmless, discreet, and never too long."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.accounts import AccountKind, Era, MethodKind, PayerKind, Standing
from paystates.engine import Refusal, Snapshot
from paystates.temporal.announce import summary
from paystates.temporal.details import MOST, details
from paystates.temporal.messages import Happened
from states import debts, methods, settling
from states.add_method import ADD_METHOD
from states.add_method import Memory as Adding
from states.charge_retry import CHARGE_RETRY
from states.charge_retry import Memory as Retry
from states.details import Memory as Editing
from states.facts import AccountFacts, Dependents, Item, MethodFacts, NewMethod, Picture
from states.procedures import NEWEST
from states.replace_all import REPLACE_ALL, Memory
from states.settle_balance import SETTLE_BALANCE
from states.settle_balance import Memory as Settling
from states.update_details import UPDATE_DETAILS

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ODD = "<script>alert(1)</script>|**x**"
ACCOUNT = AccountFacts(
    id="fjord",
    country="NO",
    kind=AccountKind.MOSA,
    era=Era.SEED,
    today=NOW.date(),
    methods=3,
    needs_paying=True,
    time_zone="Europe/Oslo",
)


def card(name: str, **different: Any) -> MethodFacts:
    facts = {"label": f"Visa ending {name[-4:]}", "kind": MethodKind.CARD, "country": "NO", "added_by": "kari"}
    good = {"added_on": date(2025, 1, 1), "expires": date(2031, 4, 30), "standing": Standing.GOOD}
    return MethodFacts(id=name, **facts | good | different)


def choosing(**different: Any) -> Memory:
    """Kari is asked what to choose instead of her card."""
    item = Item(kind=PayerKind.SUBSCRIPTION, id="m365", name=ODD)
    bad = card("visa-0001", added_by="per", country="SE", standing=Standing.NEEDS_CORRECTION)
    facts = {
        "account": ACCOUNT,
        "source": card("visa-4242"),
        "dependents": Dependents(count=12, profiles=2, first=(item,)),
        "candidates": (card("visa-1881"), bad),
        "charging": (),
        "retried": (),
        "outstanding": (),
    }
    return Memory(actor="kari", method="visa-4242", roles=("global_admin",), picture=Picture(**facts | different))


def page(memory: Any, state: str = "choosing", procedure: Any = REPLACE_ALL, **more: Any) -> str:
    due = None if state in {"done", "recovered"} else NOW + 7 * DAY
    standing = Snapshot(procedure.id, state, 3, memory, NOW, due)
    return details(procedure, standing, more.get("refused", ()), NOW, more.get("happened", ())).replace("\u00a0", "")


def test_it_says_what_it_is_where_it_stands_and_until_when() -> None:
    """In words, on the account's own clock, with the clock's name, and with what comes if nobody acts."""
    told = page(choosing())
    assert told.startswith("### Waits for another payment method to be chosen\n\nVisa ending 4242\n")
    assert "- since Mon 02 Nov 2026 10:00\n" in told
    assert "- waits for an administrator until Mon 09 Nov 2026 10:00; then: Lapsed: nobody chose or confirmed" in told
    assert "- all times are those of Europe/Oslo\n" in told
    assert "| → | **choosing** | ask (an administrator) |" in told


def test_dependents_and_candidates_each_with_its_reasons() -> None:
    """Counts and the first ones; each other method may be chosen, or every reason says why not (G28 to G32)."""
    told = page(choosing())
    assert "#### Pays with it: 12, of which 2 billing profiles" in told
    assert "and 11 more" in told
    assert re.search(r"\| visa\\-1881 \|.*\| may be chosen \|", told)
    (refused,) = [line for line in told.splitlines() if line.startswith("| visa\\-0001 |")]
    for part in ("was added by another administrator", "was issued in SE", "its details must be corrected"):
        assert part in refused
    assert "What may be chosen" not in page(choosing(), "confirming")


def test_without_a_role_nothing_is_told_to_be_allowed_by_its_silence() -> None:
    """Whoever may not see methods is told of their role: no candidate looks as if it might be chosen."""
    told = page(choosing().model_copy(update={"roles": ()}))
    assert "may be chosen |" not in told
    assert told.count("Your role is not enough for this") == 2


def test_what_happened_is_told_newest_first_with_what_was_refused() -> None:
    """The last decisions; those before them are counted."""
    rows = (
        Happened(sequence=5, at=NOW, event="reviewed", actor="paystates", target="choosing"),
        Happened(sequence=6, at=NOW + DAY, event="choose", actor="per", target="choosing", refused=("STARTED_BY_ANOTHER",)),
    )
    told = page(choosing(), happened=rows)
    newest, before = (line for line in told.splitlines() if "Nov 2026 10:00 |" in line)
    assert newest == r"| Tue 03 Nov 2026 10:00 | choose | per | refused: STARTED\_BY\_ANOTHER |"
    assert before == "| Mon 02 Nov 2026 10:00 | reviewed | paystates | Waits for another payment method to be chosen |"
    assert "and 4 more" in told


def debt(**different: Any) -> debts.Debt:
    facts = {"account": "fjord", "balance": 29_900, "currency": "NOK", "slots": 6, "used": 3, "window_ends": NOW + 20 * DAY}
    known = {"attempts": 4, "mails": 4, "method": "Visa •••• 4242", "next_at": NOW + 2 * DAY, "time_zone": "Europe/Oslo"}
    rules = {"card_owner": "kari", "chargeable": True, "profile": None, "next_slot": 3, "not_before": None}
    return debts.Debt(**facts | known | rules | different)


def test_a_retry_tells_of_its_attempts_its_mails_and_what_is_due() -> None:
    told = page(Retry(invoice="F-1", debt=debt(), last="attempt 4 declined: insufficient funds"), "waiting", CHARGE_RETRY)
    for line in (
        r"- due: 299\.00 NOK",
        "- paid with: Visa •••• 4242",
        "- attempts: 4 so far; 3 of 6 dates of the plan used up",
        "- mails: 4 so far",
        "- next date of the plan: Wed 04 Nov 2026 10:00",
        "- last: attempt 4 declined: insufficient funds",
    ):
        assert line in told.splitlines()


def test_all_that_a_retry_knows_is_told() -> None:
    """Waits, holds, look-ups and wake-ups, a billing profile, and a method that may not be charged."""
    known = debt(profile="drift", chargeable=False, manual=True, not_before=NOW + DAY, method=None, next_at=None)
    facts = {"attempt_under_way": True, "open_attempt": 5, "until": NOW + DAY, "held": True, "rebound": True, "tries": 2}
    told = page(Retry(invoice="F-1", debt=known, reason="bankrupt", **facts), "needs_customer", CHARGE_RETRY)
    for part in (
        "- billing profile: drift",
        "no payment method is bound, which may not be charged as it is",
        "- paid by hand:",
        "- asked to wait until: Tue 03 Nov 2026 10:00",
        "- under way: attempt 5, looked up 0 times",
        "- the bank's result or the customer is waited for until: Tue 03 Nov 2026 10:00",
        "- held: ",
        "- told: another or a corrected payment method",
        "- tries to reach the account book: 2",
        "- reason: bankrupt",
    ):
        assert part in told


def test_what_was_refused_last_is_not_told_of_what_is_over() -> None:
    """Nor what may be done: nothing may."""
    told = page(choosing(), "done", refused=())
    assert "- it has ended (done)" in told
    assert "What may be done now" not in told
    assert "Last refused: No\\. Nothing helps\\." in page(choosing(), refused=(Refusal("NO", "No.", "Nothing helps."),))


def test_names_have_no_effect_on_the_page() -> None:
    """Neither HTML nor Markdown, in a headline, a line or a cell."""
    told = page(choosing(source=card("visa-4242", label=ODD), account=ACCOUNT.model_copy(update={"id": ODD})))
    assert told.count(r"\<script\>alert\(1\)\</script\>\|\*\*x\*\*") > 3
    assert not re.search(r"(?<!\\)[<>]", told)


def test_no_address_no_holder_and_no_secret_is_on_the_page() -> None:
    """What was entered is named by its fields, a card by its last digits."""
    new = NewMethod(token="tok_hush", kind=MethodKind.CARD, network="visa", last4="1881", holder="Kari Nordmann")
    added = Adding(account="fjord", request="r", actor="kari", new=new, password="123456", adding_until=NOW, last="asked")
    edited = methods.Details(holder="Kari Nordmann", address="Storgata 1")
    editing = Editing(
        actor="kari", method="visa", details=edited, security_code="tok_hush", charge_now=False, due=("F-1",), woken=("F-1",)
    )
    told = page(added, "authenticating", ADD_METHOD) + page(editing, "offering", UPDATE_DETAILS)
    told += page(editing.model_copy(update={"picture": choosing().picture}), "offering", UPDATE_DETAILS)
    told += page(choosing().model_copy(update={"new": new, "password": "123456"}), "authenticating")
    assert "- to be corrected: holder, address" in told
    assert "visa ending 1881" in told
    assert not [one for one in ("Nordmann", "Storgata", "123456", "tok_hush", "tok\\_hush") if one in told]


def test_it_is_never_too_long_and_says_what_is_left_out() -> None:
    """Temporal keeps 20 KB: rows are left out, never the states or what may be done."""
    many = tuple(card(f"visa-{number}", country="SE", added_by="per") for number in range(1000, 1400))
    item = Item(kind=PayerKind.SUBSCRIPTION, id="m365", name="ø" * 5000)
    conflict = methods.Conflict(item=item, code="MOVED_BEFORE", sentence="æ" * 5000)
    happened = tuple(Happened(sequence=n, at=NOW, event="x" * 900, actor="y" * 900, target="choosing") for n in range(1, 21))
    crowd = Dependents(count=9000, profiles=0, first=(item,) * 10)
    full = choosing(candidates=many, dependents=crowd, source=card("v", label="*" * 9000))
    full = full.model_copy(update={"conflicts": (conflict,) * 50, "unnamed": 700, "last": "å" * 9000})
    refused = tuple(Refusal("NO", "|" * 5000, "|" * 5000) for _ in range(3))
    told = details(REPLACE_ALL, Snapshot(REPLACE_ALL.id, "choosing", 3, full, NOW, NOW), refused, NOW, happened)
    assert len(told.encode()) <= MOST
    assert "| choose" in told
    assert "**choosing**" in told
    left = [int(number) for number in re.findall(r"^and (\d+) more$", told, re.MULTILINE)]
    assert len(left) == 4
    assert 300 < left[1] < 400


def test_a_settlement_tells_what_is_due_and_with_what_it_may_be_paid() -> None:
    """The declined method may be tried again (G24); each currency is one charge (G62), and what was paid is told."""
    due = settling.Due(invoice="F-1", method="visa-4242", currency="NOK", amount=29_900, attempt=3, charging=False)
    picture = choosing().picture
    assert picture is not None
    read = settling.Balance(**dict(picture), debts=(due,), bars=(), invoice=None, profile=None)
    paid = read.bills("visa-4242")
    memory = Settling(
        actor="kari", method="visa-4242", picture=read, paid=paid, invoice="F-1", until=NOW, roles=("global_admin",)
    )
    told = page(memory.model_copy(update={"attempt_under_way": True}), "choosing", SETTLE_BALANCE)
    assert r"| F\-1 | 299\.00 NOK | F\-1/3 |" in told
    assert re.search(r"\| visa\\-4242 \|.*\| may be chosen \|", told)
    assert re.search(r"\| visa\\-0001 \|.*was issued in SE", told)
    assert r"- paid: 299\.00 NOK with Visa ending 4242, for F\-1" in told
    assert r"- only the invoice: F\-1" in told
    reader = page(memory.model_copy(update={"roles": ("profile_reader",)}), "choosing", SETTLE_BALANCE)
    assert not re.search(r"\| visa\\-4242 \|.*\| may be chosen \|", reader)
    assert "What may be chosen" not in page(memory, "confirming", SETTLE_BALANCE)
    assert "- paid: " in page(memory.model_copy(update={"picture": None}), "reviewing", SETTLE_BALANCE)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc"])
def test_a_clock_that_nobody_knows_is_utc_and_says_so(zone: str) -> None:
    told = page(choosing(account=ACCOUNT.model_copy(update={"time_zone": zone})))
    assert "- since Mon 02 Nov 2026 09:00\n" in told
    assert "- all times are those of UTC\n" in told


@pytest.mark.parametrize("name", NEWEST)
def test_every_procedure_tells_a_story(name: str) -> None:
    """It knows more of itself than its state."""
    assert NEWEST[name].story is not None


def test_a_label_is_one_short_line() -> None:
    """Temporal keeps 200 bytes; events show it as it is, the summary of a procedure is rendered, so there it is escaped."""
    assert summary("invoice F-1 · 299.00 NOK\n• 4242") == "invoice F-1 · 299.00 NOK • 4242"
    assert summary("F-1 <b>", rendered=True) == r"F\-1 \<b\>"
    for text in ("ø" * 300, "*" * 300):
        for rendered in (True, False):
            told = summary(text, rendered=rendered)
            assert 190 <= len(told.encode()) <= 200
            assert told.endswith("…")
