"""Finding, getting and starting the Temporal server's program: the order, the versions, what is said on failure."""

import asyncio
import select
import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from paystates.temporal import binary, obtain
from paystates.temporal.server import DevServer, ServerFailed, ServerMissing, find_program, find_server

SAYS_1_9_1 = "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)"


class Machine:
    """A made-up machine: its PATH, its cache and what its terminal showed."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.lines: list[str] = []
        self.environ = {"PATH": str(self.bin), "XDG_CACHE_HOME": str(folder / "cache"), "HOME": str(folder)}

    @property
    def cached(self) -> Path:
        return binary.cache_folder(self.environ) / "temporal"

    def has(self, program: Path, script: str) -> Path:
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    def find(self) -> binary.Found:
        return find_program(environ=self.environ, say=self.lines.append)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine without a network and without anything installed."""
    monkeypatch.setattr(obtain, "_reachable", lambda _: False)
    return Machine(tmp_path)


def test_an_address_that_is_given_comes_before_everything(machine: Machine) -> None:
    machine.has(machine.bin / "temporal", f"echo '{SAYS_1_9_1}'")
    environ = machine.environ | {"TEMPORAL_ADDRESS": "elsewhere:7233"}
    assert find_server("given:7233", environ=environ).address == "given:7233"
    assert find_server(environ=environ).address == "elsewhere:7233"
    assert find_server(environ=machine.environ).path == machine.bin / "temporal"


def test_a_profile_that_is_named_gives_its_address(machine: Machine, tmp_path: Path) -> None:
    config = tmp_path / "temporal.toml"
    config.write_text('[profile.shop]\naddress = "shop:7233"\n[profile.bare]\n')
    environ = machine.environ | {"TEMPORAL_CONFIG_FILE": str(config)}
    assert find_server(environ=environ | {"TEMPORAL_PROFILE": "shop"}).address == "shop:7233"
    with pytest.raises(ServerMissing, match="'bare' has no address"):
        find_server(environ=environ | {"TEMPORAL_PROFILE": "bare"})
    with pytest.raises(ServerMissing, match="'other' cannot be read"):
        find_server(environ=environ | {"TEMPORAL_PROFILE": "other"})


def test_a_command_on_path_comes_before_the_cache(machine: Machine) -> None:
    on_path = machine.has(machine.bin / "temporal", f"echo '{SAYS_1_9_1}'")
    machine.has(machine.cached, "true")
    found = machine.find()
    assert found.path == on_path
    assert str(found) == f"Temporal server: {on_path} (on PATH, version 1.9.1)"


@pytest.mark.parametrize("said", ["temporal version 1.8.2 (Server 1.31.0)", "temporal version 0.0.0-DEV", "hello", ""])
def test_a_command_on_path_that_is_too_old_or_says_nothing_useful_is_left_alone(machine: Machine, said: str) -> None:
    machine.has(machine.bin / "temporal", f"echo '{said}'")
    machine.has(machine.cached, "true")
    assert machine.find().path == machine.cached
    assert "1.9 or newer is needed" in machine.lines[0]


@pytest.mark.parametrize(
    ("script", "version"),
    [
        (f"echo '{SAYS_1_9_1}'", (1, 9, 1)),
        ("echo 'temporal version v1.10.0'", (1, 10, 0)),
        ("echo 'temporal version 2'", None),
        (f"echo '{SAYS_1_9_1}'; exit 1", None),
    ],
)
def test_the_version_is_read_from_what_the_command_says(machine: Machine, script: str, version: tuple[int, ...] | None) -> None:
    assert binary.version_of(machine.has(machine.bin / "temporal", script)) == version


def test_a_command_that_cannot_be_run_has_no_version(tmp_path: Path) -> None:
    assert binary.version_of(tmp_path / "absent") is None


def test_the_cache_is_asked_before_anything_is_downloaded_or_built(machine: Machine) -> None:
    machine.has(machine.cached, "true")
    machine.has(machine.bin / "go", "exit 1")
    assert machine.find() == binary.Found("from the cache, version 1.9.1", path=machine.cached)
    assert machine.lines == []


def test_the_cache_is_kept_by_version_outside_the_checkout(tmp_path: Path) -> None:
    assert binary.cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "paystates" / "temporal-1.9.1"
    assert binary.cache_folder({}) == Path.home() / ".cache" / "paystates" / "temporal-1.9.1"


def test_the_download_is_tried_before_the_build(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obtain, "download", lambda *_, **__: machine.has(machine.cached, "true"))
    machine.has(machine.bin / "go", "exit 1")
    assert machine.find().how == "downloaded by the SDK"


def test_go_builds_what_nothing_else_gave_and_the_cache_has_it_afterwards(machine: Machine) -> None:
    machine.has(machine.bin / "go", 'while [ "$1" != -o ]; do shift; done; : >"$2"; /bin/chmod +x "$2"')
    assert machine.find() == binary.Found("built with Go", path=machine.cached)
    assert machine.lines[0].startswith("Building the Temporal server 1.9.1 with Go")
    assert machine.find().how == "from the cache, version 1.9.1"
    assert sorted(file.name for file in machine.cached.parent.iterdir()) == ["build.log", "lock", "temporal"]


def test_a_build_tells_every_now_and_then_what_it_is_at(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obtain, "_LINE_EVERY", 0.1)
    machine.has(machine.bin / "go", "echo 'go: downloading x' >&2; /bin/sleep 0.5; exit 1")
    with pytest.raises(ServerMissing):
        machine.find()
    assert any(line.endswith("downloading (1 modules so far)") for line in machine.lines)


def test_what_a_build_is_at_is_read_from_its_output() -> None:
    assert obtain._doing("") == "looking at what is there already"
    assert obtain._doing("go: downloading a v1\n") == "downloading (1 modules so far)"
    assert obtain._doing("go: downloading a v1\ninternal/cpu\nfmt\n") == "compiling and linking (2 packages so far)"


def test_a_build_that_fails_is_quoted_and_leaves_nothing_in_the_cache(machine: Machine) -> None:
    machine.has(machine.bin / "go", "echo 'go.mod requires go >= 1.26.8' >&2; exit 1")
    with pytest.raises(ServerMissing, match=r"the Go build failed with 'go\.mod requires go >= 1\.26\.8'"):
        machine.find()
    assert not machine.cached.exists()


def test_without_any_way_one_sentence_names_the_reasons_and_three_ways(machine: Machine) -> None:
    with pytest.raises(ServerMissing) as missing:
        machine.find()
    said = str(missing.value)
    assert "does not answer, so nothing can be downloaded" in said
    assert "Go is not on PATH, so it cannot be built" in said
    assert "put the `temporal` command 1.9 or newer on PATH" in said
    assert "or install Go" in said
    assert "TEMPORAL_ADDRESS" in said


def test_outside_a_checkout_nothing_is_built(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obtain, "SOURCES", tmp_path / "absent")
    with pytest.raises(ServerMissing, match="not a checkout of paystates"):
        machine.find()


@pytest.mark.parametrize(("port", "setting"), [("port", "PAYSTATES_SERVER_PORT"), ("ui_port", "PAYSTATES_UI_PORT")])
def test_a_port_that_is_taken_is_named_with_the_setting_that_changes_it(port: str, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(ServerFailed, match=rf"Port {number} on 127\.0\.0\.1 is taken .* another port in {setting}\."):
            DevServer(Path("unused"), **{port: number}).start()


def test_a_port_that_another_program_took_in_the_last_moment_is_given_up_for_another(machine: Machine, tmp_path: Path) -> None:
    """Free ports are chosen, then used: in between they may go. Three times in a row is no accident any more."""
    tries = tmp_path / "tries"
    program = machine.has(machine.bin / "temporal", f"echo x >>{tries}; echo 'bind: address already in use' >&2; exit 1")
    with pytest.raises(ServerFailed, match="did not start: bind: address already in use"):
        DevServer(program).start()
    assert tries.read_text() == "x\n" * 3


def test_a_server_that_does_not_start_is_quoted(machine: Machine) -> None:
    program = machine.has(machine.bin / "temporal", "echo 'no such flag' >&2; exit 1")
    with pytest.raises(ServerFailed, match="did not start: no such flag"):
        DevServer(program).start()


STARTS_ON_LEASH = """
import subprocess, sys
from paystates.temporal.leash import on_leash
subprocess.Popen(on_leash(["/bin/sh", "-c", "echo up; /bin/sleep 60"]), start_new_session=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_what_is_on_a_leash_ends_with_its_parent_however_that_ends(end: str) -> None:
    """The pipe reads as ended only when nobody holds it any more: neither the child nor its leash."""
    command = [sys.executable, "-c", STARTS_ON_LEASH]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        getattr(parent, end)()
        ready, _, _ = select.select([parent.stdout], [], [], 30)
        assert ready
        assert parent.stdout.read() == b""


@pytest.mark.server
async def test_a_server_answers_shows_its_ui_and_frees_its_ports_when_stopped() -> None:
    """`search_attributes` are registered by the time it answers."""
    async with DevServer(travel=True, search_attributes={"Color": "Keyword"}) as server:
        client = await Client.connect(server.address)
        request = ListSearchAttributesRequest(namespace="default")
        attributes = await client.operator_service.list_search_attributes(request)
        assert attributes.custom_attributes["Color"] == IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        assert server.ui_url is not None
        assert b"<html" in await asyncio.to_thread(_page, server.ui_url)
        port, ui_port = (int(url.rpartition(":")[2]) for url in (server.address, server.ui_url))
    with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", ui_port)):
        pass


@pytest.mark.server
async def test_a_server_with_a_database_knows_after_a_restart_what_it_knew(tmp_path: Path) -> None:
    database = tmp_path / "made" / "temporal.db"
    async with DevServer(database=database, ui=False, namespace="shop") as server:
        assert server.ui_url is None
    async with DevServer(database=database, ui=False) as server:
        client = await Client.connect(server.address)
        known = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="shop"))
        assert known.namespace_info.name == "shop"


@pytest.mark.server
async def test_a_database_is_one_servers_at_a_time(tmp_path: Path) -> None:
    """On other ports a second one would start, and run everything again that the first one runs."""
    database = tmp_path / "temporal.db"
    async with DevServer(database=database, ui=False):
        with pytest.raises(ServerFailed, match=r"state in .*temporal\.db already, so .* another file in PAYSTATES_SERVER_DB\."):
            DevServer(database=database, ui=False).start()
    async with DevServer(database=database, ui=False) as again:
        assert again.address


@pytest.mark.server
def test_a_file_that_is_no_database_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not what it was taken for")
    with pytest.raises(ServerFailed, match=r"notes\.txt is no database of a Temporal server\. .* PAYSTATES_SERVER_DB, or none"):
        DevServer(database=tmp_path / "notes.txt", ui=False).start()
    assert (tmp_path / "notes.txt").read_text() == "not what it was taken for"


def test_a_server_that_does_not_start_lets_go_of_its_database(machine: Machine, tmp_path: Path) -> None:
    program = machine.has(machine.bin / "temporal", "echo 'no such flag' >&2; exit 1")
    for _ in range(2):
        with pytest.raises(ServerFailed, match="did not start: no such flag"):
            DevServer(program, database=tmp_path / "temporal.db").start()


def test_a_database_that_cannot_be_written_is_said_with_what_helps(machine: Machine, tmp_path: Path) -> None:
    program = machine.has(machine.bin / "temporal", "exit 1")
    (tmp_path / "state").write_text("a file where a folder should be")
    with pytest.raises(ServerFailed, match=r"cannot be written \(.+\)\. Make its folder .* PAYSTATES_SERVER_DB\."):
        DevServer(program, database=tmp_path / "state" / "temporal.db").start()


def _page(url: str) -> bytes:
    with urllib.request.urlopen(url) as page:  # noqa: S310 - the address of our own server
        return page.read()
