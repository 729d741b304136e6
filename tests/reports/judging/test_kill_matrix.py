"""Caught, misnamed, missed, or never reached: and what that says of the harness."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from reports.judging.kill_matrix import Kill, kill_of, matrix_of, twin_of
from reports.verdict.verdict import Cell, Verdict
from tests.reports.kill_samples import CAUGHT, GREEN, cell, defect, matrix, one

UNDECIDED = cell(Verdict.UNKNOWN, "fault_was_live")


@pytest.mark.parametrize(
    ("found", "hits", "fields", "kill"),
    [
        (CAUGHT, 5, {}, Kill.CAUGHT),
        (CAUGHT, 5, {"expected": ("nothing_lost",)}, Kill.CAUGHT),
        (CAUGHT, 5, {"expected": ("nothing_twice",)}, Kill.MISNAMED),
        (CAUGHT, 5, {"expected": ("recovered",)}, Kill.MISNAMED),
        (CAUGHT, 5, {"verdict": "unknown"}, Kill.MISNAMED),
        (UNDECIDED, 5, {}, Kill.MISNAMED),
        (UNDECIDED, 5, {"verdict": "unknown", "expected": ("fault_was_live",)}, Kill.CAUGHT),
        (GREEN, 5, {}, Kill.MISSED),
        (CAUGHT, 0, {}, Kill.UNREACHED),
        (GREEN, 0, {}, Kill.UNREACHED),
        (cell(Verdict.NOT_RUN), 0, {}, Kill.NOT_RUN),
    ],
)
def test_a_defect_s_cell(found: Cell, hits: int, fields: dict[str, Any], kill: Kill) -> None:
    assert one(found, hits=hits, **fields).kill is kill


@pytest.mark.parametrize(
    ("found", "hits", "kill"),
    [
        (GREEN, 5, Kill.GREEN),
        (GREEN, 0, Kill.UNREACHED),
        (CAUGHT, 5, Kill.ACCUSED),
        (CAUGHT, 0, Kill.ACCUSED),
        (UNDECIDED, 5, Kill.UNDECIDED),
        (cell(Verdict.NOT_RUN), 0, Kill.NOT_RUN),
    ],
)
def test_a_twin_s_cell(found: Cell, hits: int, kill: Kill) -> None:
    assert one(found, twin=True, hits=hits).kill is kill


def test_the_right_name_is_shown_first() -> None:
    assert one(CAUGHT, expected=("nothing_lost",)).found == ("nothing_lost", "lost_acked")


TWIN = one(GREEN, twin=True)


@pytest.mark.parametrize(
    ("cells", "verdict", "words"),
    [
        ([one(CAUGHT), TWIN], Verdict.PASS, "1 of 1 defects were caught by the right name"),
        ([one(CAUGHT), one(GREEN)], Verdict.FAIL, "1 missed (no_insert)"),
        ([one(CAUGHT), one(UNDECIDED)], Verdict.FAIL, "1 caught under another name"),
        ([one(CAUGHT), one(CAUGHT, twin=True)], Verdict.FAIL, "1 twin accused"),
        ([one(GREEN, hits=0), TWIN], Verdict.UNKNOWN, "1 never reached"),
        ([one(CAUGHT), one(UNDECIDED, twin=True)], Verdict.UNKNOWN, "1 twin undecided"),
        ([one(CAUGHT), one(GREEN, twin=True, hits=0)], Verdict.UNKNOWN, "1 never reached"),
        ([], Verdict.UNKNOWN, "1 not run"),
    ],
)
def test_the_verdict_over_the_harness(cells: list[Any], verdict: Verdict, words: str) -> None:
    found = matrix(*cells)
    assert found.verdict is verdict
    assert words in found.reason


def test_no_defect_at_all_proves_nothing() -> None:
    assert matrix_of([], []).verdict is Verdict.UNKNOWN


def test_where_chance_decides_one_catch_suffices_and_the_rate_is_shown() -> None:
    cells = [one(CAUGHT), one(GREEN), one(GREEN), one(GREEN, hits=0)]
    found = matrix(*cells, chance=True)
    assert found.verdict is Verdict.PASS
    [power] = found.power
    assert (power.caught, power.n) == (1, 3)
    assert power.interval == pytest.approx((0.0084, 0.9057), abs=1e-4)
    assert matrix(one(GREEN), chance=True).verdict is Verdict.FAIL
    assert matrix(one(CAUGHT), one(UNDECIDED), chance=True).verdict is Verdict.FAIL


def test_all_of_fifty_nine_seeds_are_more_than_nineteen_in_twenty() -> None:
    [power] = matrix(*[one(CAUGHT)] * 73, chance=True).power
    assert power.interval[0] > 0.95
    few, enough = (matrix(*[one(CAUGHT)] * n, chance=True).power[0] for n in (58, 59))
    assert (few.is_high, enough.is_high) == (False, True)
    assert not matrix(one(GREEN), *[one(CAUGHT)] * 59, chance=True).power[0].is_high


def test_each_scenario_has_a_rate_of_its_own_where_several_seeds_or_chance_decide() -> None:
    elsewhere = replace(one(GREEN), scenario="steady_load")
    twice = [one(CAUGHT), one(CAUGHT), elsewhere, one(CAUGHT, twin=True)]
    rates = {one.scenario: (one.caught, one.n) for one in matrix(*twice).power}
    assert rates == {"first_visit": (2, 2)}
    rates = {one.scenario: (one.caught, one.n) for one in matrix(*twice, chance=True).power}
    assert rates == {"first_visit": (2, 2), "steady_load": (0, 1)}


def test_a_defect_that_was_not_tried_has_no_twin() -> None:
    assert kill_of(defect(), []) is Kill.NOT_RUN
    assert twin_of(defect(), []) is None
