"""Makes docs/ a site of its own: pages from outside join it, links to code become text.

README, ARCHITECTURE, CONTRIBUTING and CHANGELOG lie at the top of the repository, where readers
look for them; the site has them under project/. A link to a file that is no page, such as
``scenarios/suites.toml``, would lead nowhere in the site: it becomes its text. A link to a file
that does not exist stays, so that ``mkdocs build --strict`` fails.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "README.md": "project/readme.md",
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
}
DECISIONS = "project/decisions.md"
_SOURCES = {page: source for source, page in PAGES.items()}
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")
_FENCE = re.compile(r"(^```.*?^```\s*$)", re.MULTILINE | re.DOTALL)


def on_files(files: Any, config: Any) -> Any:
    """Add the pages of the repository's top to the site."""
    from mkdocs.structure.files import File

    for source, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
    files.append(File.generated(config, DECISIONS, content=decisions_page()))
    return files


def decisions_page() -> str:
    """Return the page that lists the decisions by their titles."""
    lines = ["# Decisions", "", "Why the harness is as it is, in the order of their numbers.", ""]
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        lines.append(f"- [{title}](../decisions/{path.name})")
    return "\n".join([*lines, ""])


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Return the page with its links as the site has them."""
    return linked(markdown, page.file.src_uri)


def linked(markdown: str, page: str) -> str:
    """Return a page's text with the links of the site; ``page`` is its place below docs/."""
    if page == DECISIONS:
        return markdown
    parts = _FENCE.split(markdown)
    return "".join(
        part if part.startswith("```") else _LINK.sub(lambda found: _link(found, page), part)
        for part in parts
    )


def _link(found: re.Match[str], page: str) -> str:
    target, _, anchor = found["target"].partition("#")
    if "://" in target or target.startswith("mailto:") or not target:
        return found[0]
    source = _SOURCES.get(page, f"docs/{page}")
    place = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    in_site = PAGES.get(place) or (place.removeprefix("docs/") if _is_page(place) else "")
    in_site = DECISIONS if place == "docs/decisions" else in_site
    if in_site:
        relative = posixpath.relpath(in_site, posixpath.dirname(page) or ".")
        hash_ = f"#{anchor}" if anchor else ""
        return f"{found['image']}[{found['text']}]({relative}{hash_})"
    return found["text"] if (ROOT / place).exists() else found[0]


def _is_page(place: str) -> bool:
    is_file = place.startswith("docs/") and (ROOT / place).is_file()
    return is_file and place.endswith((".md", ".png", ".schema.json"))
