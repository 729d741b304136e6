"""The plan of a suite: every cell, written down before the first one starts.

A planned cell without a result is ``unknown``, so nothing can be left out quietly.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from harness.core.clock import utc_stamp
from harness.ledger.json_files import Record, write_record
from harness.ledger.rundir import FORMAT, RunPlan
from harness.target.target import Target

PLAN_FILE = "plan.json"
SUITE_END_FILE = "suite-end.json"

NotRun = Literal["unsupported", "missing", "budget"]


class WhyNot(Record, frozen=True, kw_only=True):
    """Why a cell cannot run here, and the command that fixes it, empty if there is none."""

    kind: NotRun
    reason: str
    fix: str = ""


class PlannedCell(Record, frozen=True, kw_only=True):
    """One cell: what to run, where its pytest function is, and where its run directory goes.

    ``about_s`` is how long it takes, ``budget_s`` how long it may take. ``directory`` is the run
    directory as plan.json holds it, empty before it is written.
    """

    plan: RunPlan
    node: str
    about_s: float
    budget_s: float
    exclusive: bool = False
    not_run: WhyNot | None = None
    directory: str = ""

    @property
    def run(self) -> str:
        """Return the run directory relative to the suite's."""
        return self.directory or f"cells/{self.plan.slug}"


class SuiteOptions(Record, frozen=True, kw_only=True):
    """How the cells run: the target, and what the user asked for.

    ``bind`` is where remote browsers find the target, empty for loopback.
    """

    target: Target = msgspec.field(default_factory=Target)
    headed: bool = False
    keep: bool = False
    bind: str = ""


class RoadmapColumn(Record, frozen=True, kw_only=True):
    """A column that the roadmap asks for: which product, from which version, and where.

    ``kinds`` are the kinds of browsers that fill it; ``near`` are products of the same engine,
    which come near it and never fill it. To fill it, give ``command`` at the place that ``where``
    describes.
    """

    browser: str
    product: str
    minimum: int
    platform: str
    kinds: tuple[str, ...]
    near: tuple[str, ...] = ()
    where: str
    command: str

    @property
    def label(self) -> str:
        """Return the column's name as the roadmap writes it: ``Chrome 120+ · Windows``."""
        return f"{self.browser} {self.minimum}+ · {self.platform}"


class Roadmap(Record, frozen=True, kw_only=True):
    """The columns that the roadmap asks for, and the matrix whose cells may fill them."""

    matrix: str
    columns: tuple[RoadmapColumn, ...]


class SuitePlan(Record, frozen=True, kw_only=True):
    """Everything that was asked for, as plan.json holds it."""

    format: int = FORMAT
    suite: str
    command: str
    started: str = msgspec.field(default_factory=utc_stamp)
    facts: Mapping[str, str] = {}
    options: SuiteOptions = msgspec.field(default_factory=SuiteOptions)
    roadmap: Roadmap | None = None
    cells: Sequence[PlannedCell]


class SuiteEnd(Record, frozen=True, kw_only=True):
    """suite-end.json: how the suite ended. ``trouble`` says in one line why pytest did not finish,
    ``duration_s`` how long the suite took."""

    format: int = FORMAT
    interrupted: bool
    trouble: str = ""
    duration_s: float = 0.0


def write_plan(directory: Path, plan: SuitePlan) -> None:
    """Write plan.json. Raises OSError when the directory cannot be written.

    The database's URL and the addresses of remote browsers may hold a password: they travel in the
    environment.
    """
    target = dataclasses.replace(plan.options.target, database_url=None, browsers={})
    stored = replace(
        plan,
        options=replace(plan.options, target=target),
        cells=[replace(cell, directory=cell.run) for cell in plan.cells],
    )
    write_record(directory / PLAN_FILE, stored)


def write_suite_end(directory: Path, end: SuiteEnd) -> None:
    """Write suite-end.json. Raises OSError when the directory cannot be written."""
    write_record(directory / SUITE_END_FILE, end)
