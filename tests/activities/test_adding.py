"""Putting a method on file: rules, the provider's check, and the rules again as it is written (G15 to G19, G22, G23, law 5)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from at_the_provider import WITHDRAWN, AtTheOffice, record, with_bank
from freezegun import freeze_time
from method_office import NOW, Office, codes

from activities import Desk
from activities.adding import TIME_TO_AUTHENTICATE, method_id, reason
from domain.accounts import Account, Era, Method, MethodKind, Person, Standing
from gateways.port import GatewayUnavailable, SetUp
from gateways.scripted import ScriptedBank
from paystates.engine import Actor, Memory, Procedure, Walk
from states import add_method, change_single_subscription, delete_with_dependents, replace_all
from states import methods as ask
from states.facts import NewMethod
from store.port import Book

NEW = NewMethod(
    token="tok_fresh",
    kind=MethodKind.CARD,
    network="visa",
    last4="5100",
    country="NO",
    expires=date(2030, 1, 31),
    holder="Anna A",
)
DEBIT = NEW.model_copy(update={"kind": MethodKind.BANK_ACCOUNT, "network": "sepa", "expires": None})


def asked(new: NewMethod = NEW, request: str = "fjord/r1/tok_fresh", **more: Any) -> ask.AddMethod:
    return ask.AddMethod(request=request, account="fjord", new=new, **{"actor": "anna", **more})


def on_file(office: Office) -> dict[str, Method]:
    """What is on file beside what was there before."""
    before = {"old", "new", "bos", "bank"}
    return {one.id: one for one in office.read(lambda pages: pages.methods("fjord")) if one.id not in before}


# On file.


def test_what_the_provider_accepts_is_put_on_file(office: Office) -> None:
    """All that is kept is the provider's token, the network and four digits (law 6)."""
    answer = office.do(asked())

    (added,) = on_file(office).values()
    assert added == Method(
        method_id("fjord/r1/tok_fresh"), "fjord", MethodKind.CARD, "visa", "tok_fresh", "5100", "NO", "anna", NOW,
        holder="Anna A", expires=date(2030, 1, 31),
    )  # fmt: skip
    assert added.standing is Standing.GOOD
    assert answer.method == added.id
    assert added.id in {one.id for one in answer.picture.candidates}
    assert [row.event_kind for row in office.journal()] == ["added"]


def test_what_is_added_is_bound_to_nothing(office: Office) -> None:
    """G16."""
    office.subscribe("m365")
    office.profile("nord", method=None)
    office.do(asked())

    assert office.bound() == {"nord": None, "m365": "old"}
    assert office.review(method_id("fjord/r1/tok_fresh")).picture.dependents.count == 0


@pytest.mark.parametrize("again", ["the same request", "another request with the same token"])
def test_it_is_added_once_however_often_it_is_asked_for(office: Office, again: str) -> None:
    first = office.do(asked())
    same = again == "the same request"

    assert office.do(asked(request="fjord/r1/tok_fresh" if same else "fjord/r2/tok_fresh")) == first.model_copy(
        update={"already": not same}
    )
    assert len(on_file(office)) == 1


def test_the_picture_is_of_what_it_was_added_beside(office: Office) -> None:
    """G28: the flow goes on with it."""
    office.subscribe("m365")
    beside_method = office.do(asked(method="old")).picture
    beside_subscription = office.do(asked(subscription="m365")).picture

    assert (beside_method.source.id, beside_method.dependents.count) == ("old", 1)
    assert beside_subscription.subscription.id == "m365"


def test_a_source_that_went_meanwhile_does_not_stop_it(office: Office) -> None:
    office.delete("old")
    assert office.do(asked(method="old")).picture.source is None


def test_an_id_of_a_request_has_no_digits() -> None:
    """Nobody takes it for a number (law 6), and no two requests share one."""
    ids = {method_id(f"fjord/r{n}/tok") for n in range(500)}
    assert len(ids) == 500
    assert not [one for one in ids if any(letter.isdigit() for letter in one)]


# The provider.


def test_the_holder_has_days_to_authenticate_and_nothing_is_on_file_before(office: Office) -> None:
    """G23."""
    bank = with_bank(office, "tok_fresh: [{set_up: {action_required: {completed_after: never}}}]")
    assert office.do(asked()) == ask.MustAuthenticate(until=NOW + TIME_TO_AUTHENTICATE)
    office.now += timedelta(hours=1)
    assert isinstance(office.do(asked()), ask.MustAuthenticate), "whoever says it is done is not believed"
    assert on_file(office) == {}

    bank.authenticate("tok_fresh")
    assert isinstance(office.do(asked()), ask.Added)
    assert [call.reference for call in bank.calls()] == ["fjord/r1/tok_fresh"] * 3


def test_a_one_time_password_is_checked_by_the_provider(office: Office) -> None:
    """G22."""
    with_bank(office, "tok_fresh: [{set_up: {password: sesame}}]")
    needed = ask.MustAuthenticate(until=NOW + TIME_TO_AUTHENTICATE, password=True)

    assert office.do(asked()) == needed
    assert office.do(asked(password="open")) == needed
    assert isinstance(office.do(asked(password="sesame")), ask.Added)


@pytest.mark.parametrize(
    ("day", "new", "asks"),
    [
        (date(2026, 11, 2), NEW, True),
        (date(2021, 10, 1), NEW, True),
        (date(2021, 9, 30), NEW, False),
    ],
)
def test_in_india_no_card_is_put_on_file_without_a_one_time_password(
    kept: Book, day: date, new: NewMethod, *, asks: bool
) -> None:
    """G22: it is demanded of the provider, from the day on which that began there; elsewhere the provider decides."""
    office = Office(kept, country="IN", time_zone="Asia/Kolkata")
    office.now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    indian = new.model_copy(update={"country": "IN"})
    answer = office.do(asked(indian))

    assert isinstance(answer, ask.MustAuthenticate if asks else ask.Added)
    assert isinstance(office.do(asked(indian, password="123456")), ask.Added)


def test_what_the_provider_refuses_is_not_on_file(office: Office) -> None:
    with_bank(office, "tok_fresh: [{set_up: {refused: card_declined}}]")
    assert office.do(asked()) == ask.NotAdded(why="the provider or the bank refused it (card declined)")
    assert on_file(office) == {}


def test_a_provider_out_of_reach_is_asked_again_under_the_same_reference(office: Office) -> None:
    bank = with_bank(office, "tok_fresh: [{set_up: {fault: reply_lost}}, {set_up: {refused: twice}}]")
    with pytest.raises(GatewayUnavailable):
        office.do(asked())
    assert on_file(office) == {}

    assert isinstance(office.do(asked(), again=True), ask.Added)
    assert [call.outcome for call in bank.calls()] == ["unavailable", "ready"]


def test_a_providers_words_are_told_as_words() -> None:
    """Somebody else wrote them: nothing in them is a markup, and they are short."""
    assert reason("<b>*do_not* [honor](x)") == "the provider or the bank refused it (b do not honor x)"
    assert reason(None) == reason("***") == "the provider or the bank refused it"
    assert len(reason("x" * 500)) < 110


# The rules, in the effect.


def test_what_may_not_be_added_is_refused_with_all_reasons_and_the_provider_is_not_asked(office: Office) -> None:
    bank = with_bank(office, "")
    foreign = NEW.model_copy(update={"country": "SE", "expires": date(2020, 1, 31)})

    assert codes(office.do(asked(foreign))) == ["NEW_WRONG_COUNTRY", "NEW_METHOD_EXPIRED"]
    assert (bank.calls(), on_file(office)) == ([], {})


def test_where_it_was_issued_the_provider_knows_better(office: Office) -> None:
    """G15: what the caller said is not believed when the provider says something else (law 2)."""
    with_bank(office, "tok_fresh: [{set_up: {country: SE}}]")
    assert codes(office.do(asked())) == ["NEW_WRONG_COUNTRY"]
    assert on_file(office) == {}


class Meddler(ScriptedBank):
    """The bank, and something that happens while it checks."""

    def __init__(self, deed: Callable[[], object]) -> None:
        super().__init__()
        self._deed = deed

    def set_up(self, token: str, reference: str, *, password: str | None = None, ask_password: bool = False) -> SetUp:
        self._deed()
        return super().set_up(token, reference, password=password, ask_password=ask_password)


def test_a_role_that_is_withdrawn_while_the_provider_checks_adds_nothing(office: Office) -> None:
    """Law 5: roles are looked up again in the transaction that writes."""
    bank = Meddler(lambda: office.write(lambda pages: pages.remove_grant(WITHDRAWN)))
    office.desk = replace(office.desk, gateway=bank)

    assert codes(office.do(asked())) == ["ROLE_TOO_SMALL"]
    assert on_file(office) == {}


def test_two_that_add_the_same_token_at_once_add_it_once(office: Office) -> None:
    """One comes from outside while the provider checks: the other is answered with it."""
    plain = office.desk
    meddler = Meddler(lambda: effects_of(office, plain, asked(request="fjord/r2/tok_fresh")))
    office.desk = replace(office.desk, gateway=meddler)

    assert office.do(asked()).method == method_id("fjord/r2/tok_fresh")
    assert len(on_file(office)) == 1


def effects_of(office: Office, desk: Desk, request: ask.AddMethod) -> Any:
    """The same effect by another procedure."""
    meddling, office.desk = office.desk, desk
    answer = office.do(request, subject="add-method/fjord/r2")
    office.desk = meddling
    return answer


def test_a_token_of_another_is_not_taken_over_and_not_told_of(office: Office) -> None:
    """Another administrator's, another account's and a deleted one's all answer the same."""
    office.write(lambda pages: pages.put_account(Account("elv", "Elv AS", "NO")))
    office.write(lambda pages: pages.put_person(Person("eva", "elv", "Eva", "eva@elv.example")))
    office.write(lambda pages: pages.put_method(replace(record(pages, "new"), id="evas", account_id="elv", token="tok_eva")))
    office.delete("old")
    told = [
        office.do(asked(NEW.model_copy(update={"token": token}), request=token)) for token in ("tok_bos", "tok_eva", "tok_old")
    ]

    assert told == [told[0]] * 3
    assert told[0] == ask.NotAdded(why="its token is or was another payment method's; have the provider make a new one")


def test_an_account_that_has_vanished_is_an_error(office: Office) -> None:
    request = asked().model_copy(update={"account": "nowhere"})
    with pytest.raises(LookupError, match="account nowhere has vanished from the book"):
        office.do(request)


# The day on which new bank accounts ended, where the account is (G17).

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("country", ["BE", "FR", "IT", "LU", "PT", "ES", "US"])
@pytest.mark.parametrize(
    ("zone", "midnight"),
    [
        ("Europe/Madrid", datetime(2021, 1, 25, 23, tzinfo=UTC)),
        ("America/New_York", datetime(2021, 1, 26, 5, tzinfo=UTC)),
        ("UTC", datetime(2021, 1, 26, 0, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize(("before", "refused"), [(timedelta(seconds=1), False), (timedelta(0), True)])
def test_new_bank_accounts_end_when_the_day_begins_there(
    kept: Book, country: str, zone: str, midnight: datetime, before: timedelta, *, refused: bool
) -> None:
    """In Madrid the 26th of January 2021 begins an hour before it does in UTC, in New York five hours after."""
    office = Office(kept, country=country, time_zone=zone)
    office.now = midnight - before
    with freeze_time(office.now):
        answer = office.do(asked(DEBIT.model_copy(update={"country": country})))

    assert (codes(answer) == ["NEW_BANK_ACCOUNT_ENDED"]) if refused else isinstance(answer, ask.Added)


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ({"country": "DE"}, []),
        ({"country": "IN"}, ["NEW_BANK_ACCOUNT_UNAVAILABLE"]),
        ({"country": "DE", "era": Era.Y2022}, []),
        ({"country": "DE", "era": Era.Y2024}, ["NEW_BANK_ACCOUNT_UNAVAILABLE"]),
        ({"country": "US", "era": Era.Y2024}, ["NEW_BANK_ACCOUNT_ENDED", "NEW_BANK_ACCOUNT_UNAVAILABLE"]),
    ],
)
def test_where_bank_accounts_are_to_be_had_depends_on_country_and_era(
    kept: Book, account: dict[str, Any], expected: list[str]
) -> None:
    """G18c, G19."""
    answer = Office(kept, **account).do(asked(DEBIT.model_copy(update={"country": account["country"]})))
    assert ([] if isinstance(answer, ask.Added) else codes(answer)) == expected


# The four ways in (G15): alone, and in the flow of each procedure that chooses.


WAYS: list[tuple[Procedure[Any], Callable[..., Memory], str]] = [
    (add_method.ADD_METHOD, lambda **new: add_method.Memory(account="fjord", request="r1", actor="anna", **new), "refused"),
    (replace_all.REPLACE_ALL, lambda **new: replace_all.Memory(actor="anna", method="old", **new), "choosing"),
    (
        change_single_subscription.CHANGE_SINGLE_SUBSCRIPTION,
        lambda **new: change_single_subscription.Memory(actor="anna", subscription="m365", **new),
        "choosing",
    ),
    (
        delete_with_dependents.DELETE_WITH_DEPENDENTS,
        lambda **new: delete_with_dependents.Memory(actor="anna", method="old", **new),
        "choosing",
    ),
]
ANNA = Actor("anna", frozenset({"billing_admin"}))
FOREIGN = NEW.model_copy(update={"country": "SE"})


@pytest.mark.parametrize("way", WAYS, ids=[way[0].name for way in WAYS])
def test_a_card_of_another_country_gets_in_by_no_way(office: Office, way: tuple[Any, Any, str]) -> None:
    """G15: given at the start, given afterwards, and found out by the provider alone."""
    procedure, memory, state = way
    office.subscribe("m365")
    at_start = Walk(procedure, memory(new=FOREIGN), AtTheOffice(office), NOW, f"{procedure.name}/1")
    afterwards = Walk(procedure, memory(), AtTheOffice(office), NOW, f"{procedure.name}/2")
    refused = [refusal.code for refusal in afterwards.act(ask.AddNew(new=FOREIGN), ANNA)]
    with_bank(office, "tok_fresh: [{set_up: {country: SE}}]")
    hidden = Walk(procedure, memory(new=NEW), AtTheOffice(office), NOW, f"{procedure.name}/3")

    assert [refusal.code for refusal in at_start.snapshot.memory.refusals] == ["NEW_WRONG_COUNTRY"]
    assert refused == ["NEW_WRONG_COUNTRY"]
    assert [refusal.code for refusal in hidden.snapshot.memory.refusals] == ["NEW_WRONG_COUNTRY"]
    assert (at_start.state, hidden.state) == (state, state)
    assert on_file(office) == {}


@pytest.mark.parametrize("way", WAYS, ids=[way[0].name for way in WAYS])
def test_a_card_of_the_same_country_gets_in_by_every_way(office: Office, way: tuple[Any, Any, str]) -> None:
    """After its holder has authenticated, it is on file and chosen (G23, G28)."""
    procedure, memory, _ = way
    office.subscribe("m365")
    bank = with_bank(office, "tok_fresh: [{set_up: {action_required: {completed_after: never}}}]")
    walked = Walk(procedure, memory(new=NEW), AtTheOffice(office), NOW, procedure.name)
    assert walked.state == "authenticating"

    bank.authenticate("tok_fresh")
    assert walked.act(ask.Authenticated(), ANNA) == ()
    assert walked.snapshot.memory.chosen in on_file(office)
    assert office.bound() == {"m365": "old"}, "nothing pays with it before somebody confirms (G16)"
