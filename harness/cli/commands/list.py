"""``harness list``: what there is to run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import click
from msgspec import structs

from harness.cli.options.shared import json_option
from harness.ledger.plan import PlannedCell
from harness.ledger.rundir import arm_text
from harness.setup.machine import ThisMachine
from scenarios.catalogue.declare import Scenario, load_all
from scenarios.catalogue.planning import load_suites, mark_missing, select
from scenarios.workloads.catalogue import catalogue

SCHEMA = 2
"""Version of the JSON that ``harness list --json`` prints."""


@click.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Show every scenario and arm, whether it can run here, and why not."""
    scenarios = load_all()
    cells = select(scenarios, suite=None, names=(), levels={}, seeds=(1,), on_request=True)
    cells = mark_missing(cells, scenarios, ThisMachine().fix)
    if as_json:
        listed = [_listed(cell, scenarios) for cell in cells]
        click.echo(json.dumps({"schema": SCHEMA, "cells": listed}))
        return
    for scenario in scenarios.values():
        _show(scenario, [cell for cell in cells if cell.plan.scenario == scenario.name])
    for name, workload in catalogue().items():
        click.echo(f"workload {name}: {workload.about}")
    for name, suite in load_suites().items():
        click.echo(f"suite {name}: {suite['about']}")


def _show(scenario: Scenario, cells: Sequence[PlannedCell]) -> None:
    lengths = sorted({round(cell.about_s) for cell in cells})
    about = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]}"
    click.echo(f"{scenario.matrix}/{scenario.name}  (about {about} s)")
    click.echo(f"    {scenario.question}")
    for cell in cells:
        state = "can run here"
        if cell.not_run:
            fix = f"; fix: {cell.not_run.fix}" if cell.not_run.fix else ""
            state = f"{cell.not_run.kind}: {cell.not_run.reason}{fix}"
        if cell.plan.arm in scenario.on_request:
            state += "; on request"
        click.echo(f"    [{arm_text(cell.plan.arm)}]  {state}")


def _listed(cell: PlannedCell, scenarios: Mapping[str, Scenario]) -> dict[str, object]:
    scenario = scenarios[cell.plan.scenario]
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
