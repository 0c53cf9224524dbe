"""How often somebody may guess: sign-ins that failed are counted by address for a minute, and too many of them are enough.

A token has 256 bits of chance and is never guessed; this is so that nobody fills the log and the book by trying. The count is
this process's own. Behind a proxy the address is what the proxy says, if `FORWARDED_ALLOW_IPS` names it.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final

MOST: Final = 10
"""Failures of one address in `WITHIN`, after which it must wait."""
WITHIN: Final = timedelta(minutes=1)
_ADDRESSES: Final = 10_000
"""How many addresses are remembered at once: the oldest goes first."""
_NETWORK: Final = 64


class Guesses:
    """The failures of the last minute. To be used in one loop."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, list[datetime]] = OrderedDict()

    def are_enough(self, address: str, now: datetime) -> bool:
        """Whether that address has failed too often, and must wait."""
        recent = [at for at in self._failed.get(_whose(address), ()) if now - at < WITHIN]
        return len(recent) >= MOST

    def failed(self, address: str, now: datetime) -> None:
        """Remember a failure."""
        whose = _whose(address)
        recent = [at for at in self._failed.pop(whose, ()) if now - at < WITHIN]
        self._failed[whose] = [*recent, now][-MOST:]
        if len(self._failed) > _ADDRESSES:
            self._failed.popitem(last=False)


def _whose(address: str) -> str:
    """An address of version 6 stands for its network: whoever has one has all of them."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    return str(int(read) >> _NETWORK) if isinstance(read, IPv6Address) else address
