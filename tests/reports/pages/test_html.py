"""The page: self-contained, safe with any text, and complete."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from markupsafe import Markup
from msgspec.structs import replace

from reports.evidence.fates import FATE_MEANINGS
from reports.pages import html, words
from reports.pages.html import Shown, SuitePage, render_html
from reports.plots.drawing.picture import Picture
from reports.verdict.verdict import SuiteVerdict
from scenarios.network.rows import ROWS
from tests.reports.pages.parsed import Page
from tests.reports.report_samples import (
    HOSTILE,
    delivery_picture,
    every_kind,
    expected_failure,
    failing,
    latency_picture,
    line_picture,
    loss_that_did_not_appear,
    missing,
    never_executed,
    passing,
    queue_picture,
    suite_of,
    tabs_picture,
)


def render(suite: SuiteVerdict, **pictures: list[Picture]) -> str:
    commands = {c.name: f"harness run {c.scenario} --seed {c.seed}" for c in suite.cells}
    drawn = {c.name: pictures.get(c.scenario.replace("-", "_"), []) for c in suite.cells}
    shown = {c.name: Shown(pictures=drawn[c.name], reproduce=commands[c.name]) for c in suite.cells}
    return render_html(suite, shown, runs_at="runs/smoke")


@pytest.fixture
def page() -> Page:
    return Page(render(every_kind(), short_outage=[delivery_picture(), latency_picture()]))


def test_the_verdict_is_the_headline(page: Page) -> None:
    headline = render(every_kind()).partition("<h1>")[2].partition("</h1>")[0]
    assert "✗ fail: smoke" in page.text
    assert '<span class="word">fail</span>' in headline
    assert f'<span class="sentence">{every_kind().reason}</span>' in headline


def test_what_was_tried_is_named_unless_it_is_the_reference() -> None:
    shop = render(replace(every_kind(), target={"name": "my <shop>", "system": "file:x"}))
    assert "target <b>my &lt;shop&gt;</b>" in shop
    for target in ({}, {"name": "reference"}):
        assert "target <b>" not in render(replace(every_kind(), target=target))


def test_planned_started_finished_and_decided_are_counted() -> None:
    assert words.progress_counts(every_kind()) == "6 planned, 4 started, 3 finished, 3 decided"
    source = re.sub(r"\s+", "", render(every_kind()))
    for name, n in (("planned", 6), ("started", 4), ("finished", 3), ("decided", 3)):
        assert f"<dt>cells{name}</dt><dd>{n}</dd>" in source


def test_the_page_asks_nothing_of_a_network(page: Page) -> None:
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"link", "img", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in page.elements:
        assert not set(attributes) & {"src", "srcset", "action", "style", "data"}, tag
        assert not any(name.startswith("on") for name in attributes), tag
        assert (attributes.get("href") or "#").startswith("#")
    source = render(every_kind(), short_outage=[delivery_picture()])
    style = source.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert set(re.findall(r"https?://[^\"'\s<]+", source)) == {"http://www.w3.org/2000/svg"}


def test_the_page_forbids_everything_but_its_own_style_and_script(page: Page) -> None:
    policy = next(m["content"] for m in page.named("meta") if m.get("http-equiv"))
    assert policy is not None
    source = render(every_kind())
    script = source.partition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"style-src 'unsafe-inline'; script-src 'sha256-{digest}';"
    assert policy.startswith(f"default-src 'none'; {allowed}")
    assert "'unsafe-inline'" not in policy.partition("script-src")[2]
    assert source.count("<script") == 1


def test_the_script_asks_nothing_and_writes_no_markup() -> None:
    script = render(every_kind()).partition("<script>")[2].partition("</script>")[0]
    for word in ("fetch(", "XMLHttp", "import(", "innerHTML", "eval(", "document.write", "http"):
        assert word not in script


def test_the_style_sheet_stands_in_the_page_as_it_is(page: Page) -> None:
    source = render(every_kind())
    style = source.partition("<style>")[2].partition("</style>")[0]
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    assert 'content: "seed "' in style


def test_every_class_a_picture_uses_has_a_colour_or_a_size() -> None:
    style = render(every_kind()).partition("<style>")[2].partition("</style>")[0]
    drawn = [
        *(delivery_picture(), latency_picture(), latency_picture(100_000)),
        *(queue_picture(), line_picture(), tabs_picture()),
    ]
    used = {c for p in drawn for css in re.findall(r'class="([^"]+)"', p.svg) for c in css.split()}
    # Groups only name what they hold.
    without = {c for c in used if f".{c} " not in style and f".{c}," not in style}
    assert without <= {"axis", "faults"}


@pytest.mark.parametrize("where", ["scenario", "arm", "reason", "fix", "facts", "example"])
def test_hostile_text_stays_text_wherever_it_stands(where: str) -> None:
    cell, suite = failing(), suite_of(failing())
    if where == "facts":
        suite = replace(suite, facts={HOSTILE: HOSTILE}, suite=HOSTILE, command=HOSTILE)
    elif where != "example":
        cell = replace(cell, **{where: HOSTILE})
        suite = suite_of(cell)
    source = render(suite)
    found = Page(source)
    assert source.count("<script") == 1, "the page's own"
    assert "<script>alert(1)</script>&amp;" in found.text
    assert found.named("script") == [{}]
    assert "\x00" not in source
    assert "\x1b" not in source
    source.encode()


def test_a_drawing_that_svg_did_not_make_is_shown_as_text() -> None:
    forged = Picture(title="t", description="d", svg="<svg onload=x>", rows=(("a",),))  # type: ignore[arg-type]
    source = render(suite_of(passing()), first_visit=[forged])
    assert "&lt;svg onload=x&gt;" in source
    assert not Page(source).named("svg")


def test_drawings_keep_their_names_and_tables(page: Page) -> None:
    assert len(page.named("svg")) == len(page.named("figure")) == 2
    assert all(s.get("role") == "img" for s in page.named("svg"))
    assert delivery_picture().description in page.text
    assert isinstance(delivery_picture().svg, Markup)


def test_each_cell_of_the_table_leads_to_its_section(page: Page) -> None:
    source = render(every_kind()).partition('<section id="cells">')[2]
    targets = [a["href"] for a in Page(source.partition("</section>")[0]).named("a")]
    sections = [a["id"] for t, a in page.elements if t == "div" and a.get("class") == "body"]
    assert [f"#{i}" for i in sections] == targets
    assert len(set(sections)) == len(every_kind().cells) == 6


def test_what_broke_leads_to_the_first_of_its_cells(page: Page) -> None:
    source = render(every_kind()).partition('<section class="broken"')[2].partition("</section>")[0]
    targets = [str(a["href"]) for a in Page(source).named("a")]
    ids = {f"#{a['id']}" for _, a in page.elements if "id" in a}
    assert len(targets) == 2, "one that failed, one undecided"
    assert set(targets) <= ids


def test_anchors_stay_the_same_and_twins_get_their_own() -> None:
    twice = render(suite_of(passing(), passing()))
    ids = re.findall(r'class="body" id="([^"]+)"', twice)
    assert len(set(ids)) == 2
    alone = re.findall(r'class="body" id="([^"]+)"', render(suite_of(failing(), passing())))
    assert ids[0] in alone


def test_an_expected_failure_looks_neither_like_a_pass_nor_like_a_failure() -> None:
    source = render(suite_of(expected_failure(), passing(), failing()))
    text = Page(source).text
    assert "⊗expected fail" in text
    assert "Failed as expected: 5 to 10 %" in text
    assert words.EXPECTED_MEANING in text
    assert '<details class="cell expected-fail"' in source
    assert source.index('<tr class="fail"') < source.index('<tr class="expected-fail"')
    assert "failed as expected</dt><dd>1</dd>" in source


def test_an_expected_loss_that_did_not_appear_is_news() -> None:
    text = Page(render(suite_of(loss_that_did_not_appear(), passing()))).text
    assert text.count("News: the expected loss did not appear") == 2


def test_findings_give_figures_words_and_commands(page: Page) -> None:
    assert "100 % 66.4 to 100" in page.text.replace("%66", "% 66")
    assert (
        "harness explain runs/smoke/short-outage/20261122T190613-7 visitor-0001/artwork-0021"
        in page.text
    )
    assert "'visitor-0001/artwork 0022'" in page.text
    assert "harness run short-outage --seed 7" in page.text
    assert "runs/smoke/short-outage/20261122T190613-7" in page.text


def test_fates_are_shown_worst_first_with_their_meaning(page: Page) -> None:
    assert page.text.index("lost_acked") < page.text.index("recorded_once")
    assert FATE_MEANINGS["lost_acked"] in page.text
    source = render(suite_of(passing(fates={"eaten_by_a_dog": 1, "recorded_once": 2})))
    assert "not a known fate" in source


def test_a_cell_that_did_not_run_has_its_reason_and_the_fix() -> None:
    text = Page(render(suite_of(missing()))).text
    assert "a part is missing: Toxiproxy is not installed" in text
    assert "(kind: missing)" in text
    assert "harness setup toxiproxy" in text


def test_a_planned_cell_without_a_result_is_named() -> None:
    assert "planned, but never executed" in Page(render(suite_of(never_executed()))).text


def test_an_interrupted_suite_says_so_before_anything_else() -> None:
    text = Page(render(suite_of(passing(), never_executed(), interrupted=True))).text
    assert "1 cell of 2 did not start" in text
    assert text.index("Interrupted.") < text.index("cells planned")
    assert "pass so far" in text
    assert "Interrupted." not in Page(render(suite_of(passing()))).text


def test_a_suite_without_cells_never_looks_fine() -> None:
    text = Page(render(suite_of())).text
    assert "No cell was planned" in text
    assert text.count("✓") == 1, "only the glossary may show the glyph of a pass"


def test_bad_cells_come_first_and_passing_ones_fold_when_there_are_many() -> None:
    many = [passing(seed=i) for i in range(20)]
    source = render(suite_of(*many, failing()))
    first = source.index('<details class="cell')
    assert source[first:].startswith('<details class="cell fail" data-standing="fail" open>')
    assert source.count(" open>") == 1
    assert render(every_kind()).count(" open>") == 6


def test_a_thousand_cells_stay_below_three_megabytes() -> None:
    suite = suite_of(*[passing(seed=i) for i in range(1000)], failing())
    shown = {
        cell.name: Shown(pictures=[latency_picture()], own_page=f"./{cell.run}/report.html")
        for cell in suite.cells
    }
    page = SuitePage(suite, shown, runs_at="runs/x")
    source = page.render()
    assert len(source.encode()) < 3_000_000
    assert failing().name not in page.left_out, "the worst stay"
    assert 0 < len(page.left_out) < 1000
    gone = next(cell for cell in suite.cells if cell.name in page.left_out)
    assert f'<a href="./{gone.run}/report.html">{gone.scenario}</a>' in source
    assert f"{len(page.left_out):,} cells would make this page too large" in source


def test_a_cell_without_a_page_of_its_own_is_never_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(html, "BODIES_MAX_BYTES", 0)
    suite = suite_of(missing(), failing())
    page = SuitePage(suite, {failing().name: Shown(own_page="./own.html")}, runs_at="")
    assert page.left_out == [failing().name]
    assert missing().fix in page.render().partition('<div class="body"')[2]


def test_the_same_suite_gives_the_same_bytes() -> None:
    assert render(every_kind()) == render(every_kind())


def test_a_single_run_without_a_suite_s_facts_shows_no_empty_places() -> None:
    suite = suite_of(passing(run="."), started="", command="", suite="one run", facts={})
    text = Page(render(suite)).text
    assert "run it again" not in text
    assert "· ·" not in text
    assert "evidence runs/smoke" in text.replace("evidenceruns", "evidence runs")
    assert "runs/smoke/." not in text


def test_a_row_of_the_network_matrix_says_its_numbers_and_what_the_roadmap_expects() -> None:
    rows = (passing(name, conditions=(ROWS[name].condition,)) for name in ("offline", "storm_503"))
    suite = suite_of(*rows, passing())
    text = Page(render(suite)).text
    assert "Offline → Online: no network (refused, silently dropped, or link down)" in text
    assert "made by packets or toxiproxy. The roadmap expects: Queue builds, mass flush" in text
    assert "503 storm: every answer 503 with Retry-After 3 s, for 10 s; made by gateway." in text
    assert text.count("made by") == 2


def test_a_cell_whose_run_names_no_conditions_shows_none() -> None:
    assert "made by" not in Page(render(suite_of(passing("short_outage")))).text
