"""The way to a Temporal server: what the caller gives, else TEMPORAL_* variables, else the named profile, else this machine.

Every failure is a sentence that says what to do; none repeats a key.
"""

import asyncio
import os
from typing import Any, Final

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from paystates.orders import PATIENCE, BadOrder, NotFound, NotPermitted, PaystatesError, Unreachable
from paystates.temporal.plugin import PaystatesPlugin

LOCAL: Final = "127.0.0.1:7233"
"""Where a server is, when nobody says otherwise."""

_DENIED: Final = ("code: Unauthenticated", "code: PermissionDenied")
_TLS: Final = (
    "InvalidCertificate",
    "InvalidMessage",
    "HandshakeFailure",
    "AlertReceived",
    "transport error",
)


async def open_client(
    address: str | None = None,
    *,
    profile: str | None = None,
    namespace: str | None = None,
    tls: bool | TLSConfig | None = None,
    api_key: str | None = None,
    patience: float = PATIENCE,
) -> Client:
    """A client with our plugin, of a server that answers and has the namespace.

    A profile counts when it is named, here or by TEMPORAL_PROFILE, or when TEMPORAL_CONFIG_FILE names its file; with an API key
    TLS is on unless `tls` says otherwise. Raises `Unreachable`, `NotPermitted`, `NotFound` (no such namespace), `BadOrder`.
    """
    given = {"target_host": address, "namespace": namespace, "tls": tls, "api_key": api_key}
    settings: dict[str, Any] = {
        "target_host": LOCAL,
        **_configured(profile),
        **{name: value for name, value in given.items() if value is not None},
    }
    place = settings["target_host"]
    try:
        async with asyncio.timeout(patience):
            client = await Client.connect(**settings, plugins=[PaystatesPlugin()])
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except TimeoutError:
        raise Unreachable(f"no Temporal server answers at {place} within {patience:g} seconds: {_REMEDY}") from None
    except RuntimeError as error:
        raise _not_connected(str(error), place) from None
    except RPCError as error:
        raise _no_namespace(error, place, str(settings.get("namespace", "default"))) from None
    return client


_REMEDY: Final = "start one with `paystates up` (without TEMPORAL_ADDRESS), or correct the address"


def _configured(profile: str | None) -> dict[str, Any]:
    """What the environment and the named profile say."""
    named = profile or os.environ.get("TEMPORAL_PROFILE") or os.environ.get("TEMPORAL_CONFIG_FILE")
    try:
        return dict(ClientConfig.load_client_connect_config(profile, disable_file=not named))
    except RuntimeError as error:
        raise BadOrder(
            f"profile: Temporal's configuration cannot be read ({error}): correct it, or name another profile"
        ) from None


def _not_connected(told: str, place: str) -> PaystatesError:
    if any(one in told for one in _DENIED):
        return NotPermitted(f"the server at {place} does not let us in: check the API key (TEMPORAL_API_KEY) and its rights")
    if any(one in told for one in _TLS):
        return NotPermitted(
            f"the server at {place} does not agree on TLS: switch it on or off (`tls`, TEMPORAL_TLS) as the server has it, "
            "and check the certificates"
        )
    return Unreachable(f"no Temporal server answers at {place}: {_REMEDY}")


def _no_namespace(error: RPCError, place: str, namespace: str) -> PaystatesError:
    if error.status is RPCStatusCode.NOT_FOUND:
        make = f"`temporal operator namespace create -n {namespace}`"
        return NotFound(
            f"the server at {place} has no namespace {namespace}: correct it (TEMPORAL_NAMESPACE), or make it: {make}"
        )
    if error.status in {RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED}:
        remedy = "check the API key (TEMPORAL_API_KEY) and its rights"
        return NotPermitted(f"the server at {place} does not let us into namespace {namespace}: {remedy}")
    return Unreachable(f"the server at {place} does not answer ({error.status.name.lower()}): {_REMEDY}")
