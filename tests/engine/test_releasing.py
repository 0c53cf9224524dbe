"""Releasing a definition: it is written down once, and not rewritten."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from parcel import PARCEL, declare

from paystates.engine import fingerprint

TOOL = Path(__file__).parents[2] / "tools" / "release.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    specification = importlib.util.spec_from_file_location("release", TOOL)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_a_new_definition_is_added(tool, tmp_path):
    """And those that were there stay."""
    baseline, second = tmp_path / "released.json", declare(version=2)
    assert tool.release({PARCEL.id: PARCEL}, baseline) == []
    assert tool.release({PARCEL.id: PARCEL, second.id: second}, baseline) == []
    assert tool.read(baseline) == {"parcel@1": fingerprint(PARCEL), "parcel@2": fingerprint(second)}


def test_a_released_definition_is_not_rewritten(tool, tmp_path):
    """Neither a changed one nor one that is gone; nothing is written, not even what is new."""
    baseline = tmp_path / "released.json"
    baseline.write_text('{"parcel@0": "a", "parcel@1": "b"}')
    second = declare(version=2)
    assert tool.release({PARCEL.id: PARCEL, second.id: second}, baseline) == [
        (
            "parcel@1 no longer means what was released: running procedures are pinned to it. "
            "Declare parcel@2 instead, and keep parcel@1 as it was."
        ),
        "parcel@0 was released and is not kept: running procedures need it.",
    ]
    assert tool.read(baseline) == {"parcel@0": "a", "parcel@1": "b"}


def test_what_nobody_runs_yet_may_be_rewritten_with_a_reason(tool, tmp_path):
    """Before the first worker is deployed there is nothing to protect, and somebody says so."""
    baseline = tmp_path / "released.json"
    baseline.write_text('{"parcel@0": "a", "parcel@1": "b"}')
    assert tool.release({PARCEL.id: PARCEL}, baseline, why_unreleased="no worker has been deployed") == []
    assert tool.read(baseline) == {"parcel@1": fingerprint(PARCEL)}


@pytest.mark.parametrize("why", ["", "because", "  "])
def test_a_reason_is_a_sentence(tool, tmp_path, why):
    """One word explains nothing."""
    with pytest.raises(SystemExit):
        tool.main(["--unreleased-change", why], tmp_path / "released.json")
