"""The profile as text: phases with their shares, then the slowest cells."""

from __future__ import annotations

from reports.judging.profile import CellTime, TimeProfile
from reports.pages.profile import profile_lines


def cell(name: str, took_s: float, **phases: float) -> CellTime:
    return CellTime(
        scenario=name,
        arm="browser=chromium",
        seed=1,
        matrix="browsers",
        took_s=took_s,
        planned_s=20.0,
        phases=phases,
    )


def test_each_phase_has_its_seconds_a_cell_and_its_share() -> None:
    cells = (cell("a", 8.0, start=2.0, scenario=6.0), cell("b", 12.0, start=2.0, scenario=10.0))
    lines = list(profile_lines(TimeProfile(suite_s=10.0, cells=cells, without_end=1)))
    assert lines[0] == "2 cells, 20.0 s together; the suite took 10.0 s, 2.0 of them at a time"
    assert "1 more have no end" in lines[1]
    shown = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    assert shown["start"] == ["2.00", "20%"]
    assert shown["scenario"] == ["8.00", "80%"]
    assert shown["together"] == ["10.00", "100%"]
    assert [line.split()[4] for line in lines[-2:]] == ["b", "a"]


def test_cells_without_phases_are_counted_and_left_out_of_the_table() -> None:
    cells = (cell("a", 8.0, scenario=8.0), cell("old", 4.0))
    lines = list(profile_lines(TimeProfile(suite_s=None, cells=cells)))
    assert "1 of them have no phases" in lines
    assert any(line.split() == ["together", "8.00", "100%"] for line in lines)


def test_a_suite_of_which_no_cell_ended_shows_nothing() -> None:
    assert list(profile_lines(TimeProfile(suite_s=1.0, cells=(), without_end=3))) == [
        "no cell ended: nothing to show"
    ]
