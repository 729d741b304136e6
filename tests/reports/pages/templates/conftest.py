"""A browser that opens stored pages, and what axe-core finds in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers.client.chromium import EXECUTABLE

Open = Callable[..., Page]
"""Opens a page's source, with options of ``Browser.new_context``; ``query`` stands in its URL."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not EXECUTABLE.exists():
        pytest.skip(f"{EXECUTABLE} is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opened pages that may write nothing into their consoles: no error, no refused script."""
    contexts = []
    complaints: list[str] = []

    def opened(source: str, query: str = "", **options: Any) -> Page:
        path = tmp_path / "report.html"
        path.write_text(source)
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{path.as_uri()}{query}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def axe_findings(page: Page, *rules: str) -> list[str]:
    """What axe-core finds in the page, by all its rules or those named, a line each.

    The page's context was opened with ``bypass_csp``.
    """
    options = {"runOnly": list(rules)} if rules else {}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {node['html'][:200]}" for v in found for node in v["nodes"]]
