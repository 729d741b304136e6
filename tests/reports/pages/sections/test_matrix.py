"""The matrix: every planned square is there, and shows the worst of its seeds."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from harness.ledger.json_files import read_json, write_json
from harness.ledger.kinds.network import BrowserUsed
from reports.judging.judge import judge_suite
from reports.pages.html import render_html
from reports.pages.markdown import render_markdown
from reports.pages.sections.matrix import matrices_of
from reports.verdict.verdict import Cell, NotRunKind, SuiteVerdict, Verdict
from scenarios.catalogue.roadmap import ROADMAP
from tests.reports.ledgers import HandWritten, healthy
from tests.reports.matrix_samples import CHROMIUM, QUESTIONS, browsers_suite
from tests.reports.pages.parsed import Page
from tests.reports.report_samples import HOSTILE, expected_failure, passing, suite_of
from tests.reports.suites import HALF, judged, lossy
from tests.reports.suites import suite_of as suite_on_disk


def page_of(suite: SuiteVerdict) -> str:
    return render_html(suite, runs_at="runs/x")


def cell(scenario: str, arm: str, verdict: Verdict = Verdict.PASS, **more: object) -> Cell:
    values: dict[str, object] = {"matrix": "network", "question": "Why?", "reason": "r"}
    return passing(scenario, arm=arm, verdict=verdict, **(values | more))


def squares(*cells: Cell) -> list[tuple[str, str, str]]:
    [matrix] = matrices_of(suite_of(*cells, cell("other", "browser=a,preset=durable")), {})
    return [(s.standing, s.glyph, s.mark) for s in matrix.rows[0].squares if s]


def test_rows_are_questions_and_columns_are_browsers_by_preset() -> None:
    [matrix] = matrices_of(browsers_suite(), {})
    assert [(g.browser, g.presets) for g in matrix.groups] == [
        ("chromium", ("durable", "roadmap")),
        ("firefox", ("durable", "roadmap")),
        ("webkitgtk", ("durable", "roadmap")),
    ]
    assert len(matrix.rows) == sum(len(factors) for _, factors in QUESTIONS.values())
    assert matrix.rows[1].label == "page_closed · close=script"
    assert not matrix.rows[1].again
    assert matrix.rows[2].again
    assert matrix.common == "transport=toxiproxy"
    assert all(len(row.squares) == 6 for row in matrix.rows)


def test_browsers_say_what_they_were_and_what_they_are_to_the_roadmap() -> None:
    [matrix] = matrices_of(browsers_suite(), {})
    assert [(g.product, g.roadmap) for g in matrix.groups] == [
        ("Chromium 156 · Linux", "near Chrome 120+ · Linux"),
        ("Firefox 153 · Linux", "fills Firefox 121+ · Linux"),
        ("WebKitGTK 2.52 · Linux", "near Safari 17+ · macOS"),
    ]
    assert [a.state.column for a in matrix.asked if a.state.filled] == ["Firefox 121+ · Linux"]
    assert len(matrix.asked) == 13


ARM = "browser=a,preset=durable"


@pytest.mark.parametrize(
    ("verdicts", "square"),
    [
        (["pass", "pass"], ("pass", "✓", "")),
        (["pass", "fail"], ("fail", "✗", "1/2")),
        (["fail", "unknown", "fail"], ("fail", "✗", "2/3")),
        (["pass", "unknown"], ("unknown", "?", "1/2")),
        (["expected", "pass"], ("expected fail", "⊗", "1/2")),
        (["expected", "unknown"], ("unknown", "?", "1/2")),
        (["expected", "fail"], ("fail", "✗", "1/2")),
        (["pass", "not run"], ("pass", "✓", "1/2")),
        (["fail", "not run"], ("fail", "✗", "1/2")),
        (["not run", "not run"], ("not run", "b", "")),
    ],
)
def test_a_square_is_the_worst_of_its_seeds(
    verdicts: list[str], square: tuple[str, str, str]
) -> None:
    cells = []
    for seed, word in enumerate(verdicts):
        known = word == "expected"
        verdict = Verdict.FAIL if known else Verdict(word)
        not_run = NotRunKind.BUDGET if verdict is Verdict.NOT_RUN else None
        cells.append(cell("s", ARM, verdict, seed=seed, gates=not known, not_run=not_run))
    assert squares(*cells) == [square]


def test_what_did_not_run_has_a_letter_for_its_kind() -> None:
    for kind, letter in (("unsupported", "u"), ("missing", "m"), ("budget", "b")):
        one = cell("s", ARM, Verdict.NOT_RUN, not_run=NotRunKind(kind))
        assert squares(one) == [("not run", letter, "")]
    assert squares(cell("s", ARM, Verdict.NOT_RUN)) == [("not run", "·", "")]


def test_one_scenario_or_no_browser_is_no_matrix() -> None:
    assert not matrices_of(suite_of(cell("s", ARM)), {})
    assert not matrices_of(suite_of(cell("s", "x=1"), cell("t", "x=1")), {})
    [matrix] = matrices_of(suite_of(cell("s", ARM), cell("t", ARM), cell("t", "x=1")), {})
    assert matrix.aside == 1


def test_the_page_has_a_real_table_whose_squares_lead_to_the_cells() -> None:
    source = page_of(browsers_suite())
    page = Page(source)
    table = source.partition('<table class="matrix">')[2].partition("</table>")[0]
    assert source.index('<table class="matrix">') < source.index("<h2>Cells</h2>")
    assert len(re.findall(r'<th scope="row"', table)) == 29
    assert len(re.findall(r'<th scope="col"', table)) == 6
    assert len(re.findall(r'<th scope="colgroup"', table)) == 3
    links = re.findall(r'<a class="sq [a-z-]+" href="#([^"]+)"', table)
    ids = {a["id"] for _, a in page.elements if "id" in a}
    assert len(links) == 29 * 6
    assert set(links) <= ids
    assert QUESTIONS["page_closed"][0] in table
    assert "seed 1: fail: nothing_lost: 7 of 40" in table
    assert '<span class="vh">fail, 1/2 seeds</span>' in table


def test_a_square_leads_to_its_worst_seed() -> None:
    bad = cell("s", ARM, Verdict.FAIL, seed=2)
    source = page_of(suite_of(cell("s", ARM, seed=1), bad, cell("t", ARM)))
    anchor = re.findall(r'<a class="sq fail" href="#([^"]+)"', source)[0]
    section = source.partition(f'id="{anchor}"')[0].rpartition("<details")[2]
    assert "seed 2" in section


def test_the_page_tells_of_thirteen_columns_and_how_to_fill_them() -> None:
    text = Page(page_of(browsers_suite())).text
    assert "1 of the roadmap’s 13 browser columns filled" in text
    assert "How to fill the other 12 columns" in text
    assert "harness run browsers --browser chrome" in text
    assert "harness device" in text
    assert "not run: Chromium is not Google Chrome" in text


def test_hostile_text_stays_text_in_the_matrix() -> None:
    odd = f"browser={HOSTILE.replace(',', '')},preset=<i>"
    cells = [cell(HOSTILE, odd, reason=HOSTILE, question=HOSTILE), cell("t", odd)]
    source = page_of(suite_of(*cells))
    assert source.count("<script") == 1, "the page's own"
    assert "<i>" not in source
    assert Page(source).named("a")
    assert "<script" not in render_markdown(suite_of(*cells))


def test_markdown_has_the_matrix_while_it_is_small() -> None:
    text = render_markdown(browsers_suite())
    assert "| browsers | chromium durable | chromium roadmap | firefox durable |" in text
    row = next(line for line in text.splitlines() if line.startswith("| page_closed · close=tab"))
    assert row == "| page_closed · close=tab | ✓ | ⊗ | ✓ | ⊗ | ✗ 1/2 | ✗ 1/2 |"
    assert "1 of the roadmap's 13 browser columns filled: Firefox 121+ · Linux (firefox)" in text
    many = suite_of(*[cell(f"s{n}", ARM) for n in range(61)])
    assert "| network |" not in render_markdown(many)
    assert "| network |" in render_markdown(replace(many, cells=many.cells[:60]))


def test_the_plan_and_the_ledger_reach_the_verdict_file(tmp_path: Path) -> None:
    directory = suite_on_disk(tmp_path, "one", "two")
    plan = read_json(directory / "plan.json")
    for planned in plan["cells"]:
        planned["plan"] |= {"matrix": "browsers", "question": "Is it?"}
    plan["roadmap"] = msgspec.to_builtins(ROADMAP)
    write_json(directory / "plan.json", plan)
    firefox = BrowserUsed(
        name="ff", product="Firefox", version="153", platform="Linux", kind="stock"
    )
    for name, seen in (("one", [firefox]), ("two", [])):
        run = directory / "cells" / name
        rewrite(run, plan["cells"][0]["plan"]["checks"], name, seen)
        record = read_json(run / "run.json")
        record["plan"] |= {"matrix": "browsers", "question": "Is it?"}
        write_json(run / "run.json", record)
    suite = judge_suite(directory).suite
    assert [c.browser and c.browser.product for c in suite.cells] == ["Firefox", None]
    assert {(c.matrix, c.question) for c in suite.cells} == {("browsers", "Is it?")}
    assert [c.fills for c in suite.cells] == ["Firefox 121+ · Linux", ""]
    assert [c.column for c in suite.columns if c.filled] == ["Firefox 121+ · Linux"]
    assert len(suite.columns) == 13


def rewrite(run: Path, checks: list[dict[str, object]], name: str, seen: list[BrowserUsed]) -> None:
    ledger: HandWritten = healthy()
    ledger.checks, ledger.scenario = checks, name
    for browser in seen:
        ledger.saw(0.5, browser)
    for file in run.iterdir():
        file.unlink()
    ledger.write(run)


def test_two_browsers_in_one_run_fill_nothing(tmp_path: Path) -> None:
    directory = suite_on_disk(tmp_path, "one")
    values = {"name": "ff", "product": "Firefox", "platform": "Linux", "kind": "stock"}
    seen = [BrowserUsed(version=version, **values) for version in ("120", "153")]
    checks = read_json(directory / "plan.json")["cells"][0]["plan"]["checks"]
    rewrite(directory / "cells" / "one", checks, "one", seen)
    assert judge_suite(directory).suite.cells[0].browser is None


def test_a_suite_without_browser_cells_has_no_columns(tmp_path: Path) -> None:
    assert judged(tmp_path, lossy(10), HALF).columns == ()
    assert suite_of(expected_failure()).columns == ()


def test_chromium_is_shown_as_itself() -> None:
    assert CHROMIUM.title == "Chromium 156 · Linux"
