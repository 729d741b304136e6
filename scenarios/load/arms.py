"""From an arm to a workload: which one of the catalogue, and what the user wished otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.errors import UsageError
from harness.load.capacity import refuse_what_cannot_be
from harness.load.workload import Workload
from harness.plan import PlannedCell
from harness.rundir import Arm, CheckSpec
from scenarios.declare import Scenario, check
from scenarios.delivery import exactly_once
from scenarios.workloads.catalogue import entry

_FIELDS = {
    "sessions": ("sessions", int),
    "rate": ("rate_per_s", float),
    "duration": ("duration_s", float),
    "batch": ("batch", int),
    "flush_delay": ("flush_delay_s", float),
    "arrivals": ("arrivals", str),
    "shape": ("shape", str),
}
WISHES = (*_FIELDS, "processes", "master", "workers")
"""Factors of a load's arm beside its workload; each is a wish of whoever runs it."""

_AROUND_S = 40.0
"""A stack's start, sign-ins, quiescence and the final read come on top of a workload."""
_ROWS_PER_S = 5_000


def workload_of(arm: Arm) -> Workload:
    """Return the workload that an arm names. Raises UsageError when it cannot be."""
    wishes = {}
    for factor, (field, kind) in _FIELDS.items():
        if factor in arm:
            try:
                wishes[field] = kind(arm[factor])
            except ValueError as error:
                raise UsageError(f"{factor}={arm[factor]} is not a number") from error
    return entry(arm["workload"]).with_wishes(wishes)


def about_s(arm: Arm) -> float:
    """Return how long a run takes, about."""
    workload = workload_of(arm)
    return workload.duration_s + _AROUND_S + workload.total / _ROWS_PER_S


def fast_and_exact(arm: Arm) -> list[CheckSpec]:
    """Return what a workload below the server's limit is judged by."""
    total = workload_of(arm).total
    return [
        *exactly_once(total),
        check("load_as_planned", impressions=total),
        check("latency_p95", limit_ms=100),
        check("flush_success", minimum=0.995),
    ]


def refuse_impossible(cells: Sequence[PlannedCell]) -> None:
    """Raise UsageError when this machine cannot offer the rate of a cell that it has to send."""
    for cell in cells:
        arm = cell.plan.arm
        if "workload" in arm and "master" not in arm:
            generators = int(arm.get("processes", "1"))
            refuse_what_cannot_be(workload_of(arm), generators)


def with_wishes(
    cells: Sequence[PlannedCell], wishes: Mapping[str, str], scenarios: Mapping[str, Scenario]
) -> list[PlannedCell]:
    """Return the cells with these factors in the arms of all that send a workload.

    Raises UsageError when a wish is impossible, or no cell sends a workload.
    """
    if not wishes:
        return list(cells)
    if not any("workload" in cell.plan.arm for cell in cells):
        options = ", ".join(f"--{name.replace('_', '-')}" for name in wishes)
        raise UsageError(
            f"{options}: none of these scenarios sends a load", hint="Try `harness run load`"
        )
    found = []
    for cell in cells:
        if "workload" in cell.plan.arm:
            arm = {**cell.plan.arm, **wishes}
            scenario = scenarios[cell.plan.scenario]
            plan = replace(cell.plan, arm=arm, checks=tuple(scenario.checks(arm)))
            about = scenario.about_s(arm)
            cell = replace(cell, plan=plan, about_s=about, budget_s=scenario.budget_s(arm))
        found.append(cell)
    return found
