"""A parameter of a stored check that is not of its type is named, and never measured by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.ledger.rundir import CheckSpec
from reports.judging.judge import judge_run
from reports.judging.parameters import late_after_s, mistake_in
from reports.verdict.verdict import Verdict
from scenarios.catalogue.planning import plan
from scenarios.catalogue.request import PlanRequest, load_catalogue
from tests.reports.ledgers import healthy


@pytest.mark.parametrize(
    ("check", "parameters", "mistake"),
    [
        ("in_time", {"within_s": 5}, ""),
        ("in_time", {"within_s": 5.5}, ""),
        ("in_time", {"within_s": "5"}, "parameters.within_s: expected a number, got '5'"),
        ("in_time", {"within_s": True}, "parameters.within_s: expected a number, got True"),
        ("in_time", {"within_s": 10**400}, "parameters.within_s: expected a number, got 10"),
        ("in_time", {"within_s": 2**63 - 1024}, ""),
        ("in_time", {"within_s": 2**63}, "parameters.within_s: expected a number, got 9"),
        ("in_time", {"within_s": -(2.0**63)}, "parameters.within_s: expected a number, got -9"),
        ("in_time", {"within_s": float("nan")}, "parameters.within_s: expected a number, got nan"),
        ("in_time", {"within": 5}, "parameters.within: the check has no such parameter"),
        ("in_time", {}, "parameters: within_s is missing"),
        ("timed_out_then", {"transport": 1}, "parameters.transport: expected text, got 1"),
        ("timed_out_then", {"transport": "fetch"}, ""),
        ("telemetry_reconciles", {"beacons_count": True}, ""),
        ("telemetry_reconciles", {"beacons_count": "yes"}, "parameters.beacons_count: expected a "),
        ("no_such_check", {"anything": 1}, ""),
    ],
)
def test_a_mistake_is_named(check: str, parameters: dict[str, Any], mistake: str) -> None:
    found = mistake_in(CheckSpec(name=check, parameters=parameters))
    assert found.startswith(mistake)
    assert bool(found) == bool(mistake)


def test_the_least_bound_that_is_one_makes_an_impression_late() -> None:
    def asked(*bounds: Any) -> float | None:
        specs = [CheckSpec(name="in_time", parameters={"within_s": bound}) for bound in bounds]
        return late_after_s([*specs, CheckSpec(name="nothing_lost")])

    assert asked() is None
    assert asked(5, 3.5) == 3.5
    assert asked("1", 5) == 5.0


def test_a_run_with_such_a_parameter_is_undecided_by_its_name(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks = [
        {"name": "nothing_lost", "parameters": {}},
        {"name": "in_time", "parameters": {"within_s": "soon"}},
    ]
    cell = judge_run(ledger.write(tmp_path)).cell
    assert cell.verdict is Verdict.UNKNOWN
    assert cell.reason == (
        "in_time: run.json: plan.checks, in_time: parameters.within_s: expected a number, "
        "got 'soon'"
    )


class _Everything:
    def fix(self, part: str) -> str | None:
        return None


def test_what_we_plan_has_none() -> None:
    cells = plan(PlanRequest(every=True, seeds=(1,)), load_catalogue(), _Everything())
    specs = [spec for cell in cells for spec in cell.plan.checks]
    assert len(specs) > 1_000
    assert [spec for spec in specs if mistake_in(spec)] == []
