"""Where other systems want to be told of ends and refusals: an endpoint, its secrets, and which addresses may be called."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

OVERLAP: Final = timedelta(hours=24)
"""How long the secret before the present one signs beside it, unless it is said otherwise."""

_LONGEST_URL: Final = 2000
_NAT64: Final = IPv6Network("64:ff9b::/96")
_GIVEN_OUT: Final = IPv6Network("2000::/3")
"""All of IPv6 that anybody is given to be called at: what lies outside may be a site, or an IPv4 address in disguise."""
_PROTOCOLS: Final = IPv4Network((0xC000_0000, 24))
"""Kept for protocols, and for the credentials of one cloud."""


class Wanted(StrEnum):
    """What an endpoint may be told of."""

    ENDS = "procedure.ended"
    REFUSALS = "procedure.refused"


class BadEndpoint(ValueError):
    """An endpoint cannot be called; the sentence names the field and the remedy."""


class NotDelivered(Exception):
    """A message was not taken. `final`: it never will be, whoever is there says so."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        self.final = final
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A web hook of somebody's. `account_id` None: it is told of all accounts. `wants` are values of `Wanted`.

    `cursor` is the position of the journal up to which deliveries have been begun. No secret is kept: it is derived from the key
    of the settings and `secret_number` (`secret_of`); until `former_until` the one before it signs too. While it is `paused`, or
    failing since a delivery was given up, no new delivery begins, and the cursor stays. `failures` counts what
    was ever given up.
    """

    id: str
    account_id: str | None
    url: str
    wants: tuple[str, ...]
    cursor: int
    made_at: datetime
    secret_number: int = 1
    former_until: datetime | None = None
    paused: bool = False
    failing_since: datetime | None = None
    error: str | None = None
    failures: int = 0

    @property
    def is_open(self) -> bool:
        """Whether new deliveries begin."""
        return not self.paused and self.failing_since is None

    def secrets(self, key: str, now: datetime) -> list[str]:
        """The secrets that sign, the present one first."""
        numbers = [self.secret_number]
        if self.former_until is not None and now < self.former_until:
            numbers.append(self.secret_number - 1)
        return [secret_of(key, self.id, number) for number in numbers]


def secret_of(key: str, endpoint: str, number: int) -> str:
    """The secret of that number: nobody finds it without the key, and nobody finds another by it."""
    made = hmac.new(key.encode(), f"paystates webhook/{endpoint}/{number}".encode(), hashlib.sha256).digest()
    return "whsec_" + base64.urlsafe_b64encode(made).decode().rstrip("=")


def networks(text: str) -> tuple[Network, ...]:
    """Networks divided by commas, such as `127.0.0.0/8, ::1/128`; a `ValueError` names what is none."""
    return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())


def may_be_called(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether it is a public address or in a network that is allowed: no message gets into a private network by itself.

    Loopback, link-local addresses (where clouds keep credentials) and others that mean one inside IPv6 are not public.
    """
    inner = _meant(address)
    if any(inner in network for network in allowed if network.version == inner.version):
        return True
    if isinstance(inner, IPv6Address):
        return inner.is_global and inner in _GIVEN_OUT
    return inner.is_global and not inner.is_multicast and inner not in _PROTOCOLS


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None) or address


def checked_url(url: str, allowed: Sequence[Network]) -> str:
    """The address of an endpoint, as it may be kept: https, or http to this machine where that is allowed. `BadEndpoint` if not.

    A name is looked up when something is sent, each time anew.
    """
    if len(url) > _LONGEST_URL or not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        raise BadEndpoint(
            f"url: it is longer than {_LONGEST_URL} characters, or has blanks or letters that no URL has: write it anew"
        )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadEndpoint("url: its host or port cannot be read: write it as https://host/path") from None
    if parts.scheme not in {"https", "http"} or not host:
        raise BadEndpoint("url: it is no web address: write it as https://host/path")
    if parts.username is not None or parts.fragment:
        raise BadEndpoint("url: leave out user, password and fragment: the signature says who calls")
    literal = _literal(host)
    if parts.scheme == "http" and not (host == "localhost" or (literal is not None and literal.is_loopback)):
        raise BadEndpoint("url: what is sent must be encrypted: begin it with https://")
    if literal is not None and not may_be_called(literal, allowed):
        raise BadEndpoint(f"url: {host} is no public address: use one, or allow its network in PAYSTATES_WEBHOOK_NETWORKS")
    return url


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
