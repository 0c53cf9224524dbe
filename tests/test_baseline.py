"""What was released stays as it was: running procedures are pinned to it."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from domain import countries
from paystates.engine import changed, fingerprint
from states.replace_all import REPLACE_ALL

TOOL = Path(__file__).parents[1] / "tools" / "release.py"
ADVICE = (
    "\nA new definition, or a new version of one, is released with: python tools/release.py"
    '\nWhile nobody runs a changed one yet: python tools/release.py --unreleased-change "why nobody runs it yet"'
)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    specification = importlib.util.spec_from_file_location("release", TOOL)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_every_released_definition_means_what_it_meant(tool):
    """Every definition a worker keeps has the fingerprint with which it was released, and none has disappeared."""
    found = changed(tool.kept(), tool.read())
    assert not found, "\n".join(found) + ADVICE


def test_a_changed_list_of_countries_is_a_changed_procedure(monkeypatch):
    """What a rule reads while a procedure decides belongs to what was released: running ones are pinned to it (ADR 5)."""
    before = fingerprint(REPLACE_ALL)
    fewer = countries.COUNTRIES.no_bank_accounts.model_copy(update={"countries": ("BR",)})
    monkeypatch.setattr(countries, "COUNTRIES", countries.COUNTRIES.model_copy(update={"no_bank_accounts": fewer}))
    assert fingerprint(REPLACE_ALL) != before


def test_the_baseline_is_written_as_the_tool_writes_it(tool):
    """Sorted, one definition a line, so that a diff shows what was released."""
    assert tool.BASELINE.read_text(encoding="utf-8") == json.dumps(tool.read(), indent=2, sort_keys=True) + "\n"


def test_the_command_says_what_it_did_and_what_it_did_not(tool, tmp_path, capsys):
    """Added, nothing to do, refused with 1, rewritten with a reason."""
    baseline = tmp_path / "released.json"
    assert tool.main([], baseline) == 0
    assert "new → " in capsys.readouterr().out
    assert tool.main([], baseline) == 0
    assert capsys.readouterr().out == ""
    name = min(tool.read(baseline))
    baseline.write_text(json.dumps(tool.read(baseline) | {name: "before"}))
    assert tool.main([], baseline) == 1
    assert capsys.readouterr().out.startswith(f"{name} no longer means what was released")
    assert tool.main(["--unreleased-change", "no worker runs it"], baseline) == 0
    assert "(no worker runs it)" in capsys.readouterr().out
