"""The Markdown summary: complete while it fits, honest about it when it does not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reports.pages.markdown import (
    COMMENT_LIMIT_BYTES,
    LIMIT_BYTES,
    code,
    escape,
    render_markdown,
)
from tests.reports.report_samples import (
    HOSTILE,
    every_kind,
    expected_failure,
    failing,
    loss_that_did_not_appear,
    missing,
    passing,
    suite_of,
    undecided,
)


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| ")][1:]


def test_the_verdict_comes_first_and_every_cell_has_a_row() -> None:
    text = render_markdown(every_kind())
    assert text.startswith("## ✗ fail: 1 of 4 cells failed: short-outage (")
    assert "6 planned, 4 started, 3 finished, 3 decided" in text
    assert [row.split(" | ")[0] for row in rows(text)] == [
        "| ✗ fail",
        "| ? unknown",
        "| · not run",
        "| · not run",
        "| ✓ pass",
        "| ✓ pass",
    ]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 7 for row in rows(text))


def test_what_was_tried_is_named_unless_it_is_the_reference() -> None:
    shop = render_markdown(replace(every_kind(), target={"name": "my *shop*"}))
    assert "Suite smoke, target my \\*shop\\*, " in shop
    assert "target" not in render_markdown(every_kind()).partition("| verdict")[0]


def test_findings_that_did_not_pass_come_with_figures_and_commands() -> None:
    text = render_markdown(
        every_kind(), reproduce={failing().name: "harness run x"}, runs_at="runs/s"
    )
    assert "(measured 3 impressions, target 0 impressions, n = 40)" in text
    assert "`harness explain runs/s/short-outage/20261122T190613-7 visitor-0001/artwork-0021`" in (
        text
    )
    assert "`harness run x`" in text
    assert "`nothing_twice`" not in text


def test_an_expected_failure_has_its_own_word_and_its_source() -> None:
    text = render_markdown(suite_of(passing(), expected_failure(), loss_that_did_not_appear()))
    assert text.startswith("## ✓ pass: 2 of 3 cells passed; 1 failed as expected; 1 kept what")
    assert [row.split(" | ")[0] for row in rows(text)] == [
        "| ⊗ expected fail",
        "| ✓ pass",
        "| ✓ pass",
    ]
    assert "As expected: 5 to 10 % of what is shown becomes lost_unacked" in text
    assert "news: the expected loss did not appear" in rows(text)[1]


def test_fates_are_counted_worst_first() -> None:
    assert "`lost_acked` 3, `late` 4, `recovered` 10, `recorded_once` 5,103" in render_markdown(
        every_kind()
    )


def test_an_interrupted_suite_says_so() -> None:
    text = render_markdown(suite_of(passing(), interrupted=True))
    assert text.startswith("## ✓ pass so far")
    assert "**Interrupted:**" in text


def test_too_long_leaves_out_what_passed_and_says_so() -> None:
    suite = suite_of(failing(), missing(), *[passing(seed=i) for i in range(300)])
    text = render_markdown(suite, limit_bytes=8_000)
    assert "**Shortened:** 301 cells that passed or did not run left out" in text
    assert len(rows(text)) == 1
    assert "lost_acked" in text


@pytest.mark.parametrize("limit", [LIMIT_BYTES, COMMENT_LIMIT_BYTES])
def test_of_two_thousand_cells_every_failure_is_there(limit: int) -> None:
    bad = [replace(failing(), seed=2000 + i) for i in range(40)]
    good = [replace(passing(), seed=i) for i in range(1900)]
    known = [replace(expected_failure(), seed=i) for i in range(60)]
    text = render_markdown(suite_of(*good, *known, *bad), runs_at="runs/s", limit_bytes=limit)
    assert len(text.encode()) <= limit
    assert sum(row.startswith("| ✗ fail | short-outage |") for row in rows(text)) == 40
    assert text.count("### ✗ short-outage") == 40
    assert text.count("harness explain runs/s/") >= 40
    if limit == COMMENT_LIMIT_BYTES:
        assert "**Shortened:** 1,960 cells that passed" in text


def test_where_findings_do_not_fit_every_failing_cell_keeps_its_row() -> None:
    suite = suite_of(*[replace(failing(), seed=i) for i in range(300)], passing())
    text = render_markdown(suite, limit_bytes=COMMENT_LIMIT_BYTES)
    assert len(text.encode()) <= COMMENT_LIMIT_BYTES
    assert len(rows(text)) == 300
    assert "1 cell that passed, did not run or failed as expected left out, and what" in text


def test_where_rows_do_not_fit_failures_are_counted_by_scenario_and_check() -> None:
    cells = [replace(failing(), scenario=f"s{i % 50}", seed=i) for i in range(1500)]
    cells += [replace(undecided(), seed=i) for i in range(500)]
    text = render_markdown(suite_of(*cells), limit_bytes=COMMENT_LIMIT_BYTES)
    assert len(text.encode()) <= COMMENT_LIMIT_BYTES
    counted = [row.split(" | ") for row in rows(text)]
    assert len(counted) == 51
    assert sum(int(row[1].replace(",", "")) for row in counted) == 2000
    assert "the others are counted by scenario and check" in text


def test_what_fits_in_no_way_is_trimmed_between_lines_and_says_so() -> None:
    suite = suite_of(*[replace(failing(), scenario=f"s{i}") for i in range(2000)])
    text = render_markdown(suite, limit_bytes=COMMENT_LIMIT_BYTES)
    assert len(text.encode()) <= COMMENT_LIMIT_BYTES
    assert text.startswith("## ✗ fail: 2000 of 2000 cells failed")
    shown = len(rows(text))
    assert 100 < shown < 2000
    assert f"**Trimmed:** {2000 - shown:,} more lines of the table" in text
    assert text.endswith("the page and verdict.json have them.\n")


def test_what_fits_is_not_shortened() -> None:
    assert "**Shortened" not in render_markdown(every_kind())


def test_hostile_text_stays_text() -> None:
    text = render_markdown(suite_of(passing(scenario=HOSTILE, reason=f"@everyone {HOSTILE}")))
    outside = re.sub(r"(`+).*?\1", "", text)
    assert "<script" not in outside
    assert "@everyone" not in outside
    assert len(rows(text)) == 1
    assert "\x1b" not in text


@given(st.text())
def test_an_escaped_text_is_one_line_without_live_markup(text: str) -> None:
    written = escape(text)
    assert len(written.splitlines()) <= 1
    assert not re.search(r"[<>@]|(?<!\\)(?:\\\\)*[`*|\[\]]", written)


@given(st.text(alphabet="`| a\n\\"))
def test_a_code_span_closes_where_it_should(text: str) -> None:
    written = code(text)
    fence = re.match("`+", written)
    assert fence is not None
    inside = written[len(fence[0]) : -len(fence[0])]
    assert written.endswith(fence[0])
    assert fence[0] not in re.findall("`+", inside)
    assert text.replace("\n", "�") in inside
