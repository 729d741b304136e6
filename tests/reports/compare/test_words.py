"""Rows and sentences of a comparison."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from reports.compare.record import FigureCompared
from reports.compare.words import side_sentence, tables
from tests.reports.compared import FACTS, compared, experiments, visits
from tests.reports.experiment_builder import four_arms
from tests.reports.report_samples import HOSTILE


def test_tables_come_in_the_order_in_which_they_are_read(tmp_path: Path) -> None:
    a = visits(0, 1)
    b = [*visits(2, 1), *visits(0, scenario="other")]
    found = tables(compared(tmp_path, a, b))
    assert [one.title for one in found] == [
        "What differs around them",
        "What was lost",
        "Verdicts that changed",
        "Checks, and what they measured",
        "Latencies and other figures",
        "Only one has",
    ]
    losses = found[1].rows
    assert losses[0].cells[0] == "✗ new in B"
    assert losses[0].tone == "bad"
    assert losses[0].cells[2] == "0 of 20 lost"
    assert losses[0].cells[3].startswith("2 of 20 lost (1.2 % to ")
    assert "2 lost only in B, 0 only in A; only in B: ann/art018, ann/art019" in losses[0].cells[5]
    assert found[2].rows[0].cells[0] == "✗ worse"
    assert found[5].rows[0].cells == ("only in B", "other [preset=durable] seed 1")


def test_every_row_has_a_cell_a_column(tmp_path: Path) -> None:
    for record in (
        compared(tmp_path / "1", visits(0, 1), visits(2, 1)),
        experiments(tmp_path / "2", four_arms(), four_arms(lost={})),
    ):
        for one in tables(record):
            assert {len(row.cells) for row in one.rows} == {len(one.columns)}


def test_what_rows_share_is_shown_once(tmp_path: Path) -> None:
    record = experiments(tmp_path, four_arms(), four_arms())
    [figures] = [one for one in tables(record) if one.title.startswith("Latencies")]
    assert figures.hint.startswith("Each figure at its own level")
    assert {row.cells[-1] for row in figures.rows} == {""}


def test_figures_in_percent_and_in_their_unit(tmp_path: Path) -> None:
    record = compared(tmp_path, visits(0), visits(0))
    figure = FigureCompared(
        scenario="load",
        arm="50 against 200, in %",
        seeds="all blocks",
        figure="load_response_p95_ms",
        reading="higher",
        a=-8.25,
        b=1e9,
        a_interval=(-12.0, None),
        difference_percent=3.0,
        low_percent=1.0,
        high_percent=5.0,
        level=0.95,
    )
    own = replace(figure, arm="50", a=12.5, b=None, a_interval=(11.0, None), low_percent=None)
    shown = tables(replace(record, figures=(figure, own)))[-1].rows
    assert shown[0].cells[3:6] == ("−8.2 % (−12 % to any)", "any", "+3 % (95 %: +1 % to +5 %)")
    assert shown[1].cells[3:6] == ("12.5 ms (11 to any)", "never", "+3 %")


def test_figures_that_are_not_comparable_say_so(tmp_path: Path) -> None:
    record = compared(tmp_path, visits(0), visits(0))
    unsafe = replace(record, unsafe="These two differ in: CPUs; latencies are not comparable")
    [hint] = [one.hint for one in tables(unsafe) if one.title.startswith("Latencies")]
    assert hint.startswith("Not comparable: These two differ in: CPUs")


def test_a_side_in_a_line(tmp_path: Path) -> None:
    record = compared(tmp_path, visits(0), visits(0))
    assert side_sentence(record.a) == (f"suite s, 20260101T000000Z, 1 cell, pass: {tmp_path / 'a'}")
    hostile = replace(record.a, name=HOSTILE, started="", kind="experiment")
    assert "\x1b" not in side_sentence(hostile)
    assert "no date" in side_sentence(hostile)
    assert FACTS
