"""The page in a browser: accessible by axe-core's rules, whole without script, quick with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs
from playwright.sync_api import Page, expect

from benchmarks.trend.nights import PlantedStep
from reports import pages
from reports.compare.page import render_compared
from reports.experiments.page import render_page as render_experiment
from reports.history.page import render_trend
from reports.history.trend import trend
from reports.pages.html import Shown, render_html
from reports.pages.kill_matrix import render_page
from reports.shelf.index import render_index
from tests.benchmarks.trend.planted import FATE, STEP, trend_of
from tests.reports.compared import compared, visits
from tests.reports.experiment_builder import four_arms
from tests.reports.kill_samples import CAUGHT, GREEN, matrix, one
from tests.reports.matrix_samples import browsers_suite
from tests.reports.pages.templates.conftest import Open, axe_findings
from tests.reports.report_samples import (
    delivery_picture,
    every_kind,
    failing,
    latency_picture,
    passing,
    suite_of,
)
from tests.reports.shelf.stored_runs import FOUND, stored

STORY = "ann/a-1: lost_acked\nruns/smoke\n    1.000 s  viewer    is on the screen in tab t1"
MANY = suite_of(*[passing(f"walk_{n}", seed=n, duration_s=30.0 - n) for n in range(20)], failing())


def everything() -> str:
    shown = {
        cell.name: Shown(
            pictures=[delivery_picture(), latency_picture()],
            reproduce="harness run short_outage",
            stories=[("ann/a-1", STORY)],
        )
        for cell in every_kind().cells
    }
    return render_html(every_kind(), shown, runs_at="runs/smoke")


def index_of_runs(folder: Path) -> str:
    for day, verdict in enumerate(("pass", "fail", "unknown", "pass"), 1):
        stored(folder, f"2026-01-0{day}", suite="nightly", verdict=verdict)
    stored(folder, "cut-short", verdict="")
    (folder / "cut-short" / "verdict.json").unlink()
    return render_index(folder, {"nightly": FOUND, "calm": trend_of(seed=3, count=8)})


def page_of_a_run(_: Path) -> str:
    """The page in a cell's own directory."""
    alone = structs.replace(failing(), run=".")
    shown = Shown(
        pictures=[delivery_picture(), latency_picture()],
        reproduce="harness run short_outage",
        stories=[("ann/a-1", STORY)],
    )
    return render_html(suite_of(alone), {alone.name: shown}, runs_at="runs/smoke/cells/one")


SUSPECT = PlantedStep(scenario="many_sessions", figure="load_response_p95_ms", night=19, factor=1.6)
COLOUR_RULES = ("color-contrast", "link-in-text-block")
SOURCES: dict[str, Callable[[Path], str]] = {
    "every kind": lambda _: everything(),
    "matrix": lambda _: render_html(browsers_suite(1, scenarios=6)),
    "whole matrix": lambda _: render_html(browsers_suite()),
    "many": lambda _: render_html(MANY),
    "kill matrix": lambda _: render_page(matrix(one(CAUGHT), one(GREEN, twin=True)), alarms=""),
    "compared": lambda path: render_compared(compared(path, visits(0, 1), visits(2, 1))),
    "experiment": lambda path: render_experiment(four_arms().result(path)),
    "runs": index_of_runs,
    "run": page_of_a_run,
    "trend": lambda _: render_trend(
        trend_of(seed=1, steps=(STEP, SUSPECT), broken=(FATE,), changes={4: {"cpus": "4"}})
    ),
    "calm trend": lambda _: render_trend(trend_of(seed=3, count=8)),
    "no nights": lambda _: render_trend(trend([])),
}
TEMPLATES = {
    "report.html.j2": "every kind",
    "kill_matrix.html.j2": "kill matrix",
    "compare.html.j2": "compared",
    "experiment.html.j2": "experiment",
    "index.html.j2": "runs",
    "trend.html.j2": "trend",
}
"""What each kind of page is looked at by: a new template needs a source here."""
# axe-core takes a minute for the page of a whole suite, which repeats the parts of a small one.
NAMES = [pytest.param(n, marks=pytest.mark.nightly) if n == "whole matrix" else n for n in SOURCES]


def test_every_kind_of_page_is_looked_at() -> None:
    folder = Path(pages.__file__).parent / "templates"
    whole = [one.name for one in folder.glob("*.j2") if "<!doctype html>" in one.read_text()]
    assert sorted(whole) == sorted(TEMPLATES)
    assert set(TEMPLATES.values()) <= SOURCES.keys()


@pytest.mark.parametrize("which", NAMES)
def test_axe_finds_nothing(which: str, open_page: Open, tmp_path: Path) -> None:
    page = open_page(SOURCES[which](tmp_path / "x"), bypass_csp=True)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert axe_findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("which", NAMES)
def test_axe_finds_no_weak_colour_in_the_dark(which: str, open_page: Open, tmp_path: Path) -> None:
    """A scheme differs in its colours alone: what else axe looks at is the same in both."""
    page = open_page(SOURCES[which](tmp_path / "x"), color_scheme="dark", bypass_csp=True)
    assert axe_findings(page, *COLOUR_RULES) == []


def test_axe_would_find_a_weak_colour(open_page: Open) -> None:
    page = open_page(everything(), color_scheme="dark", bypass_csp=True)
    page.add_style_tag(content="p { color: #333 !important }")
    assert any(line.startswith("color-contrast") for line in axe_findings(page, *COLOUR_RULES))


def test_axe_would_find_something(open_page: Open) -> None:
    page = open_page(everything().replace(" tabindex=", " data-tabindex="), bypass_csp=True)
    page.set_viewport_size({"width": 390, "height": 800})
    assert any(line.startswith("scrollable-region-focusable") for line in axe_findings(page))


def test_without_script_nothing_is_missing(open_page: Open) -> None:
    page = open_page(render_html(MANY), java_script_enabled=False)
    expect(page.get_by_role("heading", name="What broke")).to_be_visible()
    expect(page.get_by_role("search")).to_have_count(0)
    folded = page.get_by_role("link", name="walk_3", exact=True)
    expect(folded).to_be_hidden()
    page.get_by_text("20 cells passed").click()
    expect(folded).to_be_visible()


def rows(page: Page) -> list[str]:
    """The scenarios of the rows that are shown, in their order."""
    links = page.locator("tr[data-standing]:visible th a")
    return links.all_inner_texts()


def test_words_narrow_the_cells_and_the_address_keeps_them(open_page: Open) -> None:
    page = open_page(render_html(MANY))
    page.get_by_role("searchbox", name="Find").fill("WALK_13 durable")
    assert rows(page) == ["walk_13"]
    expect(page.get_by_role("status")).to_have_text("1 of 21 cells")
    expect(page.locator("details.cell:visible")).to_have_count(1)
    query = re.sub(r"^[^?]*", "", page.url)
    assert rows(open_page(render_html(MANY), query)) == ["walk_13"]


def test_a_check_finds_the_cells_that_it_judged(open_page: Open) -> None:
    page = open_page(render_html(MANY))
    failed = next(f.check for f in failing().findings if f.verdict.value == "fail")
    page.get_by_role("searchbox", name="Find").fill(f"{failed} fail")
    assert failing().scenario in rows(page)


def test_a_verdict_is_chosen_by_its_button(open_page: Open) -> None:
    page = open_page(render_html(MANY))
    page.get_by_role("button", name="fail 1", exact=True).click()
    assert rows(page) == [failing().scenario]
    page.get_by_role("button", name="fail 1", exact=True).click()
    page.get_by_role("button", name="pass 20", exact=True).click()
    assert len(rows(page)) == 20


def test_a_heading_sorts_and_sorts_back(open_page: Open) -> None:
    page = open_page(render_html(MANY))
    page.get_by_text("20 cells passed").click()
    heading = page.locator("details.group th", has_text="took")
    before = rows(page)
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    assert rows(page)[1:] == list(reversed(before[1:]))
    heading.get_by_role("button").click()
    assert rows(page) == before


def test_keys_lead_to_the_search_and_to_failures(open_page: Open) -> None:
    page = open_page(render_html(MANY))
    page.keyboard.press("n")
    expect(page.locator("details.cell.fail > summary")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Find")).to_be_focused()
    page.keyboard.type("npn/")
    expect(page.get_by_role("searchbox", name="Find")).to_have_value("npn/")
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox", name="Find")).to_have_value("")
    assert failing().scenario in rows(page)


def test_a_link_opens_what_it_leads_to(open_page: Open) -> None:
    source = render_html(MANY)
    anchor = re.findall(r'class="body" id="(walk-7-[^"]+)"', source)[0]
    page = open_page(source, f"#{anchor}")
    expect(page.locator(f"#{anchor}")).to_be_visible()


def test_two_clicks_from_the_verdict_to_the_story(open_page: Open) -> None:
    example = next(f.examples[0] for f in failing().findings if f.examples)
    shown = {failing().name: Shown(stories=[(example, STORY)])}
    page = open_page(render_html(suite_of(failing(), passing()), shown, runs_at="runs/smoke"))
    page.get_by_role("link", name="its story").click()
    expect(page.get_by_text("is on the screen in tab t1")).to_be_in_viewport()
