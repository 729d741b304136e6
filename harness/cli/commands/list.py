"""``harness list``: what there is to run."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click
from msgspec import structs

from harness.cli.group import OnceCommand
from harness.cli.options.shared import json_option
from harness.cli.output import show, show_json
from harness.faults.line.profiles import PROFILES
from harness.ledger.plan import PlannedCell
from harness.ledger.rundir import arm_text
from harness.setup.machine import ThisMachine
from scenarios.catalogue.declare import Scenario
from scenarios.catalogue.planning import plan
from scenarios.catalogue.request import Catalogue, PlanRequest, load_catalogue

SCHEMA = 2
"""Version of the JSON that ``harness list --json`` prints."""


@click.command("list", cls=OnceCommand)
@json_option
def list_command(as_json: bool) -> None:
    """Show every scenario and arm and whether it can run here, workloads, networks and suites."""
    catalogue = load_catalogue()
    cells = plan(PlanRequest(every=True, seeds=(1,)), catalogue, ThisMachine())
    if as_json:
        listed = [_listed(cell, catalogue.scenarios[cell.plan.scenario]) for cell in cells]
        show_json(json.dumps({"schema": SCHEMA, "cells": listed}))
    else:
        _show(cells, catalogue)


def _show(cells: Sequence[PlannedCell], catalogue: Catalogue) -> None:
    for scenario in catalogue.scenarios.values():
        _show_arms(scenario, [cell for cell in cells if cell.plan.scenario == scenario.name])
    for name, workload in catalogue.workloads.items():
        show(f"workload {name}: {workload.about}")
    for name, profile in PROFILES.items():
        show(f"network {name}: {profile.about} ({profile.nominal})")
    for name, suite in catalogue.suites.items():
        show(f"suite {name}: {suite['about']}")


def _show_arms(scenario: Scenario, cells: Sequence[PlannedCell]) -> None:
    lengths = sorted({round(cell.about_s) for cell in cells})
    about = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
    show(f"{scenario.matrix}/{scenario.name}  (about {about} s)")
    show(f"    {scenario.question}")
    for cell in cells:
        state = "can run here"
        if cell.not_run:
            fix = f"; fix: {cell.not_run.fix}" if cell.not_run.fix else ""
            state = f"{cell.not_run.kind}: {cell.not_run.reason}{fix}"
        if cell.plan.arm in scenario.on_request:
            state += "; on request"
        show(f"    [{arm_text(cell.plan.arm)}]  {state}")


def _listed(cell: PlannedCell, scenario: Scenario) -> dict[str, object]:
    return {
        "scenario": scenario.name,
        "matrix": scenario.matrix,
        "question": scenario.question,
        "arm": arm_text(cell.plan.arm),
        "about_s": cell.about_s,
        "on_request": cell.plan.arm in scenario.on_request,
        "can_run": cell.not_run is None,
        "not_run": structs.asdict(cell.not_run) if cell.not_run else None,
    }
