"""Builds docs/ as a site with mkdocs-material, whose hooks stand here; with `--check` it is built elsewhere and forgotten.

The pages are written for a reader of the repository. On the site generated parts lose their markers, pictures are drawn as SVG,
and a link to a file beside docs/ leads to a page that shows the file. What leads nowhere, and a page that the navigation leaves
out, is an error; of addresses elsewhere only the form is checked.
"""

import ast
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from paystates.web.drawing import svg
from tools import docs

ROOT = Path(__file__).resolve().parents[1]

_log = logging.getLogger("mkdocs.hooks.docsite")
_FENCE = re.compile(r"^(?P<fence> *```)(?P<kind>\w+)[^\n`]*$")
_MARKED = re.compile(r"<!-- \[\[\[cog(?P<code>.*?)\]\]\] -->\n(?P<made>.*?)<!-- \[\[\[end\]\]\] -->\n?", re.DOTALL)
_DIAGRAM = re.compile(r'docs\.diagram\("(?P<name>[\w-]+)"\)')
_PICTURE = re.compile(r'<div class="picture" data-of="(?P<name>[\w-]+)"></div>')
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:")
_WELL_FORMED = re.compile(r"https://([a-z0-9-]+\.)+[a-z]{2,}(/[\w./?=&%~+-]*)?(#[\w./-]+)?")
_WORTH_A_LIST = 2
_NOT_FOUND_BY_SEARCH = "---\nsearch:\n  exclude: true\n---\n"
_LANGUAGES = {".py": "python", ".yaml": "yaml", ".json": "json"}


# What mkdocs calls.


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """A folder in the navigation stands for its pages."""
    home = Path(config.docs_dir)
    for section in config.nav or []:
        for title, pages in section.items():
            if isinstance(pages, str) and pages.endswith("/"):
                section[title] = [page.relative_to(home).as_posix() for page in sorted((home / pages).glob("*.md"))]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for every file beside docs/ that a page links to."""
    home = Path(config.docs_dir)
    pending = [Path(file.abs_src_path) for file in files.documentation_pages() if file.abs_src_path]
    found: set[Path] = set()
    while pending:
        here = pending.pop()
        linked = {there for target in _targets(here) if (there := _file(here, target)).exists() and _is_outside(there, home)}
        pending += [there for there in linked - found if there.suffix == ".md"]
        found |= linked
    for there in sorted(found):
        files.append(File.generated(config, _uri(there, home), content=_shown(there, home, found)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The page as the site has it."""
    if markdown.count("\n## ") < _WORTH_A_LIST:
        page.meta["hide"] = ["toc"]  # a table has the room instead
    if page.file.generated_by:
        return markdown
    return _adapted(_MARKED.sub(_unmarked, markdown), Path(page.file.abs_src_path or ""), Path(config.docs_dir))


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the pictures in, once nothing reads Markdown any more."""
    return _PICTURE.sub(lambda found: _drawn(found["name"]), html)


# A page.


def _unmarked(found: re.Match[str]) -> str:
    """What was generated without its markers, and instead of a diagram in Mermaid's language the place of a picture."""
    drawn = _DIAGRAM.search(found["code"])
    return f'<div class="picture" data-of="{drawn["name"]}"></div>\n' if drawn else found["made"]


def _drawn(name: str) -> str:
    procedure = docs.procedures()[name]
    drawn = svg(procedure, taken=docs.tested(name), label=f"The states of {name}")
    return f'<div class="picture" tabindex="0" role="region" aria-label="Picture of {name}">{drawn}</div>'


def _adapted(markdown: str, here: Path, home: Path) -> str:
    """Fences that say only what the site understands, and links that lead to what it has."""
    return "".join(
        _plain_fence(line) if code else _LINK.sub(lambda found: _led(found, here, home), line) for code, line in _lines(markdown)
    )


def _lines(markdown: str) -> Iterator[tuple[bool, str]]:
    """The lines, and of each whether it belongs to a block of code."""
    inside = False
    for line in markdown.splitlines(keepends=True):
        fence = line.lstrip().startswith("```")
        yield inside or fence, line
        inside ^= fence


def _plain_fence(line: str) -> str:
    found = _FENCE.match(line.rstrip("\n"))
    return f"{found['fence']}{found['kind']}\n" if found else line


# Links.


def _targets(here: Path) -> Iterator[str]:
    for code, line in _lines(here.read_text(encoding="utf-8")):
        if not code:
            yield from (found["target"] for found in _LINK.finditer(line) if not _ELSEWHERE.match(found["target"]))


def _led(found: re.Match[str], here: Path, home: Path) -> str:
    target = found["target"]
    if _ELSEWHERE.match(target):
        if not _WELL_FORMED.fullmatch(target):
            _log.warning("%s: the link %s is no https address", here.name, target)
        return found[0]
    there, (_, mark, heading) = _file(here, target), target.partition("#")
    if there.is_dir() and not _is_outside(there, home):
        there = home / "index.md"  # the map has all folders
    elif not there.exists() or (not _is_outside(here, home) and not _is_outside(there, home)):
        return found[0]  # mkdocs looks after it
    return f"]({os.path.relpath(_uri(there, home), Path(_uri(here, home)).parent)}{mark}{heading})"


def _file(here: Path, target: str) -> Path:
    path = target.partition("#")[0]
    return Path(os.path.normpath(here.parent / path)) if path else here


def _is_outside(there: Path, home: Path) -> bool:
    return not there.is_relative_to(home)


def _uri(there: Path, home: Path) -> str:
    """Where the site has it."""
    if not _is_outside(there, home):
        return there.relative_to(home).as_posix()
    inside = there.relative_to(home.parent).as_posix()
    if there.is_dir():
        return f"source/{inside}/index.md"
    return f"{inside.lower()}" if there.suffix == ".md" else f"source/{inside}.md"


# Files beside docs/.


def _shown(there: Path, home: Path, linked: set[Path]) -> str:
    if there.is_dir():
        return _listing(there, home, linked)
    text = there.read_text(encoding="utf-8")
    if there.suffix == ".md":
        return _adapted(text, there, home)
    return f"{_NOT_FOUND_BY_SEARCH}# {there.relative_to(home.parent)}\n\n````{_LANGUAGES.get(there.suffix, 'text')}\n{text}````\n"


def _listing(folder: Path, home: Path, linked: set[Path]) -> str:
    """The files of a folder with their first sentences; those that have a page here are links."""
    rows = [f"{_NOT_FOUND_BY_SEARCH}# {folder.relative_to(home.parent)}\n", "| file | what it is |", "|---|---|"]
    for there in sorted(one for one in folder.iterdir() if one.suffix in _LANGUAGES):
        name = f"`{there.name}`"
        if there in linked:
            name = f"[{name}]({os.path.relpath(_uri(there, home), Path(_uri(folder, home)).parent)})"
        rows.append(f"| {name} | {_first_sentence(there)} |")
    return "\n".join(rows) + "\n"


def _first_sentence(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        text = ast.get_docstring(ast.parse(text)) or ""
    elif not text.startswith("#"):
        text = text if file.suffix == ".yaml" and text.startswith("title:") else ""
    return text.partition("\n")[0].removeprefix("title:").strip("# \"'").replace("|", "\\|")


# The command.


def main(arguments: list[str]) -> int:
    """Build it, or with `--check` build it somewhere and forget it; 1 when a link leads nowhere or a page is left out."""
    logging.basicConfig(format="%(levelname)s  %(message)s", level=logging.WARNING)
    checking = arguments == ["--check"]
    with tempfile.TemporaryDirectory() if checking else nullcontext() as folder:
        config = load_config(str(ROOT / "mkdocs.yml"), **({"site_dir": folder} if folder else {}))
        try:
            build(config)
        except Abort as aborted:
            print(f"The site cannot be built: {aborted}")
            return 1
    if not checking:
        print(f"The documentation is in {ROOT / 'build/site'}: open index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
