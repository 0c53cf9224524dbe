"""docker-compose.yml is what the compose specification allows, and speaks of settings that exist."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

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


def test_the_worker_in_the_compose_file_gets_settings_it_accepts(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in compose["services"]["worker"]["environment"].items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.smtp_host, settings.smtp_starttls) == ("mail", False)


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
