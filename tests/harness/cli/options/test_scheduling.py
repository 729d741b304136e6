"""What the options about scheduling make of a plan, and how it is described."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.cli.options.scheduling import Schedule, dry_run_lines, expected_line
from harness.compose.scheduling.selecting import Shard
from harness.core.errors import UsageError
from tests.harness.compose.scheduling.cells import cell, names, stored

CELLS = [cell("a", 100.0), cell("b", 50.0), cell("c", 60.0, alone=True), cell("d", lacks="x")]


def schedule(**given: object) -> Schedule:
    usual = {
        "budget_min": None,
        "shard": None,
        "grep": "",
        "last_failed": False,
        "dry_run": False,
        "resume": None,
        "yes": False,
    }
    return Schedule(**{**usual, **given})  # type: ignore[arg-type]


def test_without_options_every_cell_runs_and_none_is_a_shard_s(tmp_path: Path) -> None:
    found = schedule().of(CELLS, tmp_path, target="t", at_once=1)
    assert (names(found.cells), found.own) == (["a", "b", "c"], ())


def test_a_shard_owns_what_its_budget_leaves_out_too(tmp_path: Path) -> None:
    found = schedule(shard=Shard(1, 1), budget_min=1.0).of(CELLS, tmp_path, target="t", at_once=1)
    assert len(found.own) == 3
    assert len(names(found.cells)) == 1


def test_what_failed_last_is_looked_for_in_the_latest_suite(tmp_path: Path) -> None:
    suite = stored(tmp_path / "20260101T000000Z-1-s", CELLS[:2], lossy_one="b")
    (tmp_path / "latest").symlink_to(suite.name)
    found = schedule(last_failed=True).of(CELLS, tmp_path, target="t", at_once=1)
    assert names(found.cells) == ["b"]
    stored(tmp_path / "fixed", CELLS[:2])
    (tmp_path / "latest").unlink()
    (tmp_path / "latest").symlink_to("fixed")
    with pytest.raises(UsageError, match=r"nothing failed in .*fixed"):
        schedule(last_failed=True).of(CELLS, tmp_path, target="t", at_once=1)


def test_a_cell_that_a_greater_one_answers_is_not_run_unless_cells_are_chosen(
    tmp_path: Path,
) -> None:
    two, ten = (
        replace(one, plan=replace(one.plan, arm={"walks": walks}))
        for one, walks in ((cell("walk"), "2"), (cell("walk"), "10"))
    )

    def ran(**given: object) -> list[str]:
        found = schedule(**given).of(
            [two, ten], tmp_path, target="t", at_once=1, grows_with={"walk": "walks"}
        )
        return [one.plan.arm["walks"] for one in found.cells if one.not_run is None]

    assert ran() == ["10"]
    assert ran(budget_min=60.0) == ["10"]
    assert ran(grep="walk") == ["2", "10"]


def test_a_suite_s_own_budget_holds_unless_another_is_given() -> None:
    assert schedule().with_budget(60.0).budget_min == 60.0
    assert schedule(budget_min=5.0).with_budget(60.0).budget_min == 5.0
    assert schedule().with_budget(None).budget_min is None


def test_the_line_says_how_many_run_how_long_and_what_is_left_out() -> None:
    assert expected_line(CELLS, 2) == (
        "3 of 4 cells run, about 2 min 48 s with -n 2 (1 unsupported)"
    )
    assert expected_line(CELLS, 2, "2 cores") == (
        "3 of 4 cells run, about 2 min 48 s with -n 2 (2 cores) (1 unsupported)"
    )
    assert expected_line(CELLS[3:], 1) == "0 of 1 cells run, no time with -n 1 (1 unsupported)"


def test_the_plan_is_shown_by_scenario() -> None:
    lines = list(dry_run_lines(CELLS[1:]))
    assert lines[0].split() == ["1", "of", "1", "50.0", "s", "b"]
    assert lines[1].split() == ["50.0", "s", "b", "[preset=durable]", "seed", "1"]
    assert "alone" in lines[2]
    assert lines[4].split() == ["0", "of", "1", "–", "d"]
    assert lines[5].split(maxsplit=3) == ["1", "not", "run:", "x"]
    assert len(lines) == 6
