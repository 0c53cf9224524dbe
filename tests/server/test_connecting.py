"""The way to a server: what is given comes before the environment, that before a profile; each failure says what to do."""

import asyncio
import contextlib
import shutil
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from temporalio.service import TLSConfig

from paystates import Paystates
from paystates.client import BadOrder, NotFound, NotPermitted, Unreachable
from paystates.temporal.server import DevServer

pytestmark = pytest.mark.server

KEY = "a-key-that-is-told-to-nobody"
NOBODY = "127.0.0.1:1"
UNAUTHENTICATED, DENIED = 16, 7

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ADDRESS", "NAMESPACE", "API_KEY", "TLS", "PROFILE", "CONFIG_FILE"):
        monkeypatch.delenv(f"TEMPORAL_{name}", raising=False)


@asynccontextmanager
async def listening(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server on a port of its own; its address."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


def frame(kind: int, flags: int, stream: int, body: bytes = b"") -> bytes:
    """A frame of HTTP/2."""
    return struct.pack(">I", len(body))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + body


def refusing(status: int) -> Talk:
    """A gRPC server that answers every call with a status, and nothing else."""

    def field(name: bytes, value: bytes) -> bytes:
        return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value

    headers = b"\x88" + field(b"content-type", b"application/grpc") + field(b"grpc-status", str(status).encode())

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readexactly(24)
            writer.write(frame(4, 0, 0))
            while True:
                head = await reader.readexactly(9)
                await reader.readexactly(int.from_bytes(head[:3], "big"))
                kind, flags, stream = head[3], head[4], int.from_bytes(head[5:], "big")
                if kind == 4 and not flags & 1:
                    writer.write(frame(4, 1, 0))
                if kind in {0, 1} and flags & 1:
                    writer.write(frame(1, 5, stream, headers))
                await writer.drain()
        writer.close()

    return talk


def in_front_of(address: str) -> Talk:
    """Passes on what is said, in both directions."""
    host, _, port = address.rpartition(":")

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while said := await reader.read(65_536):
                writer.write(said)
                await writer.drain()
        writer.close()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer))

    return talk


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, bytes]:
    """What a TLS server of the name `temporal.example` needs, and the authority that vouches for it."""
    folder: Path = tmp_path_factory.mktemp("tls")

    program = shutil.which("openssl")
    assert program, "openssl is needed to make certificates"

    def openssl(*command: str) -> None:
        subprocess.run([program, *command], cwd=folder, check=True, capture_output=True)

    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-subj", "/CN=ca"
    )
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "asked.pem", "-subj", "/CN=temporal.example")
    (folder / "names").write_text("subjectAltName=DNS:temporal.example\n")
    openssl(
        "x509",
        "-req",
        "-in",
        "asked.pem",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-out",
        "cert.pem",
        "-days",
        "3650",
        "-extfile",
        "names",
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    context.set_alpn_protocols(["h2"])
    return context, (folder / "ca.pem").read_bytes()


# Where to.


async def test_what_is_given_comes_before_the_environment_and_that_before_the_profile(
    temporal_server: DevServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One place decides, for programs and for the command line."""
    file = tmp_path / "temporal.toml"
    file.write_text(f'[profile.billing]\naddress = "{temporal_server.address}"\nnamespace = "elsewhere"\n')
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    with pytest.raises(NotFound, match=r"has no namespace elsewhere: correct it \(TEMPORAL_NAMESPACE\)"):
        await Paystates.connect(profile="billing")
    monkeypatch.setenv("TEMPORAL_PROFILE", "billing")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "default")
    desk = await Paystates.connect(task_queue="billing")
    assert (desk.client.namespace, desk.task_queue) == ("default", "billing")
    monkeypatch.setenv("TEMPORAL_ADDRESS", NOBODY)
    with pytest.raises(Unreachable, match=f"answers at {NOBODY}"):
        await Paystates.connect()
    assert await Paystates.connect(temporal_server.address)


async def test_a_profile_that_nobody_named_does_not_count(
    temporal_server: DevServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The default profile of Temporal's own tools may be of production: it is taken when it is named."""
    folder = tmp_path / "temporalio"
    folder.mkdir()
    (folder / "temporal.toml").write_text('[profile.default]\nnamespace = "of-production"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert await Paystates.connect(temporal_server.address)
    monkeypatch.setenv("TEMPORAL_PROFILE", "default")
    with pytest.raises(NotFound, match="has no namespace of-production"):
        await Paystates.connect(temporal_server.address)


async def test_a_profile_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "none.toml"))
    with pytest.raises(BadOrder, match=r"profile: Temporal's configuration cannot be read .*'billing'"):
        await Paystates.connect(profile="billing")


# Whether we get in.


async def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    """A port that accepts and says nothing is no server."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with listening(silent) as address:
        with pytest.raises(Unreachable, match=r"within 0\.3 seconds: start one with `paystates up` "):
            await Paystates.connect(address, patience=0.3)


async def test_tls_is_spoken_as_it_is_configured(temporal_server: DevServer, certified: tuple[ssl.SSLContext, bytes]) -> None:
    """With the authority that vouches for the server it connects; without, it does not trust it, and says so."""
    context, authority = certified
    async with listening(in_front_of(temporal_server.address), context) as address:
        trusted = TLSConfig(server_root_ca_cert=authority, domain="temporal.example")
        desk = await Paystates.connect(address, tls=trusted)
        assert not await desk.is_running("charge-retry/nothing")
        for wrong in (True, False, TLSConfig(server_root_ca_cert=authority, domain="other.example")):
            with pytest.raises(NotPermitted, match="does not agree on TLS: switch it on or off"):
                await Paystates.connect(address, tls=wrong)


@pytest.mark.parametrize("status", [UNAUTHENTICATED, DENIED])
async def test_a_server_that_does_not_let_us_in_says_nothing_of_the_key(status: int) -> None:
    """The sentence names the variable, not what is in it."""
    async with listening(refusing(status)) as address:
        with pytest.raises(NotPermitted, match=r"does not let us in: check the API key \(TEMPORAL_API_KEY\)") as refused:
            await Paystates.connect(address, api_key=KEY, tls=False)
    assert KEY not in repr(refused.value)


async def test_an_api_key_is_sent_over_tls_unless_that_is_switched_off(temporal_server: DevServer) -> None:
    """A key is never sent in the clear by mistake."""
    with pytest.raises(NotPermitted, match="TLS"):
        await Paystates.connect(temporal_server.address, api_key=KEY)
    desk = await Paystates.connect(temporal_server.address, api_key=KEY, tls=False)
    assert desk.client.service_client.config.api_key == KEY
