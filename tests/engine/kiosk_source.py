"""The source of a small procedure in three files, for the tests that edit it and look at its fingerprint."""

FILES = {
    "kiosk/__init__.py": "",
    "kiosk/prices.py": '''
"""What things cost."""
import enum
import functools
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType

class Size(enum.StrEnum):
    """How large."""
    SMALL = "small"
    LARGE = "large"

class Colour(enum.Flag):
    RED = 1
    BLUE = 2

@dataclass(frozen=True)
class Offer:
    """What is on offer."""
    price: Decimal
    sizes: frozenset[Size]
    after: timedelta = timedelta(hours=2)
    tags: set[str] = field(default_factory=set)

    def is_cheap(self):
        """Whether anybody can afford it."""
        return self.price < LIMIT

LIMIT = Decimal("9.50")
OFFER = Offer(Decimal("4.20"), frozenset(Size), tags={"north", "south", "east", "west"})
WORDS = frozenset({"alpha", "beta", "gamma", "delta", "epsilon"})
BY_SIZE = MappingProxyType({Size.LARGE: 2, Size.SMALL: 1})
PATTERN = re.compile("a+")
LOCK = threading.Lock()
QUEUE = deque([1, 2])
PURPLE = Colour.RED | Colour.BLUE
LOOP = [1]
LOOP.append(LOOP)
CHECKS = (lambda value: value > 1, lambda value: value > 2)

def at_least(amount):
    def enough(coins):
        return coins >= amount
    return enough

enough_coins = at_least(3)
half = functools.partial(max, 2)

@functools.cache
def tax(amount: int) -> int:
    """The tax.

    In coins."""
    # a comment
    return amount * 2  # another
''',
    "kiosk/sale.py": '''
"""A sale."""
from datetime import datetime, timedelta
from typing import Literal
from paystates.engine import *
from kiosk import prices
from kiosk.prices import Size, tax

PATIENCE = timedelta(days=2)

class Till(Memory):
    """What the till remembers."""
    coins: int = 0
    size: Size = Size.SMALL

class Pay(Action):
    """A coin."""
    kind: Literal["pay"] = "pay"
    coins: int = 1

def closed(moment):
    """Whether it is closed."""
    return {"hour": 9} if moment.memory.coins in range(prices.BY_SIZE[Size.SMALL]) else None

CLOSED = Rule("CLOSED", closed, "Closed until {hour}.", "Come back.", "door")
OTHER = Rule("OTHER", closed, "Other.", "Other.", "door")
ALL = (CLOSED, OTHER)

def rich(moment: Moment[Till, Pay]) -> bool:
    """Whether there is enough."""
    if not prices.OFFER.is_cheap() or prices.LOOP is ALL or prices.PATTERN.match("b") or prices.LOCK.locked():
        return False
    wants = [tax(coin) for coin in range(moment.event.coins)]
    return sum(wants) > prices.half(1) and prices.enough_coins(5) and prices.CHECKS[0](3)

def bored(moment) -> bool:
    return bool(prices.WORDS and prices.QUEUE and prices.PURPLE and ALL and len(CHARTS))

def after(memory, now):
    return now + PATIENCE

def counts(memory, event, now):
    """One coin more."""
    return memory.model_copy(update={"coins": memory.coins + event.coins})

EMPTY = Procedure(
    name="empty", version=4, memory=Till, initial="over", states={"over": End(Verdict.DONE, "Over")}, moves=[]
)
CHARTS = (EMPTY, str.upper, len, PATIENCE.total_seconds)

SALE = Procedure(
    name="sale",
    version=1,
    memory=Till,
    initial="asking",
    states={
        "asking": Ask("the customer", after, "Waits for coins"),
        "sold": End(Verdict.DONE, "Sold"),
        "over": End(Verdict.FAILED, "Nobody paid"),
    },
    moves=[
        Move(Pay, "asking", "sold", when=rich, given=(CLOSED,), remember=counts),
        Move(Pay, "asking", "over", when=bored, remember=counts),
        Move(Pay, "asking", None, given=(OTHER,), by=frozenset({"customer", "clerk", "owner"}), remember=counts),
        Move(GaveUp, "asking", "over"),
    ],
)
''',
}
