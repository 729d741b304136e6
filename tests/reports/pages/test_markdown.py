"""The Markdown summary: complete while it fits, honest about it when it does not."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from reports.pages.markdown import code, escape, render_markdown
from tests.reports.report_samples import (
    HOSTILE,
    every_kind,
    expected_failure,
    failing,
    loss_that_did_not_appear,
    missing,
    passing,
    suite_of,
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


def test_findings_that_did_not_pass_come_with_figures_and_commands() -> None:
    text = render_markdown(
        every_kind(), reproduce={failing().name: "harness run x"}, runs_at="runs/s"
    )
    assert "(measured 3 impressions, target 0 impressions, n = 40)" in text
    assert "`harness explain runs/s/short-outage/20261122T190613-7 visitor-0001:artwork-0021`" in (
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


def test_far_too_long_is_trimmed_between_lines_and_says_so() -> None:
    from msgspec.structs import replace

    suite = suite_of(*[replace(failing(), seed=i) for i in range(2000)])
    text = render_markdown(suite)
    assert len(text.encode()) <= 1_000_000
    assert text.endswith("the page and verdict.json have the rest.\n")
    assert text.startswith("## ✗ fail: 2000 of 2000 cells failed")
    full = render_markdown(suite, limit_bytes=10**9)
    body = text.partition("\n\n**Trimmed:**")[0]
    assert "**Trimmed:**" not in full
    assert set(body.splitlines()) - set(full.splitlines()) == {
        line for line in body.splitlines() if line.startswith("**Shortened:**")
    }


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
