"""What a decline means for the next attempt, and which brief word a mail says of it.

The facts are dated data (`declines.yaml`, in the form of `domain.decline_table`). Codes are scoped by their source:
Mastercard's `01` and Visa's `01` are two codes. `table` is the packaged file wherever it is None.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.decline_table import (
    BANK_SOURCES,
    KINDS,
    Category,
    DeclineTable,
    Kind,
    Reason,
    Representment,
    Source,
    packaged,
    read_table,
)

__all__ = [
    "NO_CODE",
    "Category",
    "DeclineTable",
    "Reason",
    "Representment",
    "Source",
    "Verdict",
    "brief",
    "classify",
    "is_unauthorised",
    "max_retries",
    "packaged",
    "read_table",
]

NO_CODE = "default"
"""The source of a verdict on a decline without any code that a table could be asked for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one decline means.

    `source` and `code` name the code that decided, or the last one asked when only the default could. `wait` is how
    long to wait at least before the next attempt (None: until the next slot). `reason` is the brief word for a mail.
    """

    category: Category
    source: str
    code: str | None
    wait: timedelta | None = None
    reason: Reason = Reason.DECLINED


def classify(
    network: str,
    network_advice: str | None,
    provider_advice: str | None,
    network_code: str | None,
    provider_code: str | None,
    on: date,
    table: DeclineTable | None = None,
) -> Verdict:
    """What a decline means that came on `on` (the UTC date), by the precedence in money.md.

    Network advice is asked first, then provider advice, the network's code, the provider's code; one that is not
    listed, or is information only, falls through to the next, and at last the network's default holds: `limited` on
    cards, `never` on bank debits. `look_up` is outside the precedence: money may have moved (law 3), whatever else was
    said. `network` is a method's (visa, mastercard, amex, ach, sepa); a kind of code it has no table for is not read.
    """
    table = table or packaged()
    codes = dict(zip(KINDS, (network_advice, provider_advice, network_code, provider_code), strict=True))
    said = list(_said(network, codes, on, table))
    decided = [one for one in said if one.category is not None]
    unknown = [one for one in decided if one.category is Category.LOOK_UP]
    chosen = next(iter([*unknown, *decided, *said[-1:]]), _Said(NO_CODE, None))
    category = chosen.category or (table.networks[network].default if network in table.networks else table.default)
    hours = table.wait_hours.get(category) if chosen.wait_hours is None else chosen.wait_hours
    wait = None if hours is None else timedelta(hours=hours)
    return Verdict(category, chosen.source, chosen.code, wait, _reason(category, [chosen, *said], table))


def brief(
    declined: Verdict | Category,
    code: str | None = None,
    source: str | None = Source.STRIPE,
    table: DeclineTable | None = None,
) -> Reason:
    """The brief word for a mail (law 7): a verdict's own, or that of a category and the code behind it."""
    if isinstance(declined, Verdict):
        return declined.reason
    return _reason(declined, [_Said(source or NO_CODE, code)], table or packaged())


def max_retries(network: str, code: str | None, table: DeclineTable | None = None) -> Representment | None:
    """How often a bank debit returned with `code` may be presented again; None when it may not, and for every card."""
    rows = (table or packaged()).representments
    return next((row for row in rows if row.network == network and code in row.codes), None)


def is_unauthorised(source: str | None, code: str | None, table: DeclineTable | None = None) -> bool:
    """Whether a return says that the payer never agreed: such a debt is never debited again (law 8)."""
    said = (table or packaged()).unauthorised.get(source)
    return said is not None and code in said


@dataclass(frozen=True, slots=True)
class _Said:
    """What a table says of one code; category None when it decides nothing."""

    source: str
    code: str | None
    category: Category | None = None
    wait_hours: int | None = None


def _said(network: str, codes: dict[Kind, str | None], on: date, table: DeclineTable) -> Iterator[_Said]:
    """What the tables say of the codes given, in the order of precedence; a code without a table is left out."""
    for kind, source in table.asked(network):
        code = codes[kind]
        if code:
            rows = table.tables[source]
            group = rows.group(code, on)
            if group is None:
                yield _Said(source, code, rows.default)
            else:
                yield _Said(source, code, group.category, group.wait_hours)


def _reason(category: Category, said: Sequence[_Said], table: DeclineTable) -> Reason:
    """The word of the code that decided (the first of `said`), else the category's, else that of another code."""
    if category is Category.NEVER and said[0].source not in BANK_SOURCES:
        return Reason.DECLINED
    words = [table.words.get((one.source, one.code)) for one in said]
    general = table.reasons[category]
    if words[0] is None and general is not Reason.DECLINED:
        return general
    return next((word for word in words if word is not None), general)
