"""Shards become one suite: the same verdict, and nothing left out quietly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.compose.scheduling.merging import SHARD_FILE, merge
from harness.core.errors import LedgerDamaged, UsageError
from harness.ledger.history.context import SuiteContext, read_context, write_context
from harness.ledger.plan import SUITE_END_FILE
from harness.ledger.stored import read_plan
from reports.judging.judge import judge_suite
from reports.verdict.verdict import Verdict
from tests.harness.compose.scheduling.cells import cell, stored, stored_shard, with_facts

CELLS = [cell(name) for name in "abcde"] + [cell("never", lacks="no such thing")]


def shards(tmp_path: Path, count: int = 3, *, lossy_one: str = "") -> list[Path]:
    return [
        stored_shard(tmp_path / f"shard-{number}", CELLS, number, count, lossy_one=lossy_one)
        for number in range(1, count + 1)
    ]


def merged(tmp_path: Path, directories: list[Path]) -> Path:
    return merge(directories, tmp_path / "runs", command="harness merge")


@pytest.mark.parametrize("lossy_one", ["", "c"])
def test_shards_have_the_verdict_of_the_whole_suite(tmp_path: Path, lossy_one: str) -> None:
    whole = judge_suite(stored(tmp_path / "whole", CELLS, lossy_one=lossy_one)).suite
    one = judge_suite(merged(tmp_path, shards(tmp_path, lossy_one=lossy_one))).suite
    assert one.verdict is (Verdict.FAIL if lossy_one else Verdict.PASS)
    assert (one.verdict, one.reason, one.cells) == (whole.verdict, whole.reason, whole.cells)
    assert (one.started, one.facts, one.duration_s) == (whole.started, whole.facts, 30.0)


def test_the_order_of_the_shards_does_not_matter(tmp_path: Path) -> None:
    directories = shards(tmp_path)
    first = judge_suite(merged(tmp_path, directories)).suite.cells
    assert judge_suite(merge(directories[::-1], tmp_path / "b", command="")).suite.cells == first


def test_the_cells_of_a_missing_shard_are_unknown(tmp_path: Path) -> None:
    one, two, three = shards(tmp_path)
    suite = judge_suite(merged(tmp_path, [one, three])).suite
    lost = {c.scenario: c.reason for c in suite.cells if c.verdict is Verdict.UNKNOWN}
    assert set(lost) == {
        name.split()[0] for name in json.loads((two / SHARD_FILE).read_text())["own"]
    }
    assert set(lost.values()) == {"shard 2/3 is missing"}
    assert suite.verdict is Verdict.UNKNOWN
    never = next(c for c in suite.cells if c.scenario == "never")
    assert never.verdict is Verdict.NOT_RUN


def test_a_shard_that_was_cut_short_leaves_its_other_cells_unknown(tmp_path: Path) -> None:
    one, *others = shards(tmp_path)
    (one / SUITE_END_FILE).unlink()
    gone = json.loads((one / SHARD_FILE).read_text())["own"][0].split()[0]
    (one / cell(gone).run / "run.json").unlink()
    suite = judge_suite(merged(tmp_path, [one, *others])).suite
    [lost] = [c for c in suite.cells if c.verdict is Verdict.UNKNOWN]
    assert (lost.scenario, lost.reason) == (gone, "shard 1/3 was cut short")
    assert suite.interrupted


def test_mixed_versions_are_refused(tmp_path: Path) -> None:
    one, two, _ = shards(tmp_path)
    with_facts(two, read_plan(two), revision="other")
    with pytest.raises(UsageError, match="different versions: revision abc and other"):
        merged(tmp_path, [one, two])


def test_machines_may_differ(tmp_path: Path) -> None:
    directories = shards(tmp_path)
    with_facts(directories[1], read_plan(directories[1]), cpus="64")
    assert judge_suite(merged(tmp_path, directories)).suite.verdict is Verdict.PASS


def test_shards_that_tried_different_revisions_are_refused(tmp_path: Path) -> None:
    one, two, _ = shards(tmp_path)
    write_context(two, SuiteContext(revision="v2"))
    with pytest.raises(UsageError, match="tried different revisions: – and v2"):
        merged(tmp_path, [one, two])


def test_the_whole_ran_on_the_processors_of_its_shards(tmp_path: Path) -> None:
    directories = shards(tmp_path)
    for number, directory in enumerate(directories):
        context = SuiteContext(revision="v1", cpu=f"cpu {number % 2}", workers=2, canary_ms=(1.0,))
        write_context(directory, context)
    found = read_context(merged(tmp_path, directories))
    assert found == SuiteContext(revision="v1", cpu="cpu 0 + cpu 1", workers=2)


def test_a_shard_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    one, *_ = shards(tmp_path)
    with pytest.raises(UsageError, match="shard 1/3 is given twice"):
        merged(tmp_path, [one, one])


def test_shards_of_different_suites_are_refused(tmp_path: Path) -> None:
    one, *_ = shards(tmp_path)
    other = stored_shard(tmp_path / "other", CELLS[:3], 2, 3)
    with pytest.raises(UsageError, match="not shards of the same suite"):
        merged(tmp_path, [one, other])
    halves = stored_shard(tmp_path / "half", CELLS, 2, 2)
    with pytest.raises(UsageError, match="not shards of the same suite"):
        merged(tmp_path, [one, halves])


def test_a_cell_in_two_shards_is_refused(tmp_path: Path) -> None:
    one, two, _ = shards(tmp_path)
    record = json.loads((two / SHARD_FILE).read_text())
    record["own"] += json.loads((one / SHARD_FILE).read_text())["own"][:1]
    (two / SHARD_FILE).write_text(json.dumps(record))
    with pytest.raises(UsageError, match="is in two shards"):
        merged(tmp_path, [one, two])


def test_a_cell_that_the_plan_does_not_have_is_named(tmp_path: Path) -> None:
    one, *_ = shards(tmp_path)
    record = json.loads((one / SHARD_FILE).read_text()) | {"own": ["other seed 1"]}
    (one / SHARD_FILE).write_text(json.dumps(record))
    with pytest.raises(LedgerDamaged, match="own: the plan has no other seed 1"):
        merged(tmp_path, [one])


def test_what_is_no_shard_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no shard"):
        merged(tmp_path, [stored(tmp_path / "whole", CELLS)])
    assert not (tmp_path / "runs").exists()
