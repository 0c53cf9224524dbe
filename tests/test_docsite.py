"""The documentation as a site: every page is there, every link leads somewhere, and nothing is loaded from elsewhere."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

Built = subprocess.CompletedProcess[str]


def build(config: Path, site: Path) -> Built:
    """As `tools/docsite.py` builds it; in a process of its own, for mkdocs counts warnings of a process."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(config), "--site-dir", str(site)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT / "mkdocs.yml", folder)
    assert done.returncode == 0, done.stderr
    return folder


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


class Addresses(HTMLParser):
    """Where a page fetches from, and where its links lead."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a":
            self.links += [given["href"]] if "href" in given else []
        else:
            self.fetched += [given[name] for name in ("src", "href", "srcset", "data", "action") if name in given]


# What is there.


def test_every_page_of_the_docs_is_a_page_of_the_site(site: Path) -> None:
    written = [page.relative_to(ROOT / "docs").with_suffix(".html") for page in (ROOT / "docs").rglob("*.md")]
    assert written
    assert not [page for page in written if not (site / page).exists()]


def test_every_link_of_every_page_leads_to_a_file_and_an_anchor_that_are_there(site: Path) -> None:
    """Of the pages as they were built, whatever mkdocs looked at."""
    known = {page: Addresses(page) for page in pages(site)}
    dead = []
    for page, addresses in known.items():
        for target in {*addresses.links, *addresses.fetched}:
            path, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target) or page.name == "404.html":  # which stands everywhere, and has absolute addresses
                continue
            there = (page.parent / path).resolve() if path and path != "." else page
            there = there / "index.html" if there.is_dir() else there
            if not there.exists() or (anchor and there in known and anchor not in known[there].anchors):
                dead.append(f"{page.relative_to(site)}: {target}")
    assert sorted(dead) == []


def test_a_link_to_the_code_leads_to_the_code(site: Path) -> None:
    page = (site / "procedures" / "charge-retry.html").read_text(encoding="utf-8")
    assert 'href="../source/states/charge_retry.py.html"' in page
    assert "CHARGE_RETRY_1" in (site / "source/states/charge_retry.py.html").read_text(encoding="utf-8")


# What is not there.


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """No fonts, no scripts, no pictures; and no element for which the theme would fetch a script."""
    for page in pages(site):
        assert [one for one in Addresses(page).fetched if re.match(r"([a-z]+:)?//", one)] == [], page
        assert 'class="mermaid"' not in page.read_text(encoding="utf-8"), page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", sheet.read_text(encoding="utf-8")), sheet


def test_neither_markers_nor_the_words_after_a_fence_are_shown(site: Path) -> None:
    for page in pages(site):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"\[\[\[|\]\]\]", re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL)), page
        assert "```" not in re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL), page


def test_every_procedure_has_its_picture(site: Path) -> None:
    for page in sorted((site / "procedures").glob("*.html")):
        text = page.read_text(encoding="utf-8")
        assert text.count('<svg class="drawing"') == 1, page
        assert "stateDiagram" not in text, page


# What is refused.


def test_what_leads_nowhere_and_what_nothing_leads_to_is_refused(tmp_path: Path) -> None:
    """A page, a heading, a file of the code, and an address that are none, and an orphan, in a copy of the docs."""
    for there in ROOT.iterdir():
        if there.name not in {"docs", "mkdocs.yml", "build"} and not there.name.startswith("."):
            (tmp_path / there.name).symlink_to(there)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    targets = ("procedures/gone.md", "design.md#no-such-heading", "../states/gone.py", "https:/temporal.io")
    with (tmp_path / "docs" / "index.md").open("a") as page:
        page.writelines(f"\n[somewhere]({target})\n" for target in targets)
    (tmp_path / "docs" / "orphan.md").write_text("# Nobody leads here\n")
    done = build(tmp_path / "mkdocs.yml", tmp_path / "built")
    assert done.returncode != 0
    assert f"Aborted with {len(targets) + 1} warnings" in done.stdout
    assert [said for said in (*targets, "orphan.md") if said not in done.stderr] == []
