"""The terminal's table: the same words with and without colour, nothing cut off."""

from __future__ import annotations

import io

import pytest
from msgspec.structs import replace
from rich.console import Console

from reports.pages.table import print_table
from reports.verdict.verdict import NotRunKind, SuiteVerdict
from tests.reports.report_samples import (
    HOSTILE,
    every_kind,
    expected_failure,
    failing,
    loss_that_did_not_appear,
    missing,
    never_executed,
    passing,
    suite_of,
)


def printed(
    suite: SuiteVerdict, *, width: int = 100, encoding: str = "utf-8", **options: object
) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    print_table(suite, Console(file=file, width=width, _environ={}, **options))  # type: ignore[arg-type]
    return raw.getvalue().decode(encoding)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_every_cell_its_reason_and_the_verdict_last() -> None:
    text = printed(every_kind(), width=240)
    assert text.index("short-outage") < text.index("steady-load") < text.index("slow-network")
    assert "fix: harness setup toxiproxy" in flat(text)
    assert "cells: 6 planned, 4 started, 3 finished, 3 decided" in text
    assert "3 lost_acked" in text
    assert text.splitlines()[-1] == f"✗ fail: {every_kind().reason}"


def test_an_expected_failure_stands_apart_after_those_that_gate() -> None:
    suite = suite_of(passing(), expected_failure(), failing(), loss_that_did_not_appear())
    text = flat(printed(suite, width=200))
    assert "⊗ expected fail" in text
    assert text.index("short-outage") < text.index("closed-tab") < text.index("sudden-crash")
    assert text.index("sudden-crash") < text.index("first-visit")
    assert "news: the expected loss did not appear" in text
    assert "~ expected fail" in printed(suite, width=200, encoding="ascii")


def test_without_colour_there_are_no_escapes_and_the_same_words() -> None:
    plain = printed(every_kind(), no_color=True, force_terminal=False)
    assert "\x1b" not in plain
    coloured = printed(every_kind(), force_terminal=True, color_system="truecolor")
    assert "\x1b[" in coloured
    assert "✗ fail" in plain


@pytest.mark.parametrize("width", [72, 80, 200])
def test_nothing_is_cut_off(width: int) -> None:
    text = printed(every_kind(), width=width)
    assert "…" not in text
    table = text.partition("impressions:")[0].splitlines()
    assert max(map(len, table)) <= width
    for word in ("transport=toxiproxy", "unknown", "29.9 s"):
        assert word in text


def test_a_terminal_without_unicode_gets_plain_letters() -> None:
    text = printed(every_kind(), encoding="ascii")
    assert "x fail" in text
    assert "+ pass" in text


def test_text_that_looks_like_markup_is_printed_as_it_is() -> None:
    text = printed(suite_of(passing(scenario="[bold red]:smile: " + HOSTILE)), width=200)
    assert "[bold red]:smile:" in text
    assert "\x1b" not in text


def test_an_interrupted_suite_and_a_cell_without_result_say_so() -> None:
    text = printed(suite_of(passing(), never_executed(), interrupted=True))
    assert text.splitlines()[-1].startswith("✓ pass so far: ")
    assert text.splitlines()[-1].endswith("(interrupted)")
    assert "planned, but never executed" in flat(text)


def test_nothing_planned_and_nothing_run_are_reported() -> None:
    assert "· not run: no cell was planned" in printed(suite_of())
    assert "none of the 1 planned cells could run" in flat(printed(suite_of(missing())))


def test_what_was_left_for_another_time_is_counted_and_not_listed() -> None:
    left = replace(missing(), scenario="tomorrow", not_run=NotRunKind.BUDGET, fix="")
    text = printed(suite_of(passing(), left, replace(left, seed=2)), width=120)
    assert "left for another time, shard or cell: 2 cells, each in the report" in text
    assert "tomorrow" not in text
    assert "left for another" not in printed(suite_of(passing(), missing()))
    assert "left for another time, shard or cell: 1 cells" in printed(suite_of(left))
