"""Cells belong together by scenario, arm and seed; else by scenario and arm."""

from __future__ import annotations

from dataclasses import replace as changed

from msgspec.structs import replace

from reports.compare.matching import Matching, counts, match
from reports.verdict.verdict import Verdict
from tests.reports.compared import judged, named


def seeds(*own: int, **more: str) -> dict[str, object]:
    return {**named(*(judged(seed, **more) for seed in own))}  # type: ignore[arg-type]


def matched(a: dict[str, object], b: dict[str, object]) -> Matching:
    return match(a, b)  # type: ignore[arg-type]


def test_one_seed_each_is_a_pair_and_no_group() -> None:
    found = matched(seeds(1), seeds(1))
    [pair] = found.pairs
    assert pair.is_pair
    assert (pair.scenario, pair.arm, pair.seeds) == ("visit", "preset=durable", "1")
    assert (found.groups, found.only_a, found.only_b) == ((), (), ())
    assert found.arms == found.judged_by == found.pairs


def test_several_seeds_are_pairs_and_one_group() -> None:
    found = matched(seeds(1, 2, 3, 7), seeds(1, 2, 3, 7))
    assert [one.seeds for one in found.pairs] == ["1", "2", "3", "7"]
    assert [one.seeds for one in found.groups] == ["1–3, 7"]
    assert found.judged_by == found.pairs
    assert found.arms == found.groups


def test_other_seeds_of_an_arm_are_compared_as_a_group() -> None:
    found = matched(seeds(1, 2), seeds(3))
    assert found.pairs == ()
    [group] = found.judged_by
    assert group.seeds == "1–2 against 3"
    assert not group.is_pair
    assert (found.only_a, found.only_b) == ((), ())


def test_a_seed_that_only_one_has_is_named_where_others_are_common() -> None:
    found = matched(seeds(1, 2), seeds(1))
    assert [one.seeds for one in found.pairs] == ["1"]
    assert found.only_a == ("visit [preset=durable] seed 2",)
    assert found.only_b == ()


def test_an_arm_that_only_one_has() -> None:
    found = matched(seeds(1), seeds(1, arm="preset=roadmap"))
    assert (found.pairs, found.groups) == ((), ())
    assert found.only_a == ("visit [preset=durable] seed 1",)
    assert found.only_b == ("visit [preset=roadmap] seed 1",)


def test_a_run_that_is_not_decided_does_not_count() -> None:
    run = judged()
    assert counts(run)
    assert counts(judged(verdict=Verdict.FAIL))
    assert not counts(judged(verdict=Verdict.UNKNOWN))
    assert not counts(changed(run, cell=replace(run.cell, fates={})))
