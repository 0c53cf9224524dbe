"""The rules that may refuse a person, each with its sentence, its remedy and its source: the one place where they stand.

A file for each thing that is done with a payment method, and `retrying` for the debts. `judging` asks rules outside a move,
`norwegian` tells a refusal in bokmål, `citing` reads which numbers a rule applies. Who may see what a rule would tell is decided
in `asking`.
"""

from paystates.engine import Rule
from states.rules.adding import (
    ADD,
    NEW_BANK_ACCOUNT_ENDED,
    NEW_BANK_ACCOUNT_UNAVAILABLE,
    NEW_CARDS_ONLY,
    NEW_METHOD_EXPIRED,
    NEW_WRONG_COUNTRY,
)
from states.rules.asking import METHOD_ADMINS, OPERATORS, SERVICES
from states.rules.changing import (
    CHANGE,
    NOT_CHANGED_ALONE,
    PAYS_BY_INVOICE,
    PAYS_THROUGH_PROFILE,
    START_CHANGE,
    SUBSCRIPTION_OVER,
)
from states.rules.choosing import (
    BANK_ACCOUNT_UNAVAILABLE,
    CARDS_ONLY,
    CHOICE,
    METHOD_EXPIRED,
    METHOD_NEEDS_CORRECTION,
    METHOD_NOT_GOOD,
    NO_NEW_ON_BANK_ACCOUNT,
    SAME_METHOD,
    TARGET,
    UNKNOWN_METHOD,
    WRONG_COUNTRY,
)
from states.rules.citing import numbers_of, other_sources_of
from states.rules.deciding import STARTED_BY_ANOTHER
from states.rules.deleting import (
    ATTEMPT_ON_METHOD,
    DELETE,
    LAST_METHOD,
    OUTSTANDING_CHARGES,
    RETRY_NEEDS_METHOD,
    START_DELETE,
    STILL_USED,
)
from states.rules.editing import (
    EDIT,
    EXPIRY_OF_BANK_ACCOUNT,
    EXPIRY_PASSED,
    METHOD_FINISHED,
    NOTHING_CORRECTED,
    NUMBER_IMMUTABLE,
    SECURITY_CODE_MISSING,
)
from states.rules.retrying import (
    ASKED_TO_WAIT,
    ATTEMPT_RUNNING,
    CARD_NOT_OWNED,
    LAST_SLOT,
    NO_CHARGEABLE_METHOD,
    NOT_READ,
    PAYERS,
    PROFILE_ROLE_ELSEWHERE,
    REASON_MISSING,
    RETRY,
)
from states.rules.roles import ACCOUNT_ROLE_NEEDED, MAY_MANAGE_METHODS, SOURCE_NOT_OWNED, START, TARGET_NOT_OWNED
from states.rules.settling import OWN_SETTLING, SETTLERS, SETTLING, START_SETTLING, WHY_NOTHING

__all__ = [
    "ACCOUNT_ROLE_NEEDED",
    "ADD",
    "ASKED_TO_WAIT",
    "ATTEMPT_ON_METHOD",
    "ATTEMPT_RUNNING",
    "BANK_ACCOUNT_UNAVAILABLE",
    "CARDS_ONLY",
    "CARD_NOT_OWNED",
    "CATALOGUE",
    "CHANGE",
    "CHOICE",
    "DELETE",
    "EDIT",
    "EXPIRY_OF_BANK_ACCOUNT",
    "EXPIRY_PASSED",
    "LAST_METHOD",
    "LAST_SLOT",
    "MAY_MANAGE_METHODS",
    "METHOD_ADMINS",
    "METHOD_EXPIRED",
    "METHOD_FINISHED",
    "METHOD_NEEDS_CORRECTION",
    "METHOD_NOT_GOOD",
    "NEW_BANK_ACCOUNT_ENDED",
    "NEW_BANK_ACCOUNT_UNAVAILABLE",
    "NEW_CARDS_ONLY",
    "NEW_METHOD_EXPIRED",
    "NEW_WRONG_COUNTRY",
    "NOTHING_CORRECTED",
    "NOT_CHANGED_ALONE",
    "NOT_READ",
    "NO_CHARGEABLE_METHOD",
    "NO_NEW_ON_BANK_ACCOUNT",
    "NUMBER_IMMUTABLE",
    "OPERATORS",
    "OUTSTANDING_CHARGES",
    "OWN_SETTLING",
    "PAYERS",
    "PAYS_BY_INVOICE",
    "PAYS_THROUGH_PROFILE",
    "PROFILE_ROLE_ELSEWHERE",
    "REASON_MISSING",
    "RETRY",
    "RETRY_NEEDS_METHOD",
    "SAME_METHOD",
    "SECURITY_CODE_MISSING",
    "SERVICES",
    "SETTLERS",
    "SETTLING",
    "SOURCE_NOT_OWNED",
    "START",
    "STARTED_BY_ANOTHER",
    "START_CHANGE",
    "START_DELETE",
    "START_SETTLING",
    "STILL_USED",
    "SUBSCRIPTION_OVER",
    "TARGET",
    "TARGET_NOT_OWNED",
    "UNKNOWN_METHOD",
    "WHY_NOTHING",
    "WRONG_COUNTRY",
    "numbers_of",
    "other_sources_of",
]

CATALOGUE: tuple[Rule, ...] = tuple(
    dict.fromkeys((*RETRY, *CHOICE, *CHANGE, *ADD, STARTED_BY_ANOTHER, *EDIT, *DELETE, *OWN_SETTLING))
)
"""Every rule once, in the order `paystates rules` lists them."""
