"""docker-compose.yml is what the compose specification allows, and speaks of settings that exist."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.main import get_command

import paystates.cli
from paystates.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_the_compose_file_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    """The schema is the specification's own, as `check-jsonschema` carries it."""
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    jsonschema.validate(compose, schema)


def test_every_variable_in_the_compose_file_is_a_setting(compose: dict[str, Any]) -> None:
    """A misspelt variable is ignored in silence, so it must not get that far."""
    given = {name for service in compose["services"].values() for name in service.get("environment", {})}
    assert given
    assert given <= set(Settings.variables())


@pytest.mark.parametrize("service", ["worker", "board"])
def test_the_compose_file_gives_settings_that_are_accepted(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    for name, value in compose["services"][service]["environment"].items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.smtp_host, settings.smtp_starttls) == (("mail", False) if service == "worker" else (None, True))


def test_the_board_looks_into_the_workers_book_at_the_workers_server(compose: dict[str, Any]) -> None:
    worker, board = (compose["services"][name] for name in ("worker", "board"))
    for name in ("TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "PAYSTATES_BOOK_URL"):
        assert board["environment"][name] == worker["environment"][name]
    assert board["volumes"] == worker["volumes"]


def test_the_board_is_published_at_the_port_that_it_listens_at(compose: dict[str, Any]) -> None:
    """To every interface of its container: nobody would reach it otherwise."""
    board = compose["services"]["board"]
    assert board["environment"]["PAYSTATES_HTTP_HOST"] == "0.0.0.0"  # noqa: S104 - inside the container
    assert [port.rpartition(":")[2] for port in board["ports"]] == [board["environment"]["PAYSTATES_HTTP_PORT"]]


def test_the_board_runs_a_command_that_exists(compose: dict[str, Any]) -> None:
    program, *command = compose["services"]["board"]["command"]
    assert (program, *command) == ("paystates", "serve")
    assert set(command) <= set(get_command(paystates.cli.app).commands)


def test_every_service_is_pinned_or_built_here_from_a_stage_that_exists(compose: dict[str, Any]) -> None:
    stages = [line.split(" AS ")[1].strip() for line in (ROOT / "Dockerfile").read_text().splitlines() if " AS " in line]
    for service in compose["services"].values():
        if "build" in service:
            assert service["build"]["target"] in stages
        else:
            assert ":" in service["image"]


def test_only_this_machine_reaches_the_published_ports(compose: dict[str, Any]) -> None:
    """The development server and the mail catcher ask nobody who they are."""
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
