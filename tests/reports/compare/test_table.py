"""A comparison in a terminal: what is unsafe first, the outcome last, no markup obeyed."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from reports.compare.compare import compare
from reports.compare.record import ComparedRecord
from reports.compare.sides import read_sides
from reports.compare.table import print_compared
from tests.reports.compared import FACTS, compared, experiments, suite, visits
from tests.reports.experiment_builder import four_arms
from tests.reports.report_samples import HOSTILE


def printed(record: ComparedRecord, *, width: int = 200, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    print_compared(record, Console(file=file, width=width, _environ={}))
    return raw.getvalue().decode(encoding)


def test_what_makes_it_unsafe_comes_first_and_the_outcome_last(tmp_path: Path) -> None:
    a = suite(tmp_path / "a", *visits(0))
    b = suite(tmp_path / "b", *visits(1), facts=FACTS | {"cpus": "9"})
    lines = printed(compare(read_sides(a, b))).splitlines()
    assert lines[0] == "! These two differ in: number of CPUs; latencies are not comparable"
    assert lines[1].startswith("A: suite s,")
    assert lines[-1].startswith("B is worse: ")
    assert any(line.startswith("! number of CPUs") for line in lines)
    assert any(line.startswith("✗ new in B") for line in lines)


def test_rows_that_say_nothing_are_counted(tmp_path: Path) -> None:
    text = printed(compared(tmp_path, visits(0), visits(0)))
    assert "1 more row in --json or --page FILE: without a loss" in text


def test_of_an_experiment_the_deciding_figure_is_shown(tmp_path: Path) -> None:
    record = experiments(tmp_path, four_arms(), four_arms())
    text = printed(record)
    assert text.count("load response p95") == 3
    assert "shown to durable p95" not in text
    assert "6 more rows in --json or --page FILE: intervals that overlap" in text


def test_a_plain_terminal_and_a_narrow_one(tmp_path: Path) -> None:
    record = compared(tmp_path, visits(0), visits(1))
    assert "x new in B" in printed(record, encoding="ascii")
    assert "…" not in printed(record, width=60)


def test_a_hostile_name_is_printed_as_it_is(tmp_path: Path) -> None:
    name = f"[red]visit[/red] :smile: {HOSTILE}"
    text = printed(
        compared(tmp_path, visits(0, scenario=name), visits(1, scenario=name)), width=900
    )
    assert "[red]visit[/red] :smile:" in text
    assert "\x1b" not in text
    assert "\x00" not in text
