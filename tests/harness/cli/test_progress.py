"""What is shown while a suite runs: lines where there is no terminal, the load's figures too."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from rich.console import Console

from harness.cli import progress as progress_module
from harness.cli.progress import load_lines, show_progress
from harness.compose.suite import state_of
from harness.core.phases import Span
from harness.ledger.json_files import write_record
from harness.ledger.plan import PlannedCell
from harness.ledger.rundir import (
    END_FILE,
    LOAD_FILE,
    PHASES_FILE,
    RUN_FILE,
    RunPhases,
    RunPlan,
)
from reports.verdict.verdict import Cell, Verdict

LOAD = {
    "phase": "sending",
    "offered_per_s": 1666.9,
    "achieved_per_s": 1650.2,
    "in_flight": 12,
    "p50_ms": 2.01,
    "p95_ms": 8.5,
    "p99_ms": 30.0,
    "failed": 7,
    "capped": 2,
    "queue": 3,
    "database_cpu": 0.234,
    "left_s": 61.3,
}
CELL = PlannedCell(
    plan=RunPlan(scenario="many_sessions", arm={"workload": "scale"}, seed=1),
    node="n",
    about_s=200,
    budget_s=900,
)


def test_a_load_says_all_seven_things() -> None:
    text = " · ".join(load_lines(LOAD))
    for part in (
        "1650 of 1667 requests/s",
        "12 in flight",
        "p50/95/99 2.0/8.5/30.0 ms",
        "7 failed, 2 over the cap",
        "queue 3",
        "database 23 %",
        "61 s left",
    ):
        assert part in text
    assert all(len(line) < 80 for line in load_lines(LOAD))


def test_what_is_not_known_is_not_zero() -> None:
    nothing = {**LOAD, "p50_ms": None, "queue": None, "database_cpu": None, "left_s": 0.0}
    text = " · ".join(load_lines({**nothing, "phase": "draining"}))
    assert "p50/95/99 –/8.5" in text
    assert "queue – · database – · draining" in text
    assert load_lines({"phase": "signing in"}) == ["load: signing in"]


def test_a_running_cell_s_load_is_read_and_becomes_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 3.0
    monkeypatch.setattr(progress_module, "time", SimpleNamespace(monotonic=lambda: seconds))
    run = tmp_path / CELL.run
    run.mkdir(parents=True)
    (run / RUN_FILE).write_text("{}")
    (run / LOAD_FILE).write_text(json.dumps(LOAD))
    progress = state_of(tmp_path, [CELL])
    assert progress.loads == [LOAD]
    heard = io.StringIO()
    with show_progress(Console(file=heard), [CELL]) as watch:
        watch(progress)
        seconds += progress_module.LOAD_EVERY_S - 0.1
        watch(progress)
        lines = heard.getvalue().splitlines()
        assert len(lines) == 2, "a line a cell, and a load's figures every ten seconds only"
        seconds += 0.1
        watch(progress)
    assert heard.getvalue().splitlines() == [*lines, lines[1]]
    assert "1650 of 1667 requests/s" in lines[1]
    (run / LOAD_FILE).write_text('{"half')
    assert state_of(tmp_path, [CELL]).loads == []


def test_details_are_lines_on_a_terminal_too_and_say_where_time_went(tmp_path: Path) -> None:
    run = tmp_path / CELL.run
    run.mkdir(parents=True)
    (run / RUN_FILE).write_text("{}")
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, highlight=False)
    with show_progress(console, [CELL], details_of=tmp_path) as watch:
        (run / END_FILE).write_text("{}")
        watch(state_of(tmp_path, [CELL]))
        assert "ended: many_sessions" in text.getvalue()
        assert "settling" not in text.getvalue(), "the phases are not written yet"
        spans = (Span("stack", 0, 1_500_000_000), Span("settling", 1_500_000_000, 4_000_000_000))
        write_record(run / PHASES_FILE, RunPhases(phases=spans))
    assert f"  stack 1.5 s, settling 2.5 s; {run}" in text.getvalue()
    assert text.getvalue().count("settling") == 1


def test_a_line_says_the_verdict_of_each_cell_as_soon_as_it_is_judged(tmp_path: Path) -> None:
    cells = [replace(CELL, plan=replace(CELL.plan, seed=seed)) for seed in (1, 2, 3)]
    for cell in cells[:2]:
        (tmp_path / cell.run).mkdir(parents=True)
        (tmp_path / cell.run / RUN_FILE).write_text("{}")
        (tmp_path / cell.run / END_FILE).write_text("{}")
    reason = "nothing_lost: 3 of 40 have no row"
    judged: dict[int, Cell] = {}
    heard = io.StringIO()
    console = Console(file=heard, width=20)
    with show_progress(console, cells, found=lambda cell: judged.get(cell.plan.seed)) as watch:
        watch(state_of(tmp_path, cells))
        assert "/3" not in heard.getvalue(), "neither has a verdict yet"
        judged[2] = Cell(
            scenario="many_sessions", arm="", seed=2, verdict=Verdict.FAIL, reason=reason
        )
        for _ in range(2):
            watch(state_of(tmp_path, cells))
        name = "many_sessions [workload=scale] seed"
        assert heard.getvalue().splitlines()[2:] == [
            f"1/3 fail: {name} 2; about 3 min 20 s left",
            f"  {reason}",
        ]
        judged[1] = Cell(scenario="many_sessions", arm="", seed=1, verdict=Verdict.PASS, reason="x")
    assert heard.getvalue().splitlines()[4:] == [f"2/3 pass: {name} 1"]


def test_a_failure_that_is_known_beforehand_is_called_one(tmp_path: Path) -> None:
    (tmp_path / CELL.run).mkdir(parents=True)
    for file in (RUN_FILE, END_FILE):
        (tmp_path / CELL.run / file).write_text("{}")
    known = Cell(
        scenario="many_sessions", arm="", seed=1, verdict=Verdict.FAIL, reason="lost", gates=False
    )
    heard = io.StringIO()
    console = Console(file=heard, width=20)
    with show_progress(console, [CELL], found=lambda _: known) as watch:
        watch(state_of(tmp_path, [CELL]))
    assert "1/1 expected fail: many_sessions" in heard.getvalue()
    assert "  lost" in heard.getvalue().splitlines()


def test_a_cell_that_no_worker_judged_has_ended_all_the_same(tmp_path: Path) -> None:
    planted = replace(CELL, plan=replace(CELL.plan, arm={"defect": "no_insert"}))
    for cell in (CELL, planted):
        (tmp_path / cell.run).mkdir(parents=True)
        (tmp_path / cell.run / RUN_FILE).write_text("{}")
        (tmp_path / cell.run / END_FILE).write_text("{}")
    heard = io.StringIO()
    with show_progress(
        Console(file=heard, width=20), [CELL, planted], found=lambda cell: None
    ) as watch:
        watch(state_of(tmp_path, [CELL, planted]))
        assert "1/2 ended: many_sessions [defect=no_insert]" in heard.getvalue()
        assert "2/2" not in heard.getvalue()
    assert "2/2 ended: many_sessions [workload=scale]" in heard.getvalue()
