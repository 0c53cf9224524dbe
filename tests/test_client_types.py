"""The front desk's types, as two type checkers read them: what is right passes, and each mistake is found on its line."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).parents[1]
FILES = [ROOT / "tests" / "typing" / name for name in ("accepted.py", "refused.py")]
EXPECTED = {
    (file.name, number)
    for file in FILES
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    if "# E: " in line
}


def mypy() -> set[tuple[str, int]]:
    """As strictly as the house itself is checked."""
    configuration = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    told, broken, _ = api.run([*configuration, "--no-error-summary", "--hide-error-context", *map(str, FILES)])
    assert not broken
    return {(Path(file).name, int(number)) for file, number in re.findall(r"^(\S+\.py):(\d+): error", told, re.MULTILINE)}


def pyright(folder: Path) -> set[tuple[str, int]]:
    """In its strict mode, without going anywhere."""
    settings = {
        "include": [str(file) for file in FILES],
        "extraPaths": [str(ROOT)],
        "pythonVersion": "3.11",
        "typeCheckingMode": "strict",
        "reportUnusedExpression": False,
        "reportUnusedCoroutine": False,
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    program = Path(sys.executable).with_name("basedpyright")
    command = [program, "--project", folder, "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)
    assert told["summary"]["filesAnalyzed"] == len(FILES), done.stderr
    return {
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1)
        for one in told["generalDiagnostics"]
        if one["severity"] == "error"
    }


def test_there_is_something_to_find() -> None:
    assert len({file for file, _ in EXPECTED}) == 1
    assert len(EXPECTED) > 10


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_what_is_right_passes_and_each_mistake_is_found_on_its_line(checker: str, tmp_path: Path) -> None:
    """No more and no less: an error that is not marked fails as one that is not found does."""
    found = mypy() if checker == "mypy" else pyright(tmp_path)
    assert found == EXPECTED
