"""Sends a message to a web hook: once, to a public address, without being led elsewhere and without reading the answer."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Final

import httpx

from domain.webhooks import Address, BadEndpoint, Network, NotDelivered, checked_url, may_be_called

PATIENCE: Final = 10.0
"""Seconds in which an endpoint must have answered, from looking up its name to the status."""

_GONE: Final = 410
_SUCCESS: Final = range(200, 300)

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


async def resolve(host: str, port: int) -> Sequence[Address]:
    """The addresses of a name, as this machine knows them; an `OSError` when it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(place[0].partition("%")[0]) for *_, place in found if isinstance(place[0], str)]


class WebPost:
    """Posts to web hooks. `allowed` are networks that may be called though they are not public."""

    def __init__(self, allowed: Sequence[Network] = (), *, patience: float = PATIENCE, lookup: Resolve = resolve) -> None:
        self._allowed = allowed
        self._patience = patience
        self._resolve = lookup

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Send it. `NotDelivered` says why it was not taken; what the other side answered beside its status is not read."""
        try:
            async with asyncio.timeout(self._patience):
                status = await self._posted(url, headers, body)
        except TimeoutError:
            raise NotDelivered(f"no answer within {self._patience:g} seconds") from None
        except BadEndpoint as error:
            raise NotDelivered(str(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise NotDelivered(f"it could not be reached ({type(error).__name__})") from None
        if status == _GONE:
            raise NotDelivered("the endpoint says that it is gone (410)", final=True)
        if status not in _SUCCESS:
            raise NotDelivered(f"it answered {status}, and only 2xx is taken for received")

    async def _posted(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post to the very address that was judged: a name that is looked up again could mean another by then."""
        asked = httpx.URL(checked_url(url, self._allowed))
        host = asked.raw_host.decode("ascii")  # as it is written: read as another alphabet's it may mean somebody else
        port = asked.port or (443 if asked.scheme == "https" else 80)
        addresses = await self._resolve(host, port)
        barred = [one for one in addresses if not may_be_called(one, self._allowed)]
        if barred or not addresses:
            raise BadEndpoint(f"url: {host} is not at a public address: allow its network in PAYSTATES_WEBHOOK_NETWORKS")
        pinned = asked.copy_with(host=str(addresses[0]))
        sent = {**headers, "Host": asked.netloc.decode("ascii")}
        # No proxy of the environment: it would look the name up itself. The patience of `send` is for all of it.
        async with (
            httpx.AsyncClient(timeout=httpx.Timeout(None), follow_redirects=False, trust_env=False) as client,
            client.stream("POST", pinned, headers=sent, content=body, extensions={"sni_hostname": host}) as response,
        ):
            return response.status_code
