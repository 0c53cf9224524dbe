"""What the board lets somebody start: each button may be pressed, or has the very reasons that pressing it would be told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import unescape

import pytest
from house_in_memory import NOW, InMemory, in_memory
from visiting import Visitor, visiting

from domain.accounts import Attempt, AttemptStatus, Initiator, Standing
from paystates.web.board.seeing import listed
from paystates.web.board.starting import called
from states.procedures import DECLARED
from states.results import RESULTS
from states.rules import CATALOGUE

BOOK = """
accounts:
  - id: contoso
    name: Contoso AS
    country: "NO"
    time_zone: Europe/Oslo
    people:
      - {id: kari, name: Kari Nordmann, email: kari@contoso.example, roles: [global_admin]}
      - {id: bo, name: Bo Admin, email: bo@contoso.example, roles: [billing_admin]}
      - {id: per, name: Per Reader, email: per@contoso.example}
    methods:
      - {id: visa, card: {brand: visa, last4: "4242", expires: "2040-04"}, added_by: kari}
      - {id: spare, card: {brand: mastercard, last4: "4444", expires: "2040-04"}, added_by: kari}
      - {id: stolen, card: {brand: visa, last4: "0119", expires: "2040-04"}, added_by: kari}
      - {id: bos, card: {brand: visa, last4: "1881", expires: "2040-04"}, added_by: bo}
      - {id: konto, bank_account: {scheme: sepa, last4: "3000", holder: Contoso AS}, country: DE, added_by: bo}
    subscriptions:
      - {id: s-1, name: Business Standard, method: visa}
      - {id: s-2, name: Business Basic, method: bos}
      - {id: s-3, name: Planner, method: konto, status: cancelled, recurring_billing: false}
      - {id: s-4, name: Visio, status: disabled, recurring_billing: false}
      - {id: s-5, name: Whiteboard, status: deleted, recurring_billing: false}
      - {id: s-6, name: Loop, status: deleted, recurring_billing: false}
    invoices:
      - {id: I-1, subscription: s-1, amount: "1495.00", currency: NOK, billing_date: -3d}
      - {id: I-2, subscription: s-2, amount: "20.00", currency: EUR, billing_date: -3d}
      - {id: I-4, subscription: s-4, amount: "7.00", currency: NOK, billing_date: -3d}
      - {id: I-5, subscription: s-5, amount: "8.00", currency: NOK, billing_date: -3d}
  - id: fjord
    name: Fjord AS
    country: "NO"
    kind: MCA
    era: "2024"
    people:
      - {id: ann, name: Ann Fjord, email: ann@fjord.example, roles: [account_owner]}
      - {id: pia, name: Pia Fjord, email: pia@fjord.example, roles: [{role: profile_owner, profile: bp-1}]}
    methods:
      - {id: f-visa, card: {brand: visa, last4: "0077", expires: "2040-04"}, added_by: ann}
      - {id: f-spare, card: {brand: visa, last4: "0078", expires: "2040-04"}, added_by: ann}
    billing_profiles:
      - {id: bp-1, name: Main, method: f-visa}
    subscriptions:
      - {id: f-1, name: Business Premium, billing_profile: bp-1}
      - {id: f-2, name: Azure, method: f-spare}
    invoices:
      - {id: F-1, billing_profile: bp-1, amount: "99.00", currency: NOK, billing_date: -3d}
staff:
  - {id: olga, name: Olga Operator, email: olga@operator.example}
"""
PEOPLE = [("contoso", one) for one in ("kari", "bo", "per", "olga")] + [("fjord", one) for one in ("ann", "pia", "olga")]
FIELDS = {"new.token": "tok_1", "new.kind": "card", "new.network": "visa", "new.last4": "0001", "new.country": "NO"}
FIELDS["new.expires"] = "2040-04-30"

NO_ROLE = ("ROLE_TOO_SMALL",)
NO_ROLE_NOR_CARD = ("ROLE_TOO_SMALL", "SOURCE_NOT_OWNED")
NOT_HERS = ("SOURCE_NOT_OWNED",)
MAY_NOT_PAY = ("MAY_NOT_PAY",)

EXPECTED: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = {
    ("contoso", "kari"): {
        "replace-all/spare": ("ENDS_AT_ONCE",),
        "replace-all/stolen": ("ENDS_AT_ONCE",),
        "replace-all/bos": NOT_HERS,
        "delete-with-dependents/visa": ("ATTEMPT_ON_METHOD",),
        "delete-with-dependents/bos": NOT_HERS,
        "update-details/stolen": ("METHOD_FINISHED",),
        "update-details/bos": NOT_HERS,
        "settle-balance/spare": ("DUE_ELSEWHERE",),
        "settle-balance/stolen": ("DUE_ELSEWHERE",),
        "settle-balance/bos": ("DECLINED_CARD_NOT_OWNED",),
        "settle-balance/konto": ("DUE_ELSEWHERE",),
        "change-single-subscription/s-4": ("PAYS_BY_INVOICE",),
    },
    ("contoso", "per"): {
        **{f"{name}/{card}": NO_ROLE for name in ("replace-all", "update-details") for card in ("visa", "spare", "bos", "konto")},
        "replace-all/stolen": NO_ROLE,
        "update-details/stolen": NO_ROLE,
        **{f"delete-with-dependents/{card}": NO_ROLE for card in ("visa", "spare", "stolen", "bos", "konto")},
        **{f"settle-balance/{card}": MAY_NOT_PAY for card in ("visa", "spare", "stolen", "bos", "konto")},
        **{f"change-single-subscription/{one}": NO_ROLE for one in ("s-1", "s-2", "s-4", "s-5")},
        "add-method/contoso": NO_ROLE,
    },
    ("fjord", "ann"): {
        "settle-balance/f-visa": ("INVOICE_NOT_NAMED",),
        "settle-balance/f-spare": ("INVOICE_NOT_NAMED",),
        "change-single-subscription/f-2": ("NOT_CHANGED_ALONE",),
    },
    ("fjord", "pia"): {
        "delete-with-dependents/f-visa": ("ACCOUNT_ROLE_NEEDED",),
        **{f"{name}/f-spare": NO_ROLE for name in ("replace-all", "delete-with-dependents", "update-details")},
        "settle-balance/f-visa": ("INVOICE_NOT_NAMED",),
        "settle-balance/f-spare": MAY_NOT_PAY,
        "change-single-subscription/f-2": NO_ROLE,  # what she may not see is not told to her
        "add-method/fjord": NO_ROLE,
    },
}
"""What is not to be had, and why, by whoever looks; every other button of the page may be pressed."""


@dataclass(frozen=True)
class Shown:
    """A start on the page: what its form sends, and the sentences beside it when it may not be pressed."""

    procedure: str
    about: str
    sentences: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its id; of a start under a name of the page's own, without that."""
        return f"{self.procedure}/{self.about.split('/')[0] if self.procedure == 'add-method' else self.about}"


def filled() -> InMemory:
    """A house with the book, a card that was reported stolen, and an attempt on another that clears."""
    house = in_memory(BOOK)
    with house.book.transaction() as pages:
        stolen = pages.method("stolen")
        assert stolen is not None
        pages.put_method(replace(stolen, standing=Standing.FINISHED))
        pages.add_attempt(
            Attempt(
                invoice_id="I-1",
                n=1,
                status=AttemptStatus.CLEARING,
                method_id="visa",
                network="visa",
                amount=149500,
                currency="NOK",
                initiator=Initiator.MERCHANT,
                begun_by="another/one",
                reserved_at=NOW,
            )
        )
    return house


def token(person: str, account: str) -> dict[str, object]:
    return {"person": person, "accounts": (account,)}


async def shown(visitor: Visitor, account: str) -> list[Shown]:
    """Every start on the page of the account."""
    page = await visitor.sees(f"/board/accounts/{account}")
    form = r'name="procedure" value="([^"]+)"><input type="hidden" name="subject" value="([^"]+)">(.*?)</form>'
    found = []
    for procedure, about, rest in re.findall(form, page, re.DOTALL):
        button = re.search(r"<button[^>]*>", rest)
        assert button
        found.append(Shown(procedure, about, sentences(page, button[0])))
    return found


def sentences(page: str, button: str) -> tuple[str, ...]:
    """Why a button may not be pressed; nothing: it may. One that may not has its reasons on the page."""
    described = re.search(r'aria-describedby="([^"]+)"', button)
    assert (" disabled" in button) == (described is not None), button
    if described is None:
        return ()
    reasons = page.partition(f'<div id="{described[1]}"')[2].partition("</ul>")[0]
    assert reasons, f"{described[1]} is nowhere on the page"
    return tuple(unescape(one) for one in re.findall(r'<span class="because">(.*?)</span>', reasons))


def code_of(sentence: str) -> str:
    """The code of what says this."""
    said = {re.compile(re.sub(r"\\{[^}]*\\}", ".+", re.escape(one.sentence))): one.code for one in (*CATALOGUE, *RESULTS)}
    (code, *_) = [code for pattern, code in said.items() if pattern.fullmatch(sentence) and code != "ENDS_AT_ONCE"] or [
        "ENDS_AT_ONCE"
    ]
    return code


@pytest.mark.parametrize(("account", "person"), EXPECTED)
async def test_the_page_says_what_each_may_start_and_why_not(account: str, person: str):
    async with visiting(filled(), **token(person, account)) as visitor:
        starts = await shown(visitor, account)
    refused = {one.key: tuple(code_of(sentence) for sentence in one.sentences) for one in starts if one.sentences}
    assert refused == EXPECTED[account, person]


async def test_a_subscription_that_is_over_is_given_another_method_only_while_it_owes():
    async with visiting(filled(), **token("kari", "contoso")) as visitor:
        changed = {one.about for one in await shown(visitor, "contoso") if one.procedure == "change-single-subscription"}
    assert changed == {"s-1", "s-2", "s-4", "s-5"}


async def test_an_operator_may_collect_and_nothing_else_and_is_told_why():
    async with visiting(filled(), **token("olga", "contoso")) as visitor:
        starts = await shown(visitor, "contoso")
    assert {one.procedure for one in starts if not one.sentences} == {"charge-retry"}
    codes = {one.key: tuple(code_of(sentence) for sentence in one.sentences) for one in starts}
    assert codes["replace-all/visa"] == NO_ROLE_NOR_CARD
    assert codes["settle-balance/visa"] == ("MAY_NOT_PAY", "DECLINED_CARD_NOT_OWNED")
    assert codes["change-single-subscription/s-1"] == NO_ROLE
    assert codes["add-method/contoso"] == NO_ROLE


@pytest.mark.parametrize(("account", "person"), PEOPLE)
async def test_a_button_is_disabled_if_and_only_if_pressing_it_ends_at_once_and_for_the_same_reasons(account: str, person: str):
    """Each is pressed in a house of its own, also those that no browser would let somebody press."""
    async with visiting(filled(), **token(person, account)) as visitor:
        starts = await shown(visitor, account)
    assert {one.procedure for one in starts} == set(DECLARED)
    for one in starts:
        house = filled()
        async with visiting(house, **token(person, account)) as visitor:
            fields = FIELDS if one.procedure == "add-method" and not one.sentences else {}
            form = {"procedure": one.procedure, "subject": one.about, **fields}
            answer = await visitor.sends(f"/board/accounts/{account}/start", **form)
        assert answer.status_code == 303, f"{one.key}: {answer.text}"
        walk = house.front._walk(f"{one.procedure}/{one.about}")
        told: tuple[str, ...] = ()
        if len(walk.steps) == 1 and walk.is_over:
            title = walk.procedure.states[walk.state].title
            told = tuple(refusal.sentence for refusal in walk.snapshot.memory.refusals) or (f"{title}.",)
        assert one.sentences == told, one.key


async def test_reasons_are_told_in_the_language_of_whoever_looks_and_once_for_all_that_they_concern():
    async with visiting(filled(), "nb", **token("per", "contoso")) as visitor:
        page = await visitor.sees("/board/accounts/contoso")
    subscriptions = page.partition('id="subscriptions"')[2].partition("</section>")[0]
    assert len(re.findall("Rollen din er ikke nok", subscriptions)) == 1
    assert len(re.findall(r'disabled aria-describedby="why-subscriptions-0"', subscriptions)) == 4
    assert "Erstatt, Slett, Rett:" in re.sub(r"\s+", " ", page)


async def test_what_runs_already_is_gone_to_and_not_begun_again():
    """Another request for the same would be refused: there is one procedure for each thing."""
    house = filled()
    await house.front.start("replace-all", {"method": "visa", "actor": "kari"})
    async with visiting(house, **token("bo", "contoso")) as visitor:
        starts = await shown(visitor, "contoso")
        page = await visitor.sees("/board/accounts/contoso")
    assert "replace-all/visa" not in {one.key for one in starts}
    name = 'aria-label="Replace: under way (Visa ending 4242)"'
    assert f'href="/board/procedures/replace-all/visa" {name}>Replace: under way<' in page


async def test_among_more_than_a_page_shows_what_a_button_would_start_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listed, "__defaults__", (None, 1))
    house = filled()
    for method in ("visa", "spare", "konto"):
        await house.front.start("update-details", {"method": method, "actor": "bo" if method == "konto" else "kari"})
    async with visiting(house, **token("kari", "contoso")) as visitor:
        page = await visitor.sees("/board/accounts/contoso")
    assert page.count(">Correct: under way") == 3


async def test_looking_starts_and_writes_nothing():
    house = filled()
    async with visiting(house, **token("kari", "contoso")) as visitor:
        with house.book.reading() as pages:
            before = pages.journal_end()
        await shown(visitor, "contoso")
        with house.book.reading() as pages:
            assert pages.journal_end() == before
    assert house.front.driver.subjects == []


def test_every_procedure_has_a_button_by_its_name():
    assert set(called("en")) == set(DECLARED)
