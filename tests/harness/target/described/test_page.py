"""The page of a described system: its contract, and its scripts in a real page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, Page, sync_playwright

from harness.setup import find_part
from harness.target.capabilities import Capability
from harness.target.described.form import PageTable, TelemetryTable
from harness.target.described.loading import described_system
from harness.target.described.page import page_of
from harness.target.page import PageContract
from tests.harness.described_files import SMALL, written

WALL = """<title>wall</title><header style="height:150vh"></header><script>{
  window.seen = [], window.clicked = [];
  const watch = new IntersectionObserver((all) => all.forEach((one) =>
    one.isIntersecting && seen.push(one.target.dataset.work)), { threshold: 0.6 });
  for (const id of ["a", "b", 'c"]']) {
    const part = document.createElement("section");
    part.style.height = "100vh";
    part.dataset.work = id;
    part.onclick = () => clicked.push(id);
    document.body.append(part);
    watch.observe(part);
  }
}</script>"""
SELECTOR = "[data-work='{id}']"


def contract(**how: Any) -> PageContract:
    return page_of(
        PageTable(path="/gallery?of={pool}&for={user}", **how),
        TelemetryTable(pending="() => waiting"),
        base_path="/v2",
        pool=["a", "b"],
    )


def test_its_address_has_the_ids_that_it_shows_and_the_user() -> None:
    page = contract(scroll=SELECTOR)
    assert page.url("http://x", {}, "ann") == "http://x/v2/gallery?of=a%2Cb&for=ann"
    assert page.path == "/v2/gallery"
    assert page.lists_queue
    assert page.must_prove_itself
    assert page.is_seen_in_front


def test_a_file_with_a_page_offers_what_its_recorder_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "t")
    monkeypatch.setenv("SHOP_KEY", "k")
    table = '[page]\npath = "/g"\nclick = "#{id}"\n[telemetry]\nflush = "() => {}"\n'
    system = described_system(f"file:{written(tmp_path, SMALL + table)}")
    offered = {Capability.PAGE, Capability.FLUSH, Capability.OWN_ROW}
    assert offered <= system.capabilities
    lacking = {Capability.QUEUE_DEPTH, Capability.OWNER, Capability.PAGE_OPTIONS}
    assert not lacking & system.capabilities
    assert len(system.page.query) == 0
    assert Capability.PAGE not in described_system(f"file:{written(tmp_path)}").capabilities


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    executable = find_part("chromium")
    if executable is None:
        pytest.skip("Chromium is missing")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 800, "height": 600})
        browser.close()


@pytest.mark.browser
def test_what_is_scrolled_into_view_was_seen_by_the_page_and_nothing_else(page: Page) -> None:
    page.set_content(WALL)
    wanted = contract(scroll=SELECTOR)
    assert page.evaluate(wanted.is_up) is True
    first = page.evaluate(wanted.tab_id)
    page.evaluate(wanted.show, ["b", 'c"]'])
    assert page.evaluate("seen") == ["b", 'c"]']
    assert page.evaluate("clicked") == []
    assert page.evaluate(wanted.tab_id) == first


@pytest.mark.browser
def test_what_is_on_the_screen_is_returned_by_however_little(page: Page) -> None:
    page.set_content(WALL)
    wanted, pool = contract(scroll=SELECTOR), ["a", "b", 'c"]', "not there"]
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    assert page.evaluate(wanted.on_screen, pool) == []
    page.evaluate("scrollTo({ top: innerHeight * 0.6, behavior: 'instant' })")
    assert page.evaluate(wanted.on_screen, pool) == ["a"], "a tenth of its height"
    page.evaluate(wanted.show, ["b"])
    assert page.evaluate(wanted.on_screen, pool) == ["b"]
    page.evaluate("document.body.style.display = 'none'")
    assert page.evaluate(wanted.on_screen, pool) == []


def test_what_is_clicked_need_not_be_what_is_seen() -> None:
    assert contract(click=SELECTOR).on_screen == ""
    assert contract(script="async () => {}").on_screen == ""


@pytest.mark.browser
def test_what_is_clicked_was_on_the_screen(page: Page) -> None:
    page.set_content(WALL)
    page.evaluate(contract(click=SELECTOR).show, ["a"])
    assert page.evaluate("clicked") == ["a"]


@pytest.mark.browser
def test_what_is_not_on_the_page_is_named(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.target.described.page._TRIES", 2)
    page.set_content(WALL)
    with pytest.raises(Error, match=r"nothing on the page matches \[data-work='z'\]"):
        page.evaluate(contract(scroll=SELECTOR).show, ["z"])


@pytest.mark.browser
def test_a_script_of_ones_own_makes_views_and_ready_says_when(page: Page) -> None:
    page.set_content(WALL)
    wanted = contract(script="async (ids) => { window.mine = ids; }", ready="() => window.isUp")
    assert page.evaluate(wanted.is_up) is False
    page.evaluate("window.isUp = 1")
    assert page.evaluate(wanted.is_up) is True
    page.evaluate(wanted.show, ["a"])
    assert page.evaluate("mine") == ["a"]
