"""What a book or scenario file is told that seems to hold a card number (law 6). What counts as one: `domain.card_numbers`."""

from typing import Final

from domain.card_numbers import card_numbers, has_card_number

__all__ = ["REMEDY", "card_numbers", "has_card_number"]

REMEDY: Final = "looks like a card number, which is never kept: write the provider's token and the last four digits"
