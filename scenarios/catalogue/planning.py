"""From what a user asks to the cells that are run.

First every arm is settled: which of the declared ones are asked for, with which options of a load,
over which network. Each of these touches factors of its own, so their order means nothing. Then
each cell is derived from its arm, at once (``cells.py``).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from harness.core.errors import HarnessError, UsageError
from harness.ledger.defect import FACTOR as DEFECT
from harness.ledger.defect import PlannedDefect
from harness.ledger.network import FACTOR
from harness.ledger.plan import PlannedCell
from harness.target.capabilities import Capability
from harness.target.reference.topologies import FACTOR as TOPOLOGY
from harness.target.reference.topologies import SINGLE, topology_named
from scenarios.catalogue.cells import cell_of
from scenarios.catalogue.declare import OWN_RECORDER
from scenarios.catalogue.networks import with_networks
from scenarios.catalogue.request import Catalogue, Levels, Machine, PlanRequest, TargetOffer
from scenarios.catalogue.selection import Choice, find, select, with_settings
from scenarios.load.arms import LOAD_FACTORS, refuse_impossible


def plan(request: PlanRequest, catalogue: Catalogue, machine: Machine) -> list[PlannedCell]:
    """Return the cells of a request, each once, with the reason where the machine cannot run one.

    Raises UsageError for what no cell could be, such as an unknown name or level, a network
    beneath a scenario that makes its own, or a load that this machine cannot offer.
    """
    load = {f: levels for f, levels in request.levels.items() if f in LOAD_FACTORS}
    added = LOAD_FACTORS | {FACTOR, DEFECT, TOPOLOGY}
    declared = {f: levels for f, levels in request.levels.items() if f not in added}
    for workload in declared.get("workload", ()):
        find(workload, catalogue.workloads, "workload")
    tried = catalogue.tried
    named = declared.pop("preset", ()) if tried.settings else ()
    choices = select(request, catalogue, declared)
    if tried.settings:
        choices = with_settings(choices, tried, named)
    else:
        choices = _with_own_recorder(choices, tried)
    choices = _with_topologies(choices, request.levels.get(TOPOLOGY, ()), tried)
    choices = _with_load_options(choices, load)
    choices = _with_defects(choices, request.levels.get(DEFECT, ()))
    networks = request.levels.get(FACTOR, ())
    if networks or not request.every:
        choices = with_networks(choices, networks, machine)
    cells = (
        cell_of(
            choice.scenario,
            choice.arm,
            choice.seed,
            targets=catalogue.targets,
            machine=machine,
            tried=catalogue.tried,
        )
        for choice in choices
    )
    planned = {cell.run: cell for cell in cells}  # asked for twice, run once
    if not request.every:
        for cell in planned.values():
            refuse_impossible(cell.plan.arm)
    return list(planned.values())


def _with_own_recorder(choices: Sequence[Choice], tried: TargetOffer) -> list[Choice]:
    """Return the choices with the page's own recorder for a preset, where its rules are not known:
    the arms of several presets are then one."""
    if tried.offered is None or Capability.RECORDER_RULES in tried.offered:
        return list(choices)
    return [
        choice.with_arm({**choice.arm, "preset": OWN_RECORDER})
        if "preset" in choice.arm
        else choice
        for choice in choices
    ]


def refuse_missing(cells: Sequence[PlannedCell]) -> None:
    """Raise HarnessError when a cell lacks a part of the machine."""
    for cell in cells:
        if cell.not_run and cell.not_run.kind == "missing":
            hint = f"Run `{cell.not_run.fix}`"
            raise HarnessError(f"--require-all: {cell.not_run.reason}", hint=hint)


def _with_defects(choices: Sequence[Choice], levels: Sequence[str]) -> list[Choice]:
    """Return the choices, each with every defect that is asked for. Raises UsageError."""
    if not levels:
        return list(choices)
    return [
        choice.with_arm({**choice.arm, DEFECT: str(PlannedDefect.parse(level))})
        for level in levels
        for choice in choices
    ]


def _with_topologies(
    choices: Sequence[Choice], levels: Sequence[str], tried: TargetOffer
) -> list[Choice]:
    """Return the choices on each of the topologies; those whose scenario is about topologies only
    on the one that their arm has. Raises UsageError."""
    if not levels:
        return list(choices)
    if tried.offered is not None:
        raise UsageError(
            "--topology: only the reference system has topologies",
            hint="Leave --topology out, or --target",
        )
    found = [
        choice if level == SINGLE or TOPOLOGY in choice.arm else _on(choice, level)
        for level in (topology_named(name).name for name in levels)
        for choice in choices
        if choice.arm.get(TOPOLOGY, level) == level
    ]
    if not found:
        raise UsageError(f"--topology {levels[0]}: no arm of these scenarios has it")
    return found


def _on(choice: Choice, topology: str) -> Choice:
    return choice.with_arm({**choice.arm, TOPOLOGY: topology})


def _with_load_options(choices: Sequence[Choice], load: Levels) -> list[Choice]:
    """Return the choices with these factors in the arms of all that send a workload."""
    if load and not any("workload" in choice.arm for choice in choices):
        options = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(load))
        raise UsageError(
            f"{options}: none of these scenarios sends a load", hint="Try `harness run load`"
        )
    factors = sorted(load)
    combinations = [
        dict(zip(factors, levels, strict=True))
        for levels in itertools.product(*(load[factor] for factor in factors))
    ]
    return [
        choice.with_arm({**choice.arm, **options}) if "workload" in choice.arm else choice
        for options in combinations
        for choice in choices
    ]
