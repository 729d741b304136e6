"""``harness list``: what there is to run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click
from msgspec import structs

from harness.cli.group import OnceCommand
from harness.cli.options.shared import json_option
from harness.cli.output import show, show_json, width
from harness.compose.scheduling.durations import committed, timed, wall_s
from harness.compose.scheduling.selecting import matching
from harness.core.errors import UsageError, did_you_mean
from harness.faults.line.profiles import PROFILES, Profile
from harness.ledger.plan import PlannedCell
from harness.ledger.rundir import arm_text
from harness.setup.machine import ThisMachine
from reports.core import text
from scenarios.catalogue.declare import Scenario
from scenarios.catalogue.planning import plan
from scenarios.catalogue.request import Catalogue, PlanRequest, load_catalogue
from scenarios.workloads.catalogue import Entry

SCHEMA = 3
"""Version of the JSON that ``harness list --json`` prints."""

_KINDS = ("suites", "workloads", "networks")
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class _All:
    """Everything that can be asked for, and the cells of seed 1."""

    catalogue: Catalogue
    cells: Sequence[PlannedCell]

    def of(self, scenario: Scenario) -> list[PlannedCell]:
        """Return the cells of a scenario."""
        return [cell for cell in self.cells if cell.plan.scenario == scenario.name]

    @property
    def scenarios(self) -> list[Scenario]:
        """Return the scenarios that have cells, by matrix and name."""
        there = {cell.plan.scenario for cell in self.cells}
        return [one for one in self.catalogue.scenarios.values() if one.name in there]


@click.command("list", cls=OnceCommand)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--grep", metavar="REGEX", help="Only cells in whose name this is found.")
@click.option("--missing", is_flag=True, help="Only cells that cannot run here.")
@click.option("--all", "everything", is_flag=True, help="Every scenario with all its arms.")
@json_option
def list_command(
    names: tuple[str, ...], grep: str | None, missing: bool, everything: bool, as_json: bool
) -> None:
    """Show what there is to run: matrices, scenarios, suites, workloads and networks.

    Without a NAME an overview that fits a screen. A NAME is a matrix (its scenarios), a scenario
    (its arms, and why one cannot run here), a suite, a workload, a network, or one of `suites`,
    `workloads` and `networks`.
    """
    catalogue = load_catalogue()
    cells = timed(plan(PlanRequest(every=True, seeds=(1,)), catalogue, ThisMachine()), committed())
    if grep:
        cells = matching(cells, grep)
    if missing:
        cells = [cell for cell in cells if cell.not_run]
    found = _All(catalogue, cells)
    _refuse_unknown(names, catalogue)
    if as_json:
        show_json(json.dumps(_content(found, names)))
        return
    for line in _lines(found, names, details=everything or bool(grep) or missing):
        show(line)


def _refuse_unknown(names: Sequence[str], catalogue: Catalogue) -> None:
    known = {
        *catalogue.matrices,
        *catalogue.scenarios,
        *catalogue.suites,
        *catalogue.workloads,
        *PROFILES,
        *_KINDS,
    }
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known, "`harness list` shows what there is")
            raise UsageError(f"there is nothing called {name!r} to run", hint=hint)


def _lines(found: _All, names: Sequence[str], *, details: bool) -> Iterator[str]:
    if not names and not details:
        yield from _overview(found)
        return
    for scenario in found.scenarios:
        if scenario.name in names or (details and (not names or scenario.matrix in names)):
            yield from _arms(scenario, found.of(scenario))
        elif scenario.matrix in names:
            yield from _short(scenario, found.of(scenario))
    catalogue = found.catalogue
    for name, suite in catalogue.suites.items():
        if _is_asked(name, "suites", names, details):
            yield from _suite(name, suite["about"], catalogue)
    for name, workload in catalogue.workloads.items():
        if _is_asked(name, "workloads", names, details):
            yield f"workload {name}: {workload.about}"
    for name, profile in PROFILES.items():
        if _is_asked(name, "networks", names, details):
            yield f"network {name}: {profile.about} ({profile.nominal})"


def _is_asked(name: str, kind: str, names: Sequence[str], details: bool) -> bool:
    return name in names or kind in names or (details and not names)


def _overview(found: _All) -> Iterator[str]:
    """Yield a table of the matrices, then the names of everything else."""
    yield f"{'matrix':<14}{'scenarios':>10}{'cells':>8}{'run here':>10}{'one at a time':>16}"
    for matrix in sorted(found.catalogue.matrices):
        cells = [cell for cell in found.cells if cell.plan.matrix == matrix]
        scenarios = {cell.plan.scenario for cell in cells}
        runs = [cell for cell in cells if cell.not_run is None]
        about = text.duration(sum(cell.about_s for cell in runs)) if runs else "–"
        yield f"{matrix:<14}{len(scenarios):>10}{len(cells):>8}{len(runs):>10}{about:>16}"
    yield ""
    kinds = (found.catalogue.suites, found.catalogue.workloads, PROFILES)
    for kind, named in zip(_KINDS, kinds, strict=True):
        yield from _folded(f"{kind}: ", ", ".join(named))
    yield ""
    yield "harness list browsers         the scenarios of a matrix; a scenario's name: its arms"
    yield "harness list suites           what each suite is for, and how long it takes"
    yield "harness list --missing        what cannot run here, why, and the command that fixes it"


def _folded(head: str, words: str) -> Iterator[str]:
    """Yield a list that is as wide as the terminal, indented below its head."""
    line = head
    for word in words.split(" "):
        if len(line) + len(word) > width() and line.strip():
            yield line.rstrip()
            line = _INDENT
        line += f"{word} "
    yield line.rstrip()


def _short(scenario: Scenario, cells: Sequence[PlannedCell]) -> Iterator[str]:
    runs = sum(1 for cell in cells if cell.not_run is None)
    yield f"{scenario.matrix}/{scenario.name}  ({runs} of {len(cells)} cells, {_about(cells)})"
    yield from _folded(_INDENT, scenario.question)


def _arms(scenario: Scenario, cells: Sequence[PlannedCell]) -> Iterator[str]:
    yield f"{scenario.matrix}/{scenario.name}  ({_about(cells)})"
    yield f"{_INDENT}{scenario.question}"
    for cell in cells:
        state = "can run here"
        if cell.not_run:
            fix = f"; fix: {cell.not_run.fix}" if cell.not_run.fix else ""
            state = f"{cell.not_run.kind}: {cell.not_run.reason}{fix}"
        if cell.plan.arm in scenario.on_request:
            state += "; on request"
        yield f"{_INDENT}[{arm_text(cell.plan.arm)}]  {state}"


def _about(cells: Sequence[PlannedCell]) -> str:
    lengths = sorted({round(cell.about_s) for cell in cells})
    if len(lengths) == 1:
        return f"about {lengths[0]} s"
    return f"about {lengths[0]} to {lengths[-1]} s"


def _suite(name: str, about: str, catalogue: Catalogue) -> Iterator[str]:
    planned = timed(plan(PlanRequest(suite=name), catalogue, ThisMachine()), committed())
    whole = text.duration(wall_s(planned, 2)) or "no time"
    budget = catalogue.suites[name].get("budget_min")
    limit = f", of which {budget} min run" if budget else ""
    yield f"suite {name}: {about}"
    yield f"{_INDENT}{len(planned)} cells, about {whole} with -n 2{limit}"


def _content(found: _All, names: Sequence[str]) -> dict[str, object]:
    """Return what ``--json`` prints: the cells that are asked for, and everything by name."""
    catalogue = found.catalogue
    asked = [
        cell
        for cell in found.cells
        if not names or cell.plan.scenario in names or cell.plan.matrix in names
    ]
    return {
        "schema": SCHEMA,
        "cells": [_listed(cell, catalogue.scenarios[cell.plan.scenario]) for cell in asked],
        "suites": [
            {"name": name, "about": suite["about"], "budget_min": suite.get("budget_min")}
            for name, suite in catalogue.suites.items()
        ],
        "workloads": [_workload(one) for one in catalogue.workloads.values()],
        "networks": [_network(one) for one in PROFILES.values()],
    }


def _workload(entry: Entry) -> dict[str, object]:
    return {"name": entry.name, "about": entry.about, **entry.fields}


def _network(profile: Profile) -> dict[str, object]:
    return {"name": profile.name, "about": profile.about, "nominal": profile.nominal}


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
