"""add-method, move by move: a method is checked and put on file, bound to nothing (G15 to G19, G22, G23, C1, C10)."""

from datetime import date, timedelta
from typing import Any

import pytest
from choosing_world import ADMIN, HOUSE_SERVICE, NEW, NOW, READER, Told, picture, reviewed, walk
from for_every import for_every

from domain.accounts import AccountKind, Era, MethodKind
from paystates.engine import Actor, Cancel, Refusal, Unavailable, Verdict, Walk
from states import add_method as do
from states import adding
from states import methods as ask
from states.add_method import ADD_METHOD, Memory
from states.facts import NewMethod, Picture

DAY = timedelta(days=1)
ACCOUNT = picture().account
SEEN = picture(source=None)
ADDED = ask.Added(method="pm-new", picture=SEEN)
UNTIL = NOW + timedelta(hours=6)
HOLDER = ask.MustAuthenticate(until=UNTIL)
PASSWORD = ask.MustAuthenticate(until=UNTIL, password=True)
OTHER = Actor("per", frozenset({"billing_admin"}))
REFUSAL = Refusal("ROLE_TOO_SMALL", "Your role is not enough.", "Ask.")
DEBIT = NEW.model_copy(update={"kind": MethodKind.BANK_ACCOUNT, "network": "sepa", "expires": None})


def seen(**account: Any) -> Picture:
    """The account with these differences, and no source."""
    return SEEN.model_copy(update={"account": ACCOUNT.model_copy(update=account)})


def begun(told: Told, **memory: Any) -> Walk[Memory]:
    """Started by the administrator with the method, unless it says otherwise."""
    start = {"account": "fjord", "request": "r1", "actor": "kari", "new": NEW, **memory}
    return walk(ADD_METHOD, Memory(**start), told)


def codes(walked: Walk[Memory]) -> list[str]:
    return [refusal.code for refusal in walked.snapshot.memory.refusals]


# The ways through it.


def test_what_was_on_file_before_is_not_called_added() -> None:
    """Another request with the same token: it says so, and which one it is."""
    here = picture().candidates[0]
    told = ask.Added(method=here.id, picture=picture(), already=True)
    walked = begun(Told(review=reviewed(SEEN), add_method=told))
    assert (walked.state, walked.snapshot.memory.chosen) == ("already_on_file", here.id)
    assert walked.snapshot.memory.last == f"{here.label} is on file already, as {here.id}"
    nameless = told.model_copy(update={"picture": SEEN.model_copy(update={"candidates": ()})})
    unknown = begun(Told(review=reviewed(SEEN), add_method=nameless))
    assert unknown.snapshot.memory.last == f"the payment method is on file already, as {here.id}"


def test_a_method_given_with_the_start_is_put_on_file_at_once() -> None:
    told = Told(review=reviewed(SEEN), add_method=ADDED)
    walked = begun(told)

    assert (walked.state, walked.snapshot.memory.chosen, walked.snapshot.memory.new) == ("added", "pm-new", None)
    assert ADD_METHOD.verdict(walked.snapshot) is Verdict.DONE
    assert told.asked == [
        ask.Review(account="fjord", actor="kari"),
        ask.AddMethod(request="fjord/r1/tok_new", account="fjord", new=NEW, actor="kari", era=Era.SEED),
    ]


def test_the_method_may_be_given_afterwards() -> None:
    """One call or step by step: the same rules in the same states."""
    walked = begun(Told(review=reviewed(SEEN), add_method=ADDED), new=None)
    assert (walked.state, walked.asks, walked.due) == ("entering", "an administrator", NOW + DAY)

    assert walked.act(ask.AddNew(new=NEW), ADMIN) == ()
    assert walked.state == "added"


def test_the_holder_authenticates_and_the_provider_is_asked_again() -> None:
    """G23: what anybody says is only a reason to ask."""
    told = Told(review=reviewed(SEEN), add_method=[HOLDER, HOLDER, ADDED])
    walked = begun(told)
    assert (walked.state, walked.asks, walked.due) == ("authenticating", "the card holder", UNTIL)
    assert walked.snapshot.memory.last == "the card holder must authenticate"

    assert walked.act(ask.Authenticated(), HOUSE_SERVICE) == ()
    assert walked.state == "authenticating", "the message was not believed"
    assert walked.act(ask.Authenticated(), HOUSE_SERVICE) == ()
    assert walked.state == "added"
    assert len({request.request for request in told.asked if isinstance(request, ask.AddMethod)}) == 1


def test_a_one_time_password_travels_to_the_provider_once() -> None:
    """G22: a wrong one is asked for again, and none is kept."""
    told = Told(review=reviewed(SEEN), add_method=[PASSWORD, PASSWORD, ADDED])
    walked = begun(told)
    assert walked.snapshot.memory.last == "a one-time password is needed"

    walked.act(ask.Authenticated(password="open"), ADMIN)
    assert (walked.state, walked.snapshot.memory.password) == ("authenticating", None)
    walked.act(ask.Authenticated(password="sesame"), ADMIN)
    assert (walked.state, walked.snapshot.memory.password) == ("added", None)
    assert [request.password for request in told.asked if isinstance(request, ask.AddMethod)] == [None, "open", "sesame"]


def test_asking_again_gives_the_holder_no_more_time() -> None:
    """The deadline is pinned when authentication is first asked for."""
    later = ask.MustAuthenticate(until=UNTIL + 9 * DAY)
    walked = begun(Told(review=reviewed(SEEN), add_method=[HOLDER, later]))
    walked.travel(UNTIL - timedelta(minutes=1))
    walked.act(ask.Authenticated(), ADMIN)
    assert (walked.state, walked.due) == ("authenticating", UNTIL)

    walked.travel(UNTIL)
    assert (walked.state, ADD_METHOD.verdict(walked.snapshot)) == ("abandoned", Verdict.CANCELLED)
    assert codes(walked) == ["NOT_AUTHENTICATED"]


def test_nobody_enters_it_in_time() -> None:
    walked = begun(Told(review=reviewed(SEEN)), new=None)
    walked.travel(NOW + DAY)
    assert (walked.state, ADD_METHOD.verdict(walked.snapshot)) == ("abandoned", Verdict.CANCELLED)


def test_another_method_may_be_given_instead_and_has_its_own_deadline() -> None:
    later = ask.MustAuthenticate(until=UNTIL + DAY)
    told = Told(review=reviewed(SEEN), add_method=[HOLDER, later])
    walked = begun(told)
    assert walked.act(ask.ChooseAnother(), ADMIN) == ()
    assert (walked.state, walked.snapshot.memory.new) == ("entering", None)

    walked.act(ask.AddNew(new=NEW.model_copy(update={"token": "tok_other"})), ADMIN)
    assert (walked.state, walked.due) == ("authenticating", UNTIL + DAY)
    assert told.asked[-1].request == "fjord/r1/tok_other"  # type: ignore[attr-defined]  # the last one adds


@pytest.mark.parametrize("actor", [ADMIN, OTHER, HOUSE_SERVICE])
@pytest.mark.parametrize("new", [None, NEW])
def test_a_cancel_changes_nothing(new: NewMethod | None, actor: Actor) -> None:
    told = Told(review=reviewed(SEEN), add_method=HOLDER)
    walked = begun(told, new=new)
    asked = len(told.asked)

    assert walked.act(Cancel(), actor) == ()
    assert (walked.state, ADD_METHOD.verdict(walked.snapshot), len(told.asked)) == ("cancelled", Verdict.CANCELLED, asked)


def test_what_the_provider_does_not_accept_is_not_added_and_told() -> None:
    walked = begun(Told(review=reviewed(SEEN), add_method=ask.NotAdded(why="the bank refused it (card declined)")))

    assert (walked.state, ADD_METHOD.verdict(walked.snapshot), codes(walked)) == ("not_added", Verdict.FAILED, ["NOT_ADDED"])
    assert walked.snapshot.memory.last == "The payment method was not put on file: the bank refused it (card declined)."


def test_what_the_commit_refuses_is_refused_with_all_reasons() -> None:
    """Law 5: the role was withdrawn while the holder authenticated."""
    refusals = (REFUSAL, REFUSAL)
    walked = begun(Told(review=reviewed(SEEN), add_method=ask.Conflicted(refusals=refusals)))

    assert (walked.state, walked.snapshot.memory.refusals) == ("refused", refusals)
    assert ADD_METHOD.verdict(walked.snapshot) is Verdict.REFUSED


def test_an_account_that_there_is_not() -> None:
    walked = begun(Told(review=ask.NoSuchThing(what="account")))
    assert (walked.state, codes(walked)) == ("refused", ["NO_SUCH_THING"])


@pytest.mark.parametrize("broken", ["review", "add_method"])
def test_when_nobody_can_be_reached_it_ends_and_says_so(broken: str) -> None:
    walked = begun(Told(**{"review": reviewed(SEEN), "add_method": ADDED, broken: Unavailable()}))
    assert (walked.state, codes(walked)) == ("unavailable", ["ADDING_UNAVAILABLE"])


# The rules.

SWEDISH = NEW.model_copy(update={"country": "SE"})
UNKNOWN = NEW.model_copy(update={"country": None})
EXPIRED = NEW.model_copy(update={"expires": date(2026, 2, 28)})
RULES: list[tuple[Picture, NewMethod, list[str]]] = [
    (SEEN, SWEDISH, ["NEW_WRONG_COUNTRY"]),
    (SEEN, UNKNOWN, ["NEW_WRONG_COUNTRY"]),
    (SEEN, EXPIRED, ["NEW_METHOD_EXPIRED"]),
    (SEEN, EXPIRED.model_copy(update={"country": "SE"}), ["NEW_WRONG_COUNTRY", "NEW_METHOD_EXPIRED"]),
    (seen(country="ES"), DEBIT.model_copy(update={"country": "ES"}), ["NEW_BANK_ACCOUNT_ENDED"]),
    (seen(era=Era.Y2024), DEBIT, ["NEW_BANK_ACCOUNT_UNAVAILABLE"]),
    (seen(country="IN"), DEBIT.model_copy(update={"country": "IN"}), ["NEW_BANK_ACCOUNT_UNAVAILABLE"]),
    (seen(country="ES", era=Era.Y2024), DEBIT, ["NEW_WRONG_COUNTRY", "NEW_BANK_ACCOUNT_ENDED", "NEW_BANK_ACCOUNT_UNAVAILABLE"]),
]


@for_every(RULES)
def test_what_may_not_be_added_is_refused_with_all_reasons_before_the_provider_is_asked(
    account: Picture, new: NewMethod, expected: list[str]
) -> None:
    told = Told(review=reviewed(account))
    at_start, afterwards = begun(told, new=new), begun(Told(review=reviewed(account)), new=None)

    assert (at_start.state, codes(at_start), told.kinds) == ("refused", expected, ["review"])
    assert [refusal.code for refusal in afterwards.act(ask.AddNew(new=new), ADMIN)] == expected
    assert afterwards.state == "entering", "nothing has changed"


def test_a_refusal_tells_what_it_cannot_know() -> None:
    """A card whose country nobody knows is never silently taken (G15)."""
    (refusal,) = begun(Told(review=reviewed(SEEN)), new=UNKNOWN).snapshot.memory.refusals
    assert refusal.sentence.startswith("It cannot be told whether this is allowed: the country where")


@pytest.mark.parametrize("new", [None, NEW])
def test_who_may_not_manage_methods_is_refused_at_the_start(new: NewMethod | None) -> None:
    """G1, with nothing told that the role may not see."""
    walked = begun(Told(review=reviewed(SEEN, READER.roles)), new=new)
    assert (walked.state, codes(walked)) == ("refused", ["ROLE_TOO_SMALL"])


@pytest.mark.parametrize(
    ("era", "kind", "role", "state"),
    [
        (Era.SEED, AccountKind.MCA, "billing_admin", "added"),
        (Era.SEED, AccountKind.MCA, "account_owner", "refused"),
        (Era.Y2024, AccountKind.MCA, "account_owner", "added"),
        (Era.Y2024, AccountKind.MCA, "billing_admin", "refused"),
        (Era.Y2024, AccountKind.MOSA, "billing_admin", "added"),
    ],
)
def test_whose_role_is_enough_depends_on_the_era(era: Era, kind: AccountKind, role: str, state: str) -> None:
    """C10."""
    walked = begun(Told(review=reviewed(seen(era=era, kind=kind), {role}), add_method=ADDED))
    assert walked.state == state


def test_only_whoever_started_it_enters_the_method() -> None:
    """A card is theirs who added it (G3): another administrator starts an addition of their own."""
    walked = begun(Told(review=reviewed(SEEN)), new=None)
    assert [refusal.code for refusal in walked.act(ask.AddNew(new=NEW), OTHER)] == ["STARTED_BY_ANOTHER"]
    assert "NOT_ALLOWED" in [refusal.code for refusal in walked.act(ask.AddNew(new=NEW), READER)]


@pytest.mark.parametrize("action", [ask.Authenticated(), ask.ChooseAnother(), Cancel()])
def test_somebody_without_a_role_moves_nothing(action: Any) -> None:
    walked = begun(Told(review=reviewed(SEEN), add_method=HOLDER))
    assert [refusal.code for refusal in walked.act(action, READER)] == ["NOT_ALLOWED"]
    assert walked.state == "authenticating"


# The day on which new bank accounts ended (G17), where the account is.

ENDED = ["BE", "FR", "IT", "LU", "PT", "ES", "US"]
DAYS = [(date(2021, 1, 25), False), (date(2021, 1, 26), True)]


@for_every((country, today, ended) for country in [*ENDED, "DE"] for today, ended in DAYS)
def test_new_bank_accounts_ended_in_seven_countries_on_one_day(country: str, today: date, *, ended: bool) -> None:
    account = seen(country=country, today=today)
    walked = begun(Told(review=reviewed(account), add_method=ADDED), new=DEBIT.model_copy(update={"country": country}))

    assert codes(walked) == (["NEW_BANK_ACCOUNT_ENDED"] if ended and country in ENDED else [])


# The segment that other procedures include.


def test_in_a_flow_the_method_is_added_beside_the_source_or_the_subscription() -> None:
    class Remembers(Memory):
        pass

    held = Remembers(account="fjord", request="r1", actor="kari", new=NEW, picture=picture())
    assert adding.add_method(held) == ask.AddMethod(
        request="fjord/visa-4242/tok_new", account="fjord", new=NEW, actor="kari", method="visa-4242", era=Era.SEED
    )


def test_a_deadline_that_was_never_set_has_passed() -> None:
    held = Memory(account="fjord", request="r1", actor="kari")
    assert adding.holder_deadline(held, NOW) == NOW


# What people see.


def test_what_it_is_about_in_one_line() -> None:
    held = Memory(account="fjord", request="r1", actor="kari")
    assert do.headline(held) == "account fjord"
    assert do.headline(held.model_copy(update={"new": NEW})) == "account fjord · visa ending 5100"
    assert do.attributes(held) == {"account": "fjord"}
