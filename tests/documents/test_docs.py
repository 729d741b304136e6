"""The documentation: links lead somewhere, commands are taken, the site holds every page."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests import ROOT
from tests.documents.quoted import mistake_in, quoted_in_markdown, shell_blocks

DOCS = ROOT / "docs"
TOP = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = [*TOP, *sorted(DOCS.rglob("*.md"))]
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```\s*$", re.MULTILINE | re.DOTALL)
_MAKE = re.compile(r"(?:^|\$ )make ([a-z][a-z-]*)", re.MULTILINE)
_MAKE_SPAN = re.compile(r"`make ([a-z][a-z-]*)[^`]*`")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_hook", ROOT / "tools" / "docs_hook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def links(text: str) -> list[str]:
    found = _LINK.findall(_FENCE.sub("", text))
    return [target for target in found if "://" not in target and not target.startswith("mailto:")]


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and the site make them."""
    heads = re.findall(r"^#+ (.*)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", head.strip().lower()) for head in heads)
    return {re.sub(r"\s+", "-", head) for head in plain}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in links(page.read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        place = (page.parent / target).resolve() if target else page
        if not place.exists() or (
            anchor and place.suffix == ".md" and anchor not in anchors(place)
        ):
            dead.append(link)
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_harness_takes_every_command_of_the_page(page: Path) -> None:
    lines = list(quoted_in_markdown(page.read_text(encoding="utf-8")))
    mistakes = {line: mistake_in(line) for line in lines}
    assert {line: wrong for line, wrong in mistakes.items() if wrong} == {}


def test_commands_are_found_in_pages() -> None:
    blocks = "```sh\nharness run x  # why\nmake run\n```\n```console\n$ harness up\n```\n"
    page = f"`harness list`\n{blocks}"
    assert list(quoted_in_markdown(page)) == [
        "harness run x  # why",
        "harness up",
        "harness list …",
    ]
    found = [line for path in PAGES for line in quoted_in_markdown(path.read_text())]
    assert len(found) > 150


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_has_every_target_of_the_page(page: Path) -> None:
    rules = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    named = {name for block in shell_blocks(text) for name in _MAKE.findall(block)}
    named |= set(_MAKE_SPAN.findall(text))
    assert named - rules == set()


def entries(nav: object) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        for below in nav.values():
            yield from entries(below)
    elif isinstance(nav, list):
        for below in nav:
            yield from entries(below)


def test_the_site_s_navigation_has_every_page_once() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    listed = list(entries(config["nav"]))
    pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    pages = {page for page in pages if not page.startswith("decisions/")}
    assert len(listed) == len(set(listed))
    outside = set(hook().PAGES.values()) | {hook().DECISIONS}
    missing, gone = pages - set(listed), set(listed) - pages - outside
    assert not missing, f"nav in mkdocs.yml lacks {sorted(missing)}"
    assert not gone, f"nav in mkdocs.yml has {sorted(gone)}, which are not there"


@pytest.mark.parametrize(
    ("page", "text", "shown"),
    [
        ("index.md", "[a](../ARCHITECTURE.md#words)", "[a](project/architecture.md#words)"),
        ("project/readme.md", "![r](docs/report.png)", "![r](../report.png)"),
        ("project/readme.md", "[all](docs/decisions/)", "[all](decisions.md)"),
        ("tutorials/qa.md", "[how](../reading-a-report.md)", "[how](../reading-a-report.md)"),
        ("experiments.md", "[file](../scenarios/experiments.toml)", "file"),
        ("experiments.md", "[gone](../scenarios/gone.toml)", "[gone](../scenarios/gone.toml)"),
        ("index.md", "[out](https://ctrf.io) [here](#a)", "[out](https://ctrf.io) [here](#a)"),
        ("index.md", "```\n[a](../README.md)\n```\n", "```\n[a](../README.md)\n```\n"),
    ],
)
def test_links_are_those_of_the_site(page: str, text: str, shown: str) -> None:
    assert hook().linked(text, page) == shown


def test_decisions_are_listed_by_their_titles() -> None:
    listed = hook().decisions_page()
    for path in (DOCS / "decisions").glob("*.md"):
        assert f"](../decisions/{path.name})" in listed


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    mkdocs = shutil.which("mkdocs", path=ROOT / "build" / "docs" / "bin")
    if mkdocs is None:
        pytest.skip("mkdocs is not installed; fix: make docs")
    done = subprocess.run(
        [mkdocs, "build", "--strict", "--site-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "reference" / "command-line.html").stat().st_size > 10_000


def test_continuous_integration_builds_the_site_and_checks_the_files_for_others() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make docs check-ci" in script
