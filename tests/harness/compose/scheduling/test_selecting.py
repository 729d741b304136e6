"""Selecting cells: by name, by what failed, by shard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.compose.scheduling.rotation import key_of
from harness.compose.scheduling.selecting import (
    Shard,
    failed_in,
    matching,
    of_names,
    of_shard,
    shards_of,
)
from harness.core.errors import UsageError
from harness.ledger.plan import PlannedCell
from reports.judging.judge import judge_suite
from tests.harness.compose.scheduling.cells import cell, names, stored

LENGTHS = {"a": 90, "b": 60, "c": 50, "d": 40, "e": 30, "f": 20, "g": 10}
CELLS = [cell(name, about_s) for name, about_s in LENGTHS.items()]
ALONE = [cell(name, 100.0, alone=True) for name in "xyz"]


def seconds(cells: Sequence[PlannedCell]) -> dict[str, float]:
    return {key_of(one): one.about_s for one in cells}


def test_a_pattern_is_looked_for_in_the_whole_name() -> None:
    cells = [cell("first_visit"), cell("first_visit", seed=2), cell("offline")]
    assert len(matching(cells, "FIRST.*seed 1")) == 1
    assert len(matching(cells, r"preset=durable\] seed 1")) == 2


def test_what_is_no_pattern_is_refused() -> None:
    with pytest.raises(UsageError, match="no regular expression"):
        matching(CELLS, "(")


def test_a_pattern_that_finds_nothing_is_refused_and_a_name_is_shown() -> None:
    with pytest.raises(UsageError, match="none of 7") as refused:
        matching(CELLS, "zz")
    assert refused.value.hint is not None
    assert key_of(cell("first_visit")).partition(" ")[0] in refused.value.hint


def test_what_failed_is_selected_and_what_passed_is_not(tmp_path: Path) -> None:
    cells = [cell("a"), cell("b"), cell("c"), cell("d", lacks="x")]
    suite = stored(tmp_path / "s", cells, lossy_one="b")
    (suite / cell("c").run / "run.json").unlink()
    failed = failed_in(judge_suite(suite))
    assert failed == {key_of(cells[1]), key_of(cells[2])}
    assert names(of_names(cells, failed, suite)) == ["b", "c"]


def test_a_failed_cell_that_is_not_planned_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"b \[preset=durable\] seed 1 failed in .*s and is not"
    ) as refused:
        of_names([cell("a")], {key_of(cell("b"))}, tmp_path / "s")
    assert refused.value.hint is not None
    assert "options of that suite" in refused.value.hint


@pytest.mark.parametrize(
    ("planned", "more"), [("abc", ""), ("ab", " and 1 more"), ("a", " and 2 more")]
)
def test_of_several_that_are_not_planned_one_is_named_and_the_others_counted(
    tmp_path: Path, planned: str, more: str
) -> None:
    failed = {key_of(cell(name)) for name in "bcd"}
    with pytest.raises(UsageError) as refused:
        of_names([cell(name) for name in planned], failed, tmp_path / "s")
    assert f"seed 1{more} failed in" in refused.value.line


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no part of a suite") as refused:
        Shard.parse(text)
    assert refused.value.hint is not None
    assert "--shard 2/3" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "number", "count"), [("1/1", 1, 1), ("2/3", 2, 3), ("3/3", 3, 3), ("1/9999", 1, 9999)]
)
def test_a_shard_is_read_as_it_is_written(text: str, number: int, count: int) -> None:
    assert Shard.parse(text) == Shard(number, count)
    assert str(Shard.parse(text)) == text


@pytest.mark.parametrize("count", [1, 2, 3, 12])
def test_every_cell_is_in_one_shard(count: int) -> None:
    cells = [*CELLS, *ALONE]
    at = shards_of(cells, count, seconds(cells))
    ran = [n for k in range(1, count + 1) for n in names(of_shard(cells, Shard(k, count), at))]
    assert sorted(ran) == sorted(names(cells))


def test_shards_take_about_the_same_time_and_share_what_runs_alone() -> None:
    cells = [*CELLS, *ALONE]
    at = shards_of(cells, 3, seconds(cells))
    loads = [
        sum(one.about_s for one in of_shard(cells, Shard(k, 3), at) if one.not_run is None)
        for k in (1, 2, 3)
    ]
    assert max(loads) - min(loads) <= 30, loads
    assert {at[key_of(one)] for one in ALONE} == {1, 2, 3}


def test_what_runs_alone_is_spread_before_the_others_fill_the_shards() -> None:
    cells = [cell("long", 30.0), cell("x", 10.0, alone=True), cell("y", 10.0, alone=True)]
    at = {
        key.partition(" ")[0]: shard for key, shard in shards_of(cells, 2, seconds(cells)).items()
    }
    assert at == {"x": 1, "y": 2, "long": 1}


def test_the_order_of_the_plan_does_not_matter() -> None:
    assert shards_of(CELLS, 3, seconds(CELLS)) == shards_of(CELLS[::-1], 3, seconds(CELLS))


def test_what_runs_nowhere_is_in_no_shard() -> None:
    cells = [cell("a"), cell("b", lacks="x")]
    at = shards_of(cells, 2, seconds(cells))
    assert list(at) == [key_of(cells[0])]
    kept = of_shard(cells, Shard(2, 2), at)[1].not_run
    assert kept is not None
    assert kept.kind == "unsupported"


def test_what_lacks_a_part_of_this_machine_has_a_shard_all_the_same() -> None:
    """Another machine may have the part, and all have to come to the same shards."""
    here = [cell("a", lacks="no WebKit", kind="missing"), cell("b")]
    everywhere = [cell("a"), cell("b")]
    assert shards_of(here, 2, seconds(here)) == shards_of(everywhere, 2, seconds(here))


def test_a_cell_of_another_shard_says_which() -> None:
    at = shards_of(CELLS[:1], 2, seconds(CELLS))
    [elsewhere] = of_shard(CELLS[:1], Shard(2, 2), at)
    assert elsewhere.not_run is not None
    assert elsewhere.not_run.reason == "it is in shard 1/2"
    assert elsewhere.not_run.kind == "budget"
