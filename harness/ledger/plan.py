"""The plan of a suite: every cell, written down before the first one starts.

A planned cell without a result is ``unknown``, so nothing can be left out quietly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.core.clock import utc_stamp
from harness.ledger.rundir import (
    CheckSpec,
    RunPlan,
    conditions_from_json,
    read_json,
    write_json,
)
from harness.ledger.schema import FORMAT
from harness.target.target import Table, Target

PLAN_FILE = "plan.json"
SUITE_END_FILE = "suite-end.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Why a cell cannot run here (``unsupported``, ``missing``, ``budget``), and what fixes it."""

    kind: str
    reason: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a cell is known to lose, so that its failure is no news and does not gate.

    Only these ``fates`` may befall impressions beside good ones, and only these ``checks`` may
    fail; ``rate`` bounds the share (0 … 1) of the shown impressions that is lost, and ``source``
    says where that is known from. Anything else gates as it would anywhere.
    """

    fates: tuple[str, ...]
    checks: tuple[str, ...]
    rate: tuple[float, float]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCell:
    """One cell: what to run, where its pytest function is, and where its run directory goes.

    ``matrix`` and ``question`` are the scenario's, for the report.
    """

    plan: RunPlan
    node: str
    about_s: float
    budget_s: float
    matrix: str = ""
    question: str = ""
    exclusive: bool = False
    not_run: WhyNot | None = None
    expected: Expected | None = None

    @property
    def run(self) -> str:
        """Return the run directory relative to the suite's."""
        return f"cells/{self.plan.slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteOptions:
    """How the cells run: the target, and what the user wished.

    ``bind`` is where remote browsers find the target, empty for loopback. The database URL and the
    addresses of remote browsers are not here: they may hold a password and travel in the
    environment.
    """

    target: Target = field(default_factory=Target)
    headed: bool = False
    keep: bool = False
    bind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuitePlan:
    """Everything that was asked for, as plan.json holds it."""

    suite: str
    command: str
    cells: Sequence[PlannedCell]
    options: SuiteOptions = field(default_factory=SuiteOptions)
    facts: dict[str, str] = field(default_factory=dict)
    started: str = field(default_factory=utc_stamp)


def write_plan(directory: Path, plan: SuitePlan) -> None:
    """Write plan.json. Raises OSError when the directory cannot be written."""
    options = asdict(plan.options)
    for secret in ("database_url", "browsers"):
        options["target"].pop(secret)
    write_json(
        directory / PLAN_FILE,
        {
            "format": FORMAT,
            "suite": plan.suite,
            "command": plan.command,
            "started": plan.started,
            "facts": plan.facts,
            "options": options,
            "cells": [_cell_to_json(cell) for cell in plan.cells],
        },
    )


def read_plan(directory: Path) -> SuitePlan:
    """Read plan.json back. Raises LedgerUnreadable when it is not there or not ours."""
    content = read_json(directory / PLAN_FILE)
    options = dict(content["options"])
    target = dict(options.pop("target"))
    table = Table(**target.pop("table"))
    return SuitePlan(
        suite=content["suite"],
        command=content["command"],
        started=content["started"],
        facts=content["facts"],
        options=SuiteOptions(target=Target(table=table, **target), **options),
        cells=[_cell_from_json(cell) for cell in content["cells"]],
    )


def _cell_to_json(cell: PlannedCell) -> dict[str, Any]:
    return {
        "scenario": cell.plan.scenario,
        "arm": dict(cell.plan.arm),
        "seed": cell.plan.seed,
        "checks": [asdict(check) for check in cell.plan.checks],
        "conditions": [asdict(condition) for condition in cell.plan.conditions],
        "run": cell.run,
        "node": cell.node,
        "about_s": cell.about_s,
        "budget_s": cell.budget_s,
        "matrix": cell.matrix,
        "question": cell.question,
        "exclusive": cell.exclusive,
        "not_run": asdict(cell.not_run) if cell.not_run else None,
        "expected": asdict(cell.expected) if cell.expected else None,
    }


def _cell_from_json(content: dict[str, Any]) -> PlannedCell:
    return PlannedCell(
        plan=RunPlan(
            scenario=content["scenario"],
            arm=content["arm"],
            seed=content["seed"],
            checks=tuple(CheckSpec(**check) for check in content["checks"]),
            conditions=conditions_from_json(content.get("conditions", ())),
        ),
        node=content["node"],
        about_s=content["about_s"],
        budget_s=content["budget_s"],
        matrix=content["matrix"],
        question=content["question"],
        exclusive=content["exclusive"],
        not_run=why_not_from_json(content["not_run"]),
        expected=expected_from_json(content["expected"]),
    )


def why_not_from_json(content: Mapping[str, Any] | None) -> WhyNot | None:
    """Return what plan.json holds under ``not_run``; raises KeyError.

    Plans of earlier revisions have the command under ``mend``.
    """
    if content is None:
        return None
    fix = content.get("fix", content.get("mend", ""))
    return WhyNot(kind=content["kind"], reason=content["reason"], fix=fix)


def expected_from_json(content: Mapping[str, Any] | None) -> Expected | None:
    """Return what plan.json holds under ``expected``; raises KeyError, TypeError or ValueError."""
    if content is None:
        return None
    low, high = content["rate"]
    return Expected(
        fates=tuple(content["fates"]),
        checks=tuple(content["checks"]),
        rate=(float(low), float(high)),
        source=str(content["source"]),
    )
