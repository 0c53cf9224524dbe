"""The docs say what the code does: generated parts are fresh, nothing is left out, links lead there, examples run."""

import asyncio
import importlib.util
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from activities import Desk
from gateways.script import Step, load_script, parse_script
from gateways.scripted import ScriptedBank
from paystates.composition import worker
from paystates.rehearsal import scenario as scenarios
from paystates.rehearsal.play import in_memory
from paystates.settings import Settings
from paystates.temporal.announce import SEARCH_ATTRIBUTES
from paystates.temporal.server import DevServer
from states.rules import CATALOGUE
from store.files import read_book, write_book
from store.memory import MemoryBook

ROOT = Path(__file__).resolve().parents[1]


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_tool", ROOT / "tools" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


docs = _tool()
PAGES = docs.pages()
BLOCK = re.compile(r"^```(?P<kind>[a-z]+(?: [a-z]+)?)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(kind: str) -> list[Any]:
    """The fenced blocks of a kind on all pages, each with a name that says where it stands."""
    return [
        pytest.param(found["text"], id=f"{page.relative_to(ROOT)}-{number}")
        for page in PAGES
        for number, found in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8")), start=1)
        if found["kind"] == kind
    ]


# What is generated.


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_generated_is_what_the_code_says_today(page: Path) -> None:
    """After a change of a declaration, `make docs` must be run."""
    assert docs.made(page) == page.read_text(encoding="utf-8")


def test_a_stale_page_is_named_in_a_sentence_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` fails with one sentence for each stale file; without it the file is mended, and the check passes."""
    (tmp_path / "docs" / "procedures").mkdir(parents=True)
    page = tmp_path / "README.md"
    page.write_text("<!-- [[[cog cog.outl(docs.version('charge-retry')) ]]] -->\nold\n<!-- [[[end]]] -->\n")
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    assert docs.main(["--check"]) == 1
    assert "README.md does not say what the code does any more" in capsys.readouterr().out
    assert docs.main([]) == 0
    assert "charge-retry@1" in page.read_text()
    assert docs.main(["--check"]) == 0


def test_a_picture_of_events_that_do_not_exist_is_an_error() -> None:
    """A renamed event must not silently vanish from the README's picture."""
    with pytest.raises(ValueError, match="no event declyned"):
        docs.diagram("charge-retry", "declyned")


# What must not be left out.


@pytest.mark.parametrize("name", docs.procedures())
def test_every_procedure_has_a_page_with_all_its_parts(name: str) -> None:
    page = text(f"docs/procedures/{name}.md")
    for part in ("diagram", "states", "moves", "actions", "rules", "requests", "answers", "deadlines", "version"):
        assert f'docs.{part}("{name}")' in page, f"{part} is missing"


@pytest.mark.parametrize("name", docs.procedures())
def test_every_state_tells_an_operator_what_to_do(name: str) -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", text("docs/operate.md"), re.MULTILINE))
    assert set(docs.procedures()[name].states) <= told


def test_every_refusal_is_in_the_catalogue_of_rules() -> None:
    """The rules of the procedures, and the codes that the engine and the loop refuse with by themselves."""
    page = text("docs/rules.md")
    own = {
        code
        for file in (ROOT / "paystates").rglob("*.py")
        for code in re.findall(r'Refusal\(\s*"([A-Z_]+)"', file.read_text(encoding="utf-8"))
    }
    assert {"NOT_ALLOWED", "OVERTAKEN"} <= own
    assert not [code for code in {rule.code for rule in CATALOGUE} | own if f"`{code}`" not in page]


def test_every_rule_that_guards_a_move_is_in_the_catalogue() -> None:
    used = {rule.code for procedure in docs.procedures().values() for move in procedure.moves for rule in move.given}
    assert used <= {rule.code for rule in CATALOGUE}


def test_every_setting_is_documented() -> None:
    page = text("docs/settings.md")
    assert not [variable for variable in Settings.variables() if f"| `{variable}` |" not in page]


def test_every_command_is_documented_and_says_what_it_does() -> None:
    """Each command has a heading, a sentence, and a sentence for each of its arguments and options."""
    page = text("docs/cli.md")
    commands = dict(docs.command_line())
    assert commands
    assert not [path for path in commands if f"### `{path}`" not in page]
    assert not [path for path, command in commands.items() if not command.help]
    assert not [
        f"{path} {one.name}" for path, command in commands.items() for one in command.params if not one.help and not one.hidden
    ]


def test_every_field_of_a_scenario_and_of_the_banks_script_is_documented() -> None:
    page = text("docs/scenarios.md")
    models = (scenarios.Scenario, scenarios.Step, scenarios.Truth, scenarios.Check)
    assert not [name for model in models for name in model.model_fields if f"`{name}`" not in page]
    script = text("docs/bank.md")
    names = [field.alias or name for name, field in Step.model_fields.items()]
    assert not [name for name in names if not re.search(rf"\b{name}\b", script)]


def test_every_source_that_code_and_scenarios_cite_is_explained() -> None:
    """G53, C9 and U1 stand for something a reader can look up."""
    cited = {
        number
        for room in ("paystates", "domain", "states", "activities", "gateways", "store", "notices", "examples")
        for file in (ROOT / room).rglob("*")
        if file.suffix in {".py", ".yaml", ".j2"}
        for number in re.findall(r"\b[GCU][1-9][0-9]?[a-c]?\b", file.read_text(encoding="utf-8"))
    }
    assert "G53" in cited
    explained = set(re.findall(r"^\| ([GCU]\d+[a-c]?) \|", text("docs/sources.md"), re.MULTILINE))
    assert sorted(cited - explained) == []


def test_every_decision_record_is_listed_and_has_its_three_parts() -> None:
    index = text("docs/index.md")
    for page in sorted((ROOT / "docs" / "adr").glob("*.md")):
        assert f"(adr/{page.name})" in index
        parts = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences"], page.name


def test_every_page_is_on_the_map() -> None:
    index = text("docs/index.md")
    pages = [page.relative_to(ROOT / "docs").as_posix() for page in PAGES if page.parent != ROOT]
    assert not [page for page in pages if page != "index.md" and f"({page})" not in index]


# Links.


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading that is there where one is named."""
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (heading and heading not in _anchors(there)):
            dead.append(target)
    assert dead == []


def test_every_make_target_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", text("README.md"))) <= targets


# Examples.


@pytest.mark.parametrize("code", [one for one in blocks("python") if "your-own-procedure" not in str(one.id)])
def test_every_python_example_runs(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, from the root of the checkout; its asserts are its expectations. The tutorial has a test of its own."""
    monkeypatch.chdir(ROOT)
    exec(compile(code, "<example>", "exec"), {"__name__": "example"})  # noqa: S102 - our own pages


@pytest.mark.parametrize("example", blocks("yaml scenario"))
def test_every_scenario_on_a_page_goes_as_it_says(example: str) -> None:
    staged = scenarios.stage(example, "example", ROOT / "docs", date(2026, 3, 2), "the example")
    assert in_memory(staged).failures == []


@pytest.mark.parametrize("example", blocks("yaml script"))
def test_every_bank_script_on_a_page_can_be_read(example: str) -> None:
    assert parse_script(example).root


@pytest.mark.server
async def test_the_readmes_client_example_answers_what_it_says() -> None:
    """Run on a server, with the book and the bank of `examples/`."""
    found = {block["kind"]: block["text"] for block in BLOCK.finditer(text("README.md"))}
    example: dict[str, Any] = {}
    exec(compile(found["python client"], "<README>", "exec"), example)  # noqa: S102 - our own page
    now = datetime.now(UTC)  # noqa: TID251 - a server without time travel has the machine's time
    book = MemoryBook()
    write_book(read_book(text("examples/contoso.yaml"), "contoso.yaml", now.date()), book, now)
    desk = Desk(book, ScriptedBank(load_script(ROOT / "examples" / "bank.yaml")))
    async with DevServer(ui=False, search_attributes=SEARCH_ATTRIBUTES) as server:
        front = await example["connect"](server.address)
        async with worker(front.client, desk, front.task_queue):
            await example["charge_was_declined"](front, "2026-1003")
            async with asyncio.timeout(20):
                while not (await front.view("charge-retry/2026-1003")).waits_for:
                    pass  # each question is a round trip
            said = await example["retry_was_pressed"](front, "2026-1003", "kari")
            replaced = await example["card_was_replaced"](front, "olav-visa", "kari-mastercard", "kari")
    assert said == " ".join(found["text answer"].split())
    assert replaced == " ".join(found["text replaced"].split())


def test_the_check_is_a_command_that_needs_no_server() -> None:
    """As `make lint` runs it."""
    command = [sys.executable, str(ROOT / "tools" / "docs.py"), "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
