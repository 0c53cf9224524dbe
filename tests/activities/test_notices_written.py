"""Which notices an effect writes, to whom, and what facts they pin (law 7, G80, G81)."""

from dataclasses import replace
from typing import Any

import pytest
from bench import CARD, DAY, HOUR, Bench, method

from domain.accounts import Standing
from states import debts as ask

DECLINE = {"decline": "insufficient_funds"}
PEOPLE = [
    {
        "id": "ingrid",
        "name": "I",
        "email": "ingrid@fjord.example",
        "alternate_email": "i@home.example",
        "roles": ["global_admin"],
    },
    {"id": "per", "name": "P", "email": "per@fjord.example", "roles": ["billing_admin"]},
    {"id": "liv", "name": "L", "email": "liv@fjord.example"},
]


def test_an_account_without_profiles_is_written_to_at_every_address() -> None:
    """G80: every global and billing admin, primary and alternate address, and the organisation's contact; nobody else."""
    bench = Bench({"card": [DECLINE]}, people=PEOPLE, contact_email="post@fjord.example", language="nb")
    bench.charge()
    (notice,) = bench.notices()
    assert notice.recipients == ("i@home.example", "ingrid@fjord.example", "per@fjord.example", "post@fjord.example")
    assert notice.language == "nb"


def test_an_account_with_profiles_is_written_to_by_role() -> None:
    """G80: the paying profile's owner, contributor and invoice manager, not its reader, and the extra recipients."""
    roles = ["profile_owner", "profile_contributor", "invoice_manager", "profile_reader"]
    people = [
        {"id": role, "name": role, "email": f"{role}@fjord.example", "roles": [{"role": role, "profile": "drift"}]}
        for role in roles
    ]
    stranger = [
        {"id": "else", "name": "E", "email": "else@fjord.example", "roles": [{"role": "profile_owner", "profile": "kontor"}]}
    ]
    bench = Bench(
        {"card": [DECLINE]},
        kind="MCA",
        people=[*people, *stranger],
        methods=[method("card", added_by="profile_owner")],
        billing_profiles=[{"id": "drift", "name": "D", "method": "card"}, {"id": "kontor", "name": "K", "method": "card"}],
        subscriptions=[],
        invoices=[{"id": "F-1", "billing_profile": "drift", "currency": "NOK", "amount": "100.00", "billing_date": "0d"}],
        extra_recipients=["faktura@fjord.example"],
    )
    bench.charge()
    (notice,) = bench.notices()
    assert [address.partition("@")[0] for address in notice.recipients] == [
        "faktura",
        "invoice_manager",
        "profile_contributor",
        "profile_owner",
    ]


@pytest.mark.parametrize(
    ("decline", "reason", "action"),
    [
        ("insufficient_funds", "insufficient_funds", "retry"),
        ("expired_card", "expired", "fix"),
        ("stolen_card", "declined", "never"),
        ("lost_card", "declined", "never"),
        ("fraudulent", "declined", "never"),
        ("do_not_honor", "declined", "limited"),
    ],
)
def test_a_decline_notice_tells_the_reason_in_brief(decline: str, reason: str, action: str) -> None:
    """Law 7: the attempt, the amount, the method, the next date; lost, stolen and fraud are told as a plain decline."""
    bench = Bench({"card": [{"decline": decline}]})
    bench.charge()
    (notice,) = bench.notices()
    assert (notice.kind, notice.attempt, notice.amount, notice.currency) == ("declined", 1, 10_000, "NOK")
    assert (notice.reason, notice.customer_action, notice.method) == (reason, action, "visa:4242")
    assert notice.next_at == bench.start + 3 * DAY + HOUR
    assert notice.message_id == "F-1/1/declined"


def test_a_card_that_is_gone_is_not_promised_another_attempt() -> None:
    """U7, U9: its next date charges another method only, and the notice says so."""
    bench = Bench({"card": ["gone"]})
    bench.charge()
    assert [notice.customer_action for notice in bench.notices()] == ["never"]


def test_the_last_notice_promises_nothing() -> None:
    """U9: no “we will retry” on the last one; the final notice asks for the balance, once."""
    bench = Bench({"card": [DECLINE]})
    bench.play()
    told = [(notice.kind, notice.next_at is None) for notice in bench.notices()]
    assert told == [("declined", False)] * 5 + [("declined", True), ("final", True)]
    assert len({notice.message_id for notice in bench.notices()}) == 7


@pytest.mark.parametrize(
    ("also", "named"),
    [
        (method("new", {**CARD, "last4": "1881"}, added="-1d"), "visa:1881"),
        (method("old", {**CARD, "last4": "1881"}, added="-90d"), None),
        (method("bad", {**CARD, "last4": "1881"}, added="-1d", standing="finished"), None),
    ],
    ids=["newer", "older", "finished"],
)
def test_a_newer_card_that_is_bound_to_nothing_is_named(also: dict[str, Any], named: str | None) -> None:
    """S1, G59: whoever added a card and still hears of the old one is told that it must be bound."""
    bench = Bench({"card": [DECLINE]}, methods=[method("card"), also])
    bench.charge()
    assert [notice.newer_method for notice in bench.notices()] == [named]


@pytest.mark.parametrize("step", [{"fault": "time_out"}, {"decline": "invalid_amount"}], ids=["never sent", "our own fault"])
def test_what_is_not_the_customers_fault_mails_nobody(step: dict[str, str]) -> None:
    """Law 7: fenced and never-sent attempts and our own faults burn no slot and mail no customer."""
    bench = Bench({"card": [step]})
    bench.charge()
    bench.look_up()
    assert bench.notices() == []
    assert bench.dunning().used == 0


def test_each_date_without_a_method_is_reminded_of_once() -> None:
    """C9: charging stops, notices go on, each with its next date; the last date is the final notice's."""
    bench = Bench({"card": [{"decline": "stolen_card"}, "unexpected"]})
    bench.play()
    assert [notice.kind for notice in bench.notices()] == ["declined", *["reminder"] * 4, "final"]
    dates = [notice.next_at for notice in bench.notices()]
    assert dates == [*(bench.start + day * DAY + HOUR for day in (3, 7, 14, 21, 28)), None]


@pytest.mark.parametrize(("slot", "mails"), [(0, 1), (5, 0)], ids=["a date is left", "the last one"])
def test_a_reminder_is_counted_in_the_answer_that_goes_with_it(slot: int, mails: int) -> None:
    """What the procedure is told of the mails is what has been written by then; the last date's is the final notice's."""
    bench = Bench()
    bench.open()
    finished = replace(bench.method(), standing=Standing.FINISHED)
    bench.write(lambda pages: pages.put_method(finished))
    answer = bench.charge(slot=slot)
    assert isinstance(answer, ask.MethodNeeded)
    assert (answer.debt.mails, len(bench.notices())) == (mails, mails)


def test_the_final_notice_is_counted_in_the_answer_that_goes_with_it() -> None:
    """The same of the one that is written when the attempts end."""
    bench = Bench()
    bench.open()
    answer = bench.do(ask.CloseDebt(invoice="F-1"))
    assert isinstance(answer, ask.Closed)
    assert [notice.kind for notice in bench.notices()] == ["final"]
    assert answer.debt.mails == 1
