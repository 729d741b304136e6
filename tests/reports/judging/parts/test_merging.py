"""Findings of parts become one of the whole: figures by the check's own rule, the worst verdict."""

from __future__ import annotations

import pytest

from reports.checks import CHECKS
from reports.judging.parts.merging import (
    BY_USER,
    OF_THE_WHOLE,
    Merge,
    merged,
    undecided_in_parts,
)
from reports.verdict.verdict import Finding, Verdict
from scenarios.catalogue.declare import REGISTRY, load_all
from tests.scenarios.catalogue.asking import planned

PASS, FAIL, UNKNOWN, NOT_RUN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_RUN


def found(
    verdict: Verdict = PASS,
    *,
    check: str = "nothing_lost",
    n: int | None = 10,
    measured: float | None = 0,
    summary: str = "all is well",
    examples: tuple[str, ...] = (),
    unit: str = "impressions",
) -> Finding:
    return Finding(
        check=check,
        verdict=verdict,
        summary=summary,
        measured=measured,
        target=0,
        unit=unit,
        n=n,
        examples=examples,
    )


def test_what_passed_everywhere_passes_with_all_that_was_counted() -> None:
    whole = merged([found(n=10), found(n=2000)])
    assert (whole.verdict, whole.n, whole.measured, whole.target) == (PASS, 2010, 0, 0)
    assert whole.summary == (
        "in each of 2 parts of the ledger, n 2,010 in all; of the first: all is well"
    )


def test_one_part_that_fails_fails_the_whole_and_gives_the_words() -> None:
    bad = found(FAIL, measured=3, summary="3 are gone", examples=("a/1", "a/2"))
    whole = merged([found(n=10, examples=("fine",)), bad, found(FAIL, measured=1000)])
    assert (whole.verdict, whole.n, whole.measured) == (FAIL, 30, 1003)
    assert whole.examples == ("a/1", "a/2")
    assert whole.summary == (
        "in 2 of 3 parts of the ledger, 1,003 impressions in all, n 30 in all: 3 are gone"
    )


def test_examples_are_those_of_the_worst_and_at_most_eight() -> None:
    bad = found(FAIL, examples=tuple(f"a/{n}" for n in range(5)))
    assert merged([bad, bad]).examples == tuple(f"a/{n}" for n in (0, 1, 2, 3, 4, 0, 1, 2))


def test_an_undecided_part_leaves_the_whole_undecided() -> None:
    assert merged([found(), found(UNKNOWN)]).verdict is UNKNOWN
    assert merged([found(FAIL), found(UNKNOWN)]).verdict is FAIL


def test_a_part_with_nothing_to_judge_says_nothing_where_others_did() -> None:
    nothing = found(UNKNOWN, n=0, summary="nothing was shown")
    assert merged([nothing, found(n=10), found(n=5)]).n == 15
    assert merged([nothing, nothing]).verdict is UNKNOWN
    assert merged([nothing, found()]) == found()
    failed = found(FAIL, n=0)
    assert merged([failed, found()]).verdict is FAIL


def test_figures_are_added_or_the_largest_or_the_same() -> None:
    most = merged([found(check="in_time", measured=2.0), found(check="in_time", measured=9.0)])
    assert (most.measured, most.n) == (9.0, 20)
    same = merged([found(check="witnesses_whole", n=7), found(check="witnesses_whole", n=7)])
    assert same.n == 7
    unknown = merged([found(n=None, measured=None), found(n=None, measured=None)])
    assert (unknown.n, unknown.measured) == (None, None)
    assert unknown.summary == "in each of 2 parts of the ledger; of the first: all is well"
    failed = merged([found(FAIL, measured=None), found(FAIL, measured=None)])
    assert failed.summary == "in 2 of 2 parts of the ledger, n 20 in all: all is well"


def test_what_is_unsupported_is_so_in_every_part() -> None:
    unsupported = found(NOT_RUN, n=None, summary="unsupported: no table")
    assert merged([unsupported, unsupported]) == unsupported


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="no finding"):
        merged([])


def test_a_check_that_needs_the_whole_is_undecided() -> None:
    finding = undecided_in_parts("absorbed_explained")
    assert (finding.check, finding.verdict) == ("absorbed_explained", UNKNOWN)


def test_each_check_is_named_once_and_exists() -> None:
    assert not BY_USER.keys() & OF_THE_WHOLE
    assert CHECKS.keys() >= BY_USER.keys() | OF_THE_WHOLE
    assert BY_USER["in_time"] is Merge.MOST
    assert BY_USER["witnesses_whole"] is Merge.SAME


NOT_IN_PARTS = {
    "page_memory_growth": "a run with pages is not judged in parts",
}


def test_every_check_that_a_load_asks_for_can_be_judged_in_parts() -> None:
    load_all()
    loads = [name for name, one in REGISTRY.items() if one.matrix == "load"]
    asked = {spec.name for cell in planned(*loads) for spec in cell.plan.checks}
    assert {"latency_p95", "nothing_lost"} <= asked
    assert asked - (BY_USER.keys() | OF_THE_WHOLE) == NOT_IN_PARTS.keys()
