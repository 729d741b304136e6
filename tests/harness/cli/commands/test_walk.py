"""`harness walk` walks what its seed or a file says, and judges it like any run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.commands import walk as command
from harness.compose.directory import make_suite_directory, suite_end, suite_plan
from harness.compose.walk import Walked, WalkOrder
from harness.core.errors import ExitCode, UsageError
from harness.ledger.plan import write_plan
from harness.process.processes import Processes
from scenarios.concurrency.walker import walk_cell, walk_of, write_walks
from tests.scenarios.catalogue.asking import Lacking


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[WalkOrder]:
    """Return what was ordered; each order ends as interrupted."""
    found: list[WalkOrder] = []

    async def walk_nothing(
        order: WalkOrder, processes: Processes, say: Callable[[str], None]
    ) -> Walked:
        found.append(order)
        directory = make_suite_directory(order.out, "walk")
        cell = walk_cell(order.walk, order.browser, 1, Lacking())
        write_plan(directory, suite_plan("walk", order.command, [cell], order.options))
        with suite_end(directory) as end:
            end.interrupt()
        return Walked(directory, end.interrupted)

    monkeypatch.setattr(command, "walk_and_shrink", walk_nothing)
    return found


def invoke(out: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command.walk_command, [*arguments, "--out", str(out)])


def test_a_walk_is_drawn_from_the_seed_and_its_number(
    orders: list[WalkOrder], tmp_path: Path
) -> None:
    done = invoke(tmp_path, "--seed", "7", "--walk", "3", "--length", "5")
    assert done.exit_code == ExitCode.INTERRUPTED
    [order] = orders
    assert order.walk == walk_of("chromium", seed=7, number=3, length=5, file=None)
    assert order.most == 40
    invoke(tmp_path, "--no-shrink")
    assert orders[-1].most == 0


def test_of_a_file_with_several_walks_one_must_be_named(
    orders: list[WalkOrder], tmp_path: Path
) -> None:
    walks = [walk_of("chromium", seed=7, number=n, length=5, file=None) for n in (2, 4)]
    file = tmp_path / "walk.json"
    write_walks(file, walks)
    done = invoke(tmp_path, "--steps", str(file))
    assert isinstance(done.exception, UsageError)
    assert "--walk takes 2, 4" in done.exception.line
    invoke(tmp_path, "--steps", str(file), "--walk", "4")
    assert [order.walk for order in orders] == [walks[1]]
