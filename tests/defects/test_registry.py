"""Every defect is found by its id, and says all that a self-test needs of it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from defects import registry
from defects.base import (
    LAYERS,
    Defect,
    HarnessDefect,
    ScriptDefect,
    ServerDefect,
    Switch,
    WorkerDefect,
    installed,
)
from harness.compose.selftest import SelfTest, cells_of
from harness.core.errors import UsageError
from harness.ledger.defect import FACTOR
from reports.checks import CHECKS
from reports.evidence.fates import Fate
from scenarios.catalogue.declare import load_all
from scenarios.catalogue.request import load_catalogue
from servers.ingest.http.pages import CLIENT
from tests.scenarios.catalogue.asking import Lacking

DEFECTS = registry.all_defects()
EACH = pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
NAMES = {*CHECKS, *(fate.value for fate in Fate)}
ELSEWHERE = {
    "views_arrived": "it judges servers that write no receipts, which the reference server does: "
    "tests/examples/test_who_lost_it.py has it fail on a described system",
}
"""Check → why no defect of the registry is caught by it, and where it is seen to fail instead."""
ONLY_UNDECIDED = {
    "knee_found": "it asks for no rate: a search that found none says nothing of one",
}
"""Check, not of an instrument, that never fails → why."""


@EACH
def test_a_defect_is_found_by_its_id(defect: Defect) -> None:
    assert registry.find(defect.id) == defect
    assert defect.layer in LAYERS


@EACH
def test_it_says_what_is_wrong_and_by_which_name_it_is_caught(defect: Defect) -> None:
    assert defect.about.endswith(".")
    assert "\n" not in defect.about
    assert defect.expected
    assert set(defect.expected) <= NAMES, "only fates and checks are names"


@EACH
def test_it_is_tried_in_scenarios_that_exist(defect: Defect) -> None:
    scenarios = load_all()
    assert defect.trials or defect.walks
    assert all(trial.scenario in scenarios for trial in defect.trials)


@EACH
def test_its_places_are_there(defect: Defect) -> None:
    """What it overrides or patches has not moved."""
    match defect:
        case ServerDefect() | HarnessDefect() | WorkerDefect():
            assert defect.overrides
            with installed(defect.overrides, Switch(twin=True)):
                pass
        case ScriptDefect():
            assert defect.patches
            for file in defect.files:
                source = (CLIENT / file).read_text(encoding="utf-8")
                patched = {defect.patched(file, source, twin=twin) for twin in (False, True)}
                assert len({source, *patched}) == 3


def test_an_unknown_id_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="no defect 'no_inserts'") as caught:
        registry.find("no_inserts")
    assert "'no_insert'" in (caught.value.hint or "")


def test_two_modules_of_one_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for layer in ("server", "database"):
        (tmp_path / layer).mkdir()
        (tmp_path / layer / "same.py").write_text("DEFECT = None\n")
    monkeypatch.setattr(registry, "_HERE", tmp_path)
    with pytest.raises(ValueError, match="two defects are named same"):
        registry._places.__wrapped__()


def test_a_module_without_a_defect_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"defects\.base holds no defect"):
        registry._load.__wrapped__(Path("base.py"))


@pytest.fixture(scope="module")
def named() -> dict[str, set[str]]:
    """Verdict → the checks that a defect with it names and one of its trials asks for."""
    asked: dict[str, set[str]] = defaultdict(set)
    for cell in cells_of(SelfTest(twins=False), load_catalogue(), Lacking({})):
        asked[cell.plan.arm[FACTOR]] |= {spec.name for spec in cell.plan.checks}
    found: dict[str, set[str]] = defaultdict(set)
    for name, defect in DEFECTS.items():
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
