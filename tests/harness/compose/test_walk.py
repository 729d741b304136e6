"""A walk where a part is missing is a cell that was not run, with its fix."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import AsyncMock

import pytest

from harness.compose import walk
from harness.ledger.plan import PlannedCell, SuiteOptions
from harness.ledger.stored import read_plan
from harness.process.processes import Processes
from reports.judging.judge import judge_suite
from reports.verdict.verdict import Verdict
from scenarios.concurrency.walker import WALK_FILE, read_walks, walk_of
from tests.scenarios.catalogue.asking import Lacking


def order_of(tmp_path: Path, *, most: int = 0) -> walk.WalkOrder:
    return walk.WalkOrder(
        walk=walk_of("chromium", seed=7, number=3, length=12, file=None),
        browser="chromium",
        most=most,
        out=tmp_path,
        command="harness walk --seed 7 --walk 3",
        options=SuiteOptions(),
    )


@pytest.mark.asyncio
async def test_without_a_part_nothing_is_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "ThisMachine", lambda: Lacking({"toxiproxy": "get it"}))
    with Processes() as processes:
        walked = await walk.walk_and_shrink(order_of(tmp_path), processes, lambda line: None)
    assert not walked.interrupted
    [cell] = read_plan(walked.directory).cells
    assert cell.not_run is not None
    assert cell.not_run.fix == "get it"
    assert (cell.plan.arm["walk"], cell.plan.arm["try"], cell.plan.seed) == ("3", "001", 7)
    assert judge_suite(walked.directory).suite.verdict is Verdict.NOT_RUN


@pytest.mark.asyncio
async def test_a_walk_that_fails_is_shrunk_and_the_report_shows_the_whole_and_the_smallest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here a walk fails if it shows artworks in two steps at least."""

    @asynccontextmanager
    async def on_a_stack(
        cell: PlannedCell, directory: Path, *more: object
    ) -> AsyncIterator[SimpleNamespace]:
        run = directory / cell.run
        run.mkdir(parents=True)
        yield SimpleNamespace(directory=run)

    def judged(directory: Path) -> SimpleNamespace:
        [walked] = read_walks(directory / WALK_FILE)
        fails = sum(bool(step.artworks) for step in walked.steps) >= 2
        verdict = Verdict.FAIL if fails else Verdict.PASS
        finding = SimpleNamespace(check="nothing_lost", verdict=verdict)
        return SimpleNamespace(
            cell=SimpleNamespace(verdict=verdict, reason="as planned", findings=[finding])
        )

    monkeypatch.setattr(walk, "ThisMachine", Lacking)
    monkeypatch.setattr(walk, "run_on_a_stack", on_a_stack)
    monkeypatch.setattr(walk, "walk_all", AsyncMock())
    monkeypatch.setattr(walk, "judge_run", judged)
    order, lines = order_of(tmp_path, most=60), list[str]()
    assert sum(bool(step.artworks) for step in order.walk.steps) > 2
    with Processes() as processes:
        walked = await walk.walk_and_shrink(order, processes, lines.append)
    [smallest] = read_walks(walked.directory / walk.SMALLEST_FILE)
    assert sum(bool(step.artworks) for step in smallest.steps) == 2
    whole, shrunk = read_plan(walked.directory).cells
    assert (whole.plan.arm["try"], whole.plan.arm["steps"]) == ("001", str(len(order.walk.steps)))
    assert shrunk.plan.arm["steps"] == str(len(smallest.steps))
    kept = {path.parent for path in walked.directory.rglob(WALK_FILE)}
    assert kept == {walked.directory / whole.run, walked.directory / shrunk.run}
    assert any(line.startswith("again: harness walk --steps ") for line in lines)
