"""Who is written to about a debt (G80): pure, from the account's people and their grants.

The language of the mail is the organisation's preferred one, `Account.language` (G81), never a recipient's.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from domain.accounts import Account, AccountKind, Grant, Person, Role

ACCOUNT_ROLES = frozenset({Role.GLOBAL_ADMIN, Role.BILLING_ADMIN})
"""Who gets billing mails of an account without billing profiles (G80)."""

PROFILE_ROLES = frozenset({Role.PROFILE_OWNER, Role.PROFILE_CONTRIBUTOR, Role.INVOICE_MANAGER})
"""Who gets billing mails of a billing profile (G80): a reader does not."""

_KEEPERS = frozenset({Role.ACCOUNT_OWNER, Role.ACCOUNT_CONTRIBUTOR})

_LONGEST_ADDRESS = 254
_LONGEST_LOCAL_PART = 64
_ATOM = r"""[^\s@<>()\[\]\\,;:".]+"""
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@{_LABEL}(?:\.{_LABEL})*")


def recipients(
    account: Account, people: Iterable[Person], grants: Iterable[Grant], payer_profile_id: str | None
) -> tuple[str, ...]:
    """The addresses for a mail about a debt (G80), sorted, each once whatever its case.

    MOSA: every global and billing admin at the primary and the alternate address, and the organisation's contact.
    MCA: owner, contributor and invoice manager of the billing profile that pays, and the account's extra recipients;
    where no profile pays, the admins stand in for its roles, because a notice to nobody would be lost (I). Where nobody has any
    of these roles, the account's owners and contributors are told, and the organisation's contact, for the same reason.
    An address that is none (`is_address`) is left out: one bad record must not keep the others from their mail.
    """
    if account.kind is AccountKind.MOSA:
        found = _addresses(people, _admins(account, grants), account)
        found += [account.contact_email] if account.contact_email else []
    elif payer_profile_id is None:
        found = [*_addresses(people, _admins(account, grants), account), *account.extra_recipients]
    else:
        holders = {
            grant.person_id
            for grant in grants
            if grant.profile_id == payer_profile_id and grant.account_id in (None, account.id) and grant.role in PROFILE_ROLES
        }
        found = [person.email for person in people if person.id in holders and person.account_id == account.id]
        found += account.extra_recipients
    if not any(is_address(address) for address in found):
        keepers = {grant.person_id for grant in grants if grant.account_id == account.id and grant.role in _KEEPERS}
        found = [*_addresses(people, keepers, account), *([account.contact_email] if account.contact_email else [])]
    by_mailbox = {address.casefold(): address for address in sorted(found, reverse=True) if is_address(address)}
    return tuple(by_mailbox[key] for key in sorted(by_mailbox))


@lru_cache(maxsize=4096)
def is_address(text: str) -> bool:
    """Whether `text` is one bare mail address: nothing that could end a header, start another or name a second mailbox.

    International addresses are addresses; quoted local parts and address literals are not accepted.
    """
    found = _ADDRESS.fullmatch(text) if len(text) <= _LONGEST_ADDRESS and text.isprintable() else None
    return found is not None and len(found[1]) <= _LONGEST_LOCAL_PART


def _admins(account: Account, grants: Iterable[Grant]) -> set[str]:
    return {grant.person_id for grant in grants if grant.account_id == account.id and grant.role in ACCOUNT_ROLES}


def _addresses(people: Iterable[Person], admins: set[str], account: Account) -> list[str]:
    chosen = [person for person in people if person.id in admins and person.account_id == account.id]
    return [address for person in chosen for address in (person.email, person.alternate_email) if address]
