"""What the fields of a payment method may hold, wherever they come from: so that no number comes in with them (law 6)."""

import re
from typing import Final

CARD_NETWORKS: Final = ("visa", "mastercard", "amex")
"""The brands of cards that are known here."""

BANK_NETWORKS: Final = ("ach", "sepa", "autogiro")
"""The schemes by which bank accounts are debited."""

NETWORKS: Final = (*CARD_NETWORKS, *BANK_NETWORKS)

_DIGITS = re.compile(r"[0-9](?:[ ._-]?[0-9]){7}")
_TOKEN = re.compile(r"(?=.*[A-Za-z])[!-~]{1,255}")


def is_last4(text: str) -> bool:
    """Exactly four digits, never more of the number.

    >>> is_last4("4242"), is_last4("86011117947")
    (True, False)
    """
    return len(text) == len("4242") and text.isascii() and text.isdigit()


def is_country(text: str) -> bool:
    """Two capital letters, as ISO 3166 has them."""
    return len(text) == len("NO") and text.isascii() and text.isalpha() and text.isupper()


def is_token(text: str) -> bool:
    """One word of up to 255 printable characters with a letter in it: digits alone are a number, no provider's token."""
    return _TOKEN.fullmatch(text) is not None


def has_long_number(text: str) -> bool:
    """Whether eight digits follow each other, with or without a space, dot or hyphen between them: a name has none."""
    return _DIGITS.search(text) is not None
