"""Block after block: looks, blocks that are cut short, and going on."""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.compose.experiments import blocks
from harness.compose.experiments.blocks import Equipment, run_blocks
from harness.core.errors import HarnessError
from harness.ledger.experiment import ExperimentPlan, block_directory, write_experiment
from harness.ledger.json_files import write_record
from harness.ledger.plan import PlannedCell, SuiteEnd, write_plan, write_suite_end
from reports.experiments.result import Result
from reports.experiments.slots import VERDICT_FILE
from reports.verdict.verdict import Cell, SuiteVerdict, Verdict
from scenarios.catalogue.declare import load_all
from tests.reports.stored_experiments import LOAD, MEASURE, cell_of, plan_of, undecided

TWO_LOOKS = ((9, 0.01), (18, 0.045))


class Machine:
    def fix(self, part: str) -> str | None:
        return None


class World:
    """Suites that take no time: what each block's arms measure, and where it breaks."""

    def __init__(self, directory: Path, plan: ExperimentPlan, **figures: float) -> None:
        self.directory, self.plan, self.figures = directory, plan, figures
        self.ran: list[int] = []
        self.broken_at: Mapping[int, Callable[[], SuiteEnd]] = {}
        self.unknown: Collection[str] = ()

    def run_suite(self, where: Path, suite: Any, *_: object, **__: object) -> bool:
        number = int(where.name.rpartition("-")[2])
        self.ran.append(number)
        write_plan(where, suite)
        end = self.broken_at.get(number, lambda: SuiteEnd(interrupted=False))()
        write_suite_end(where, end)
        return end.interrupted

    def judge_block(self, directory: Path, number: int) -> SuiteVerdict:
        cells: list[Cell] = []
        for arm in self.plan.orders[number - 1]:
            noise = 1 + 0.001 * (number % 5)
            cell = cell_of(self.plan, number, LOAD, arm, **{MEASURE: self.figures[arm] * noise})
            cells.append(undecided(cell) if arm in self.unknown else cell)
        suite = SuiteVerdict(
            verdict=Verdict.PASS,
            reason="",
            suite="a block",
            started="",
            duration_s=1.0,
            command="",
            cells=tuple(cells),
        )
        write_record(block_directory(directory, number) / VERDICT_FILE, suite)
        return suite

    def run(self) -> tuple[bool, list[Result]]:
        """Run the blocks; return whether that was interrupted, and the results of the looks."""
        results: list[Result] = []
        ground = Equipment(
            processes=None,  # type: ignore[arg-type]
            known=load_all(),
            machine=Machine(),
            database_url=None,
        )
        interrupted = run_blocks(
            self.directory, self.plan, ground, show=shown, looked=results.append
        )
        return interrupted, results


@contextmanager
def shown(number: int, cells: Sequence[PlannedCell]) -> Iterator[Callable[[Any], None]]:
    yield lambda progress: None


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    plan = plan_of(blocks=18, looks=TWO_LOOKS)
    write_experiment(tmp_path, plan)
    world = World(tmp_path, plan, a=80.0, b=100.0)
    monkeypatch.setattr(blocks, "run_suite", world.run_suite)
    monkeypatch.setattr(blocks, "judge_block", world.judge_block)
    monkeypatch.setattr(blocks, "canary_s", lambda: 0.1)
    return world


def test_it_ends_at_the_first_look_that_decides(world: World) -> None:
    interrupted, [result] = world.run()
    assert not interrupted
    assert world.ran == list(range(1, 10))
    assert [c.verdict for c in result.comparisons] == ["better"]


def test_it_goes_on_to_the_last_look_while_nothing_is_decided(world: World) -> None:
    world.figures = {"a": 105.0, "b": 100.0}
    _, results = world.run()
    assert world.ran == list(range(1, 19))
    assert [len(result.blocks) for result in results] == [9, 18]


def test_ctrl_c_ends_it_and_what_is_complete_stays(world: World) -> None:
    world.broken_at = {4: lambda: SuiteEnd(interrupted=True)}
    assert world.run() == (True, [])
    world.broken_at = {}
    interrupted, _ = world.run()
    assert not interrupted
    assert world.ran == [1, 2, 3, 4, *range(4, 10)]
    cut = block_directory(world.directory, 4).with_name("block-004.cut-1")
    assert (cut / "plan.json").exists()  # what it had measured is still there


def test_a_block_that_did_not_finish_says_how_to_go_on(world: World) -> None:
    world.broken_at = {2: lambda: SuiteEnd(interrupted=False, trouble="pytest ended with 3: x")}
    with pytest.raises(HarnessError, match="block 2 did not finish: pytest ended with 3") as ended:
        world.run()
    assert f"--resume {world.directory}" in ended.value.hint


def test_a_full_disk_says_how_to_go_on(world: World) -> None:
    def full() -> SuiteEnd:
        raise OSError(errno.ENOSPC, "No space left on device")

    world.broken_at = {3: full}
    with pytest.raises(HarnessError, match="block 3 did not finish: No space left") as ended:
        world.run()
    assert "--resume" in ended.value.hint
    world.broken_at = {}
    assert world.run()[0] is False


def test_two_blocks_that_yield_nothing_end_it(world: World) -> None:
    world.unknown = ("a", "b")
    with pytest.raises(HarnessError, match="no slot of 2 blocks in a row counts") as ended:
        world.run()
    assert "the generator was late" in ended.value.line
    assert world.ran == [1, 2]


def test_an_arm_that_never_starts_does_not_keep_the_others_waiting(world: World) -> None:
    world.unknown = ("a",)
    interrupted, [result] = world.run()
    assert not interrupted
    assert world.ran == list(range(1, 10))
    assert not result.is_decided
    [left_out] = result.undecided
    assert (left_out.arm, left_out.reasons) == ("a", {"the generator was late": 9})
