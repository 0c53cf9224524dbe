"""Who may do what with which payment method, in which kind of account and era: one table, written out (G1 to G11, G60, C6, C10).

It is the documents' table, not computed from the code. The actor added “own card” and somebody else “another's card” and the
bank account. “Pays” is what pays with the method; the profile roles are held on that profile, and `elsewhere` is the role of
an owner on another one. All else is fine, so that every dot is the role's or the method's. For replace-all, “to” is the target.
"""

from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from for_every import for_every
from pictures import (
    A_PROFILE,
    A_SUBSCRIPTION,
    BOTH,
    NOW,
    bank_account,
    card,
    depends,
    new_bank_account,
    new_card,
    picture,
    subscription,
)

from domain.accounts import AccountKind, Era, Role
from paystates.engine import Actor, Rule
from states import details, rules
from states import methods as ask
from states.facts import Picture
from states.rules.judging import judge
from states.settling import Balance, Due

ROLES = {
    "GA": "global_admin",
    "BA": "billing_admin",
    "AO": "account_owner",
    "AC": "account_contributor",
    "PO": "profile_owner",
    "PC": "profile_contributor",
    "IM": "invoice_manager",
    "PR": "profile_reader",
    "EL": "profile_owner_elsewhere",
    "OP": "operator",
    "SV": "service",
    "NO": "",
}
ACTORS = {short: Actor("kari", frozenset({role} - {""})) for short, role in ROLES.items()}

TABLE = """
era    account  procedure     method           pays          GA BA AO AC PO PC IM PR EL OP SV NO
seed   MOSA     replace-all   own card         subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     replace-all   another's card   subscription  .  .  .  .  .  .  .  .  .  .  .  .
seed   MOSA     replace-all   bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     to            own card         subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     to            another's card   subscription  .  .  .  .  .  .  .  .  .  .  .  .
seed   MOSA     to            bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     change-single own card         subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     change-single another's card   subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     change-single bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     delete        own card         nothing       x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     delete        another's card   nothing       .  .  .  .  .  .  .  .  .  .  .  .
seed   MOSA     delete        bank account     nothing       x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     add-method    own card         nothing       x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     add-method    bank account     nothing       x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     update        own card         subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     update        another's card   subscription  .  .  .  .  .  .  .  .  .  .  .  .
seed   MOSA     update        bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     settle        own card         subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MOSA     settle        another's card   subscription  .  .  .  .  .  .  .  .  .  .  .  .
seed   MOSA     settle        bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      replace-all   own card         profile       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      replace-all   another's card   profile       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      replace-all   another's card   both          x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      replace-all   bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      to            own card         profile       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      to            another's card   profile       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      to            bank account     profile       .  .  .  .  .  .  .  .  .  .  .  .
seed   MCA      to            bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      change-single own card         subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      change-single another's card   subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      change-single bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      change-single own card         profile       .  .  .  .  .  .  .  .  .  .  .  .
seed   MCA      delete        own card         nothing       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      delete        another's card   profile       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      delete        bank account     nothing       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      add-method    own card         nothing       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      add-method    own card         profile       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      add-method    bank account     nothing       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      add-method    bank account     profile       .  .  .  .  .  .  .  .  .  .  .  .
seed   MCA      update        own card         profile       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      update        another's card   profile       x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      update        bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
seed   MCA      settle        own card         profile       x  x  x  .  x  x  x  .  .  .  .  .
seed   MCA      settle        another's card   profile       x  x  x  .  x  x  x  .  .  .  .  .
seed   MCA      settle        another's card   subscription  x  x  x  x  .  .  .  .  .  .  .  .
seed   MCA      settle        bank account     subscription  x  x  x  x  .  .  .  .  .  .  .  .
2024   MOSA     replace-all   own card         subscription  x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     replace-all   another's card   subscription  .  .  .  .  .  .  .  .  .  .  .  .
2024   MOSA     replace-all   bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     to            own card         subscription  x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     to            another's card   subscription  .  .  .  .  .  .  .  .  .  .  .  .
2024   MOSA     to            bank account     subscription  .  .  .  .  .  .  .  .  .  .  .  .
2024   MOSA     change-single own card         subscription  x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     change-single another's card   subscription  x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     change-single bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     delete        own card         nothing       x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     delete        another's card   nothing       .  .  .  .  .  .  .  .  .  .  .  .
2024   MOSA     delete        bank account     nothing       x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     add-method    own card         nothing       x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     add-method    bank account     nothing       .  .  .  .  .  .  .  .  .  .  .  .
2024   MOSA     update        own card         subscription  x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     update        another's card   subscription  .  .  .  .  .  .  .  .  .  .  .  .
2024   MOSA     update        bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     settle        own card         subscription  x  x  .  .  .  .  .  .  .  .  .  .
2024   MOSA     settle        another's card   subscription  .  .  .  .  .  .  .  .  .  .  .  .
2024   MOSA     settle        bank account     subscription  x  x  .  .  .  .  .  .  .  .  .  .
2024   MCA      replace-all   own card         profile       .  .  x  x  x  x  .  .  .  .  .  .
2024   MCA      replace-all   another's card   profile       .  .  x  x  x  x  .  .  .  .  .  .
2024   MCA      replace-all   another's card   both          .  .  x  x  .  .  .  .  .  .  .  .
2024   MCA      replace-all   bank account     subscription  .  .  x  x  .  .  .  .  .  .  .  .
2024   MCA      to            own card         profile       .  .  x  x  x  x  .  .  .  .  .  .
2024   MCA      to            another's card   profile       .  .  x  x  x  x  .  .  .  .  .  .
2024   MCA      to            bank account     profile       .  .  .  .  .  .  .  .  .  .  .  .
2024   MCA      to            bank account     subscription  .  .  .  .  .  .  .  .  .  .  .  .
2024   MCA      change-single own card         subscription  .  .  .  .  .  .  .  .  .  .  .  .
2024   MCA      change-single another's card   subscription  .  .  .  .  .  .  .  .  .  .  .  .
2024   MCA      change-single bank account     subscription  .  .  .  .  .  .  .  .  .  .  .  .
2024   MCA      change-single own card         profile       .  .  .  .  .  .  .  .  .  .  .  .
2024   MCA      delete        own card         nothing       .  .  x  x  .  .  .  .  .  .  .  .
2024   MCA      delete        another's card   profile       .  .  x  x  .  .  .  .  .  .  .  .
2024   MCA      delete        bank account     nothing       .  .  x  x  .  .  .  .  .  .  .  .
2024   MCA      add-method    own card         nothing       .  .  x  x  .  .  .  .  .  .  .  .
2024   MCA      add-method    own card         profile       .  .  x  x  x  x  .  .  .  .  .  .
2024   MCA      add-method    bank account     nothing       .  .  .  .  .  .  .  .  .  .  .  .
2024   MCA      add-method    bank account     profile       .  .  .  .  .  .  .  .  .  .  .  .
2024   MCA      update        own card         profile       .  .  x  x  x  x  .  .  .  .  .  .
2024   MCA      update        another's card   profile       .  .  x  x  x  x  .  .  .  .  .  .
2024   MCA      update        bank account     subscription  .  .  x  x  .  .  .  .  .  .  .  .
2024   MCA      settle        own card         profile       .  .  x  .  x  x  x  .  .  .  .  .
2024   MCA      settle        another's card   profile       .  .  x  .  x  x  x  .  .  .  .  .
2024   MCA      settle        another's card   subscription  .  .  x  x  .  .  .  .  .  .  .  .
2024   MCA      settle        bank account     subscription  .  .  x  x  .  .  .  .  .  .  .  .
"""

DEPENDS = {"nothing": depends(), "subscription": A_SUBSCRIPTION, "profile": A_PROFILE, "both": BOTH}
METHODS = {
    "own card": card("it"),
    "another's card": card("it", added_by="per"),
    "bank account": bank_account("it", added_by="per"),
}
NEW = {"own card": new_card(), "bank account": new_bank_account()}
EDITED = details.Edit(details=ask.Details(holder="Kari Nordmann"), security_code="tok_code")


class Row(NamedTuple):
    era: Era
    kind: AccountKind
    procedure: str
    method: str
    pays: str
    may: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.era} {self.kind} {self.procedure} {self.method} {self.pays}"


def rows() -> list[Row]:
    head, *lines = TABLE.strip().splitlines()
    starts = [head.index(name) for name in ("era", "account", "procedure", "method", "pays", "GA")]
    found = []
    for line in lines:
        era, kind, procedure, method, pays = (line[a:b].strip() for a, b in pairwise(starts))
        marks = line[starts[-1] :].split()
        may = tuple(role for role, mark in zip(head.split()[5:], marks, strict=True) if mark == "x")
        eras = [Era.SEED, Era.Y2022] if era == "seed" else [Era(era)]  # the text of 2022 changed no role (C10)
        found += [Row(one, AccountKind(kind), procedure, method, pays, may) for one in eras]
    return found


def asked(row: Row) -> tuple[tuple[Rule, ...], Picture, dict[str, Any]]:
    """The rules that the procedure asks, an account in which all else is fine, and what is chosen or sent."""
    account = {"era": row.era, "kind": row.kind}
    dependents = DEPENDS[row.pays]
    source, other = METHODS[row.method] if row.method in METHODS else card("it"), card("mine")
    match row.procedure:
        case "replace-all":
            return rules.CHOICE, picture(account, source=source, candidates=(other,), dependents=dependents), {"chosen": "mine"}
        case "to":
            return rules.CHOICE, picture(account, source=other, candidates=(source,), dependents=dependents), {"chosen": "it"}
        case "change-single":
            through = {"method": None, "profile": "drift"} if row.pays == "profile" else {"method": "it"}
            shown = picture(account, source=source, candidates=(other,), subscription=subscription(**through))
            return rules.CHANGE, shown, {"chosen": "mine"}
        case "delete":
            return rules.START_DELETE, picture(account, source=source, dependents=dependents), {}
        case "add-method":
            return rules.ADD, picture(account, source=None, dependents=dependents), {"new": NEW[row.method]}
        case "update":
            return rules.EDIT, picture(account, source=source, dependents=dependents), {"event": EDITED}
    invoice = "F-1" if row.kind is AccountKind.MCA else None
    profile = "drift" if row.pays == "profile" else None
    due = Due(invoice="F-1", method="it", currency="NOK", amount=100, attempt=1, charging=False)
    shown = picture(account, source=source, dependents=dependents)
    return rules.SETTLING, Balance(**dict(shown), debts=(due,), invoice=invoice, profile=profile, bars=()), {"chosen": "it"}


@for_every(rows(), str)
def test_those_may_whom_the_table_names_and_nobody_else(row: Row) -> None:
    """G1 to G11: one cell for each role, held alone."""
    among, shown, given = asked(row)
    assert tuple(short for short, actor in ACTORS.items() if not judge(among, shown, actor, NOW, **given)) == row.may


def test_the_table_has_a_row_for_every_procedure_kind_of_method_and_kind_of_account() -> None:
    """And a column for every role there is; somebody who holds none is one too."""
    assert {*ROLES.values()} - {"", "profile_owner_elsewhere"} == {role.value for role in Role}
    told = {(row.era, row.kind, row.procedure, row.method) for row in rows()}
    procedures = ("replace-all", "to", "change-single", "delete", "update", "settle")
    assert told == {
        *((era, kind, one, method) for era in Era for kind in AccountKind for one in procedures for method in METHODS),
        *((era, kind, "add-method", method) for era in Era for kind in AccountKind for method in NEW),
    }


def test_two_roles_reach_as_far_as_both() -> None:
    """A reader who is a billing administrator too is not held back by being a reader."""
    actor = Actor("kari", frozenset({"profile_reader", "billing_admin"}))
    assert judge(rules.CHOICE, picture({"today": date(2026, 11, 22)}), actor, NOW, chosen="other") == ()
