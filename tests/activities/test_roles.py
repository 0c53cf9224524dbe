"""Whose roles count where: the desk looks them up for the account and the billing profile that a procedure concerns."""

from typing import Any

import pytest
from bench import Bench, invoice, method

from domain.accounts import Account, BillingProfile, Grant, Person, Role
from paystates.engine import Scope
from states import debts as ask

NORD, SOR, BY_ITSELF, ELSEWHERE, UNREAD = (
    Scope("fjord", "nord"),
    Scope("fjord", "sor"),
    Scope("fjord"),
    Scope("elv", "elv-1"),
    Scope(),
)
PROFILE_ROLES = [Role.PROFILE_OWNER, Role.PROFILE_CONTRIBUTOR, Role.INVOICE_MANAGER, Role.PROFILE_READER]
ACCOUNT_ROLES = [Role.GLOBAL_ADMIN, Role.BILLING_ADMIN, Role.ACCOUNT_OWNER, Role.ACCOUNT_CONTRIBUTOR]


def by_profile(name: str, profile: str) -> dict[str, Any]:
    return {"id": name, "billing_profile": profile, "currency": "NOK", "amount": "100.00", "billing_date": "0d"}


@pytest.fixture
def bench() -> Bench:
    """Two organisations; `fjord` has two billing profiles and a subscription that pays by itself, `elv` has one profile."""
    bench = Bench(
        kind="MCA",
        methods=[method("card")],
        billing_profiles=[{"id": "nord", "name": "N", "method": "card"}, {"id": "sor", "name": "S", "method": None}],
        subscriptions=[
            {"id": "m365", "name": "Microsoft 365", "method": "card"},
            {"id": "azure", "name": "Azure", "billing_profile": "sor"},
        ],
        invoices=[invoice("F-1"), by_profile("F-2", "nord"), by_profile("F-3", "sor"), invoice("F-4", subscription="azure")],
    )
    bench.write(lambda pages: pages.put_account(Account("elv", "Elv AS", "SE")))
    bench.write(lambda pages: pages.put_profile(BillingProfile("elv-1", "elv", "E")))
    bench.write(lambda pages: pages.put_person(Person("tore", "fjord", "Tore", "tore@fjord.example")))
    bench.write(lambda pages: pages.put_person(Person("eva", "elv", "Eva", "eva@elv.example")))
    bench.write(lambda pages: pages.put_person(Person("olga", None, "Olga", "olga@operator.example")))
    return bench


def held(bench: Bench, grant: Grant, scope: Scope) -> set[str]:
    """The roles of who holds just this grant."""
    bench.write(lambda pages: pages.put_grant(grant))
    return set(bench.desk.roles(grant.person_id, scope))


@pytest.mark.parametrize("role", PROFILE_ROLES)
@pytest.mark.parametrize(
    ("scope", "named"),
    [(NORD, "{}"), (SOR, "{}_elsewhere"), (BY_ITSELF, "{}_elsewhere"), (ELSEWHERE, ""), (UNREAD, "")],
    ids=["its own profile", "another profile", "no profile", "another account", "nothing known"],
)
def test_a_role_on_a_billing_profile_counts_for_that_profile_alone(bench: Bench, role: Role, scope: Scope, named: str) -> None:
    """G11: on another profile of its account it is named, so that a refusal can say why; further away it is nothing."""
    assert held(bench, Grant("tore", role, "fjord", "nord"), scope) == {named.format(role.value)} - {""}


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
@pytest.mark.parametrize(("scope", "counts"), [(NORD, True), (SOR, True), (BY_ITSELF, True), (ELSEWHERE, False), (UNREAD, False)])
def test_a_role_on_an_account_counts_in_all_of_it(bench: Bench, role: Role, scope: Scope, *, counts: bool) -> None:
    """G1, C10: a global or billing admin is one on every billing profile of the account, and in no other account."""
    assert held(bench, Grant("tore", role, "fjord"), scope) == ({role.value} if counts else set())


@pytest.mark.parametrize("scope", [NORD, SOR, BY_ITSELF, ELSEWHERE, UNREAD])
def test_our_own_people_are_our_own_everywhere(bench: Bench, scope: Scope) -> None:
    """Design: operators and services are granted no account, or one."""
    assert held(bench, Grant("olga", Role.OPERATOR), scope) == {"operator"}
    only_there = held(bench, Grant("eva", Role.SERVICE, "elv"), scope)
    assert only_there == ({"service"} if scope == ELSEWHERE else set())


@pytest.mark.parametrize("role", PROFILE_ROLES)
@pytest.mark.parametrize("person", ["eva", "olga"])
@pytest.mark.parametrize("scope", [NORD, SOR, BY_ITSELF, ELSEWHERE, UNREAD])
def test_a_grant_on_a_profile_to_somebody_of_another_organisation_is_none(
    bench: Bench, person: str, role: Role, scope: Scope
) -> None:
    """G11: it can be given only to users in the same organisation, so one that got into the book all the same is ignored."""
    assert held(bench, Grant(person, role, "fjord", "nord"), scope) == set()


def test_a_profile_role_without_a_profile_is_none(bench: Bench) -> None:
    """G11: on the whole account it cannot be held."""
    assert held(bench, Grant("tore", Role.PROFILE_OWNER, "fjord"), NORD) == set()


def test_a_person_holds_each_role_where_it_was_granted(bench: Bench) -> None:
    """A contributor of one profile may be a reader of the other."""
    held(bench, Grant("tore", Role.PROFILE_READER, "fjord", "sor"), SOR)
    both = held(bench, Grant("tore", Role.PROFILE_CONTRIBUTOR, "fjord", "nord"), NORD)
    assert both == {"profile_contributor", "profile_reader_elsewhere"}
    assert bench.desk.roles("tore", SOR) == {"profile_contributor_elsewhere", "profile_reader"}


@pytest.mark.parametrize(("debt", "profile"), [("F-1", None), ("F-2", "nord"), ("F-3", "sor"), ("F-4", "sor")])
def test_a_debt_names_the_billing_profile_that_pays_it(bench: Bench, debt: str, profile: str | None) -> None:
    """Also where the invoice names a subscription, and that one pays through the profile."""
    assert bench.do(ask.OpenDebt(invoice=debt)).debt.profile == profile
