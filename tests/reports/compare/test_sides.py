"""Two directories: suites and runs with each other, experiments with experiments."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import LedgerDamaged, LedgerUnreadable, UsageError
from harness.ledger.experiment import EXPERIMENT_FILE, block_directory
from reports.compare.compare import compare
from reports.compare.sides import read_sides
from tests.reports.compared import suite, visits
from tests.reports.stored_experiments import plan_of, store


def experiment(directory: Path) -> Path:
    store(directory, plan_of(), {"a": [80.0 + n for n in range(9)], "b": [100.0] * 9})
    return directory


def test_a_suite_beside_one_of_its_runs(tmp_path: Path) -> None:
    whole = suite(tmp_path / "suite", *visits(0, 0))
    record = compare(read_sides(whole, whole / "cells/0"))
    assert (record.a.kind, record.b.kind) == ("suite", "run")
    assert (record.a.cells, record.b.cells, record.common) == (2, 1, 1)
    assert record.outcome == "undecided", "the run recorded nothing of its machine but its CPUs"


def test_two_experiments(tmp_path: Path) -> None:
    one, other = experiment(tmp_path / "a"), experiment(tmp_path / "b")
    record = compare(read_sides(one, other))
    assert (record.a.kind, record.a.name, record.a.cells) == ("experiment", "size", 9)
    assert record.outcome == "no difference"


def test_an_experiment_beside_a_suite_is_refused_before_anything_is_judged(tmp_path: Path) -> None:
    one = experiment(tmp_path / "a")
    for pair in ((one, tmp_path), (tmp_path, one)):
        with pytest.raises(UsageError, match=f"only {one} is an experiment"):
            read_sides(*pair)


def test_what_is_neither(tmp_path: Path) -> None:
    one = suite(tmp_path / "a", *visits(0))
    for other in (tmp_path, tmp_path / "nothing", one / "plan.json"):
        with pytest.raises(LedgerUnreadable, match="is neither a run nor a suite directory"):
            read_sides(one, other)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 99}', '{"format": 2}'])
def test_a_damaged_plan_is_one_line(tmp_path: Path, content: str) -> None:
    one, other = (suite(tmp_path / name, *visits(0)) for name in "ab")
    (other / "plan.json").write_text(content)
    with pytest.raises(LedgerUnreadable) as error:
        read_sides(one, other)
    assert "plan.json" in error.value.line
    assert "\n" not in error.value.line


def test_a_damaged_experiment_is_one_line(tmp_path: Path) -> None:
    one, other = experiment(tmp_path / "a"), experiment(tmp_path / "b")
    (other / EXPERIMENT_FILE).write_text("{}")
    with pytest.raises(LedgerDamaged, match=EXPERIMENT_FILE):
        read_sides(one, other)


def test_a_damaged_run_of_a_suite_leaves_the_others(tmp_path: Path) -> None:
    one, other = (suite(tmp_path / name, *visits(0, 0)) for name in "ab")
    (other / "cells/1/run.json").write_text("{")
    record = compare(read_sides(one, other))
    assert record.outcome == "undecided"
    assert [found.change for found in record.verdicts] == ["undecided"]


def test_blocks_of_both_experiments_are_judged_anew_and_stay_as_they_are(
    tmp_path: Path, judged: list[Path]
) -> None:
    for side in ("a", "b"):
        store(tmp_path / side, plan_of(blocks=1), {"a": [1], "b": [10]})
    files = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.json")}
    compare(read_sides(tmp_path / "a", tmp_path / "b"))
    assert judged == [block_directory(tmp_path / side, 1) for side in ("a", "b")]
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.json")} == files
