"""Every check is caught by a seeded defect: one names it, and a trial of that one asks for it."""

from __future__ import annotations

from collections import defaultdict

import pytest

from defects.registry import all_defects
from harness.compose.selftest import SelfTest, cells_of
from harness.ledger.defect import FACTOR
from reports.checks import CHECKS
from scenarios.catalogue.request import load_catalogue
from tests.scenarios.catalogue.asking import Lacking

ELSEWHERE = {
    "views_arrived": "it judges servers that write no receipts, which the reference server does: "
    "tests/examples/test_who_lost_it.py has it fail on a described system",
}
"""Check → why no defect of the registry is caught by it, and where it is seen to fail instead."""
ONLY_UNDECIDED = {
    "knee_found": "it asks for no rate: a search that found none says nothing of one",
}
"""Check, not of an instrument, that never fails → why."""


@pytest.fixture(scope="module")
def named() -> dict[str, set[str]]:
    """Verdict → the checks that a defect with it names and one of its trials asks for."""
    asked: dict[str, set[str]] = defaultdict(set)
    for cell in cells_of(SelfTest(twins=False), load_catalogue(), Lacking({})):
        asked[cell.plan.arm[FACTOR]] |= {spec.name for spec in cell.plan.checks}
    found: dict[str, set[str]] = defaultdict(set)
    for name, defect in all_defects().items():
        checks = {one for one in defect.expected if one in CHECKS}
        found[defect.verdict] |= {one for one in checks if CHECKS[one].always or one in asked[name]}
    return found


def verdict_of(check: str) -> str:
    """Return the verdict that a check gives where it finds something wrong."""
    return "unknown" if CHECKS[check].instrument or check in ONLY_UNDECIDED else "fail"


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_a_defect_is_caught_by_it(check: str, named: dict[str, set[str]]) -> None:
    """The kill matrix counts a name with the defect's verdict alone: a check that can only leave a
    run undecided is never found by a defect that is to fail, nor the other way round."""
    verdict = verdict_of(check)
    if check in ELSEWHERE:
        assert check not in named[verdict], "a defect is caught by it now: take it off the list"
        return
    assert check in named[verdict], (
        f"no defect with the verdict {verdict!r} names {check} and has a trial that asks for it: "
        "seed one, see CONTRIBUTING.md"
    )


def test_the_lists_name_checks_alone() -> None:
    assert {*ELSEWHERE, *ONLY_UNDECIDED} <= CHECKS.keys()
