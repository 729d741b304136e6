"""What a suite and its runs left behind, read back: this format, and the two before.

Format 2 did not tell what a target promises of delivery, which was exactly-once, and its database
was always a table over SQL with the time of every view.

Format 1 had no titles, numbers or expectations in run.json, and kept a check's parameters to itself
where they were the check's own defaults. What such a file does not hold stays empty. Fields that it
holds beyond those that are read here are passed over: it grew without a change of its number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from harness.core.errors import LedgerDamaged, UsageError
from harness.core.phases import Span
from harness.ledger import door
from harness.ledger.json_files import Nanoseconds, Natural, read_versioned
from harness.ledger.plan import (
    PLAN_FILE,
    SUITE_END_FILE,
    NotRun,
    PlannedCell,
    SuiteEnd,
    SuitePlan,
    WhyNot,
)
from harness.ledger.rundir import (
    END_FILE,
    FORMAT,
    PHASES_FILE,
    RUN_FILE,
    Arm,
    CheckSpec,
    Expected,
    Parameters,
    RunEnd,
    RunPhases,
    RunPlan,
    RunRecord,
    Status,
    TargetRecord,
    arm_text,
    checksum,
)
from harness.target.capabilities import Capability

DEFAULTS_1: Mapping[str, Parameters] = {
    "fault_was_live": {"felt_least": 1},
    "latency_p95": {"exclude_first_s": 0, "for_s": 0},
    "flush_success": {"exclude_first_s": 0},
    "workers_whole": {"workers": 1},
    "offered_rate": {"slots": 0, "minimum": 0.999},
    "database_cpu": {"exclude_first_s": 0, "for_s": 0},
    "memory_growth": {
        "limit_bytes": 0,
        "limit_percent": 0,
        "process": "ingest",
        "exclude_first_s": 0,
    },
    "timed_out_then": {"transport": ""},
    "handlers_once": {"round_trips": 0.0},
    "absorbed_explained": {"least": 0.0},
}
"""Parameters that format 1 left out, by check. They are part of that format and never change."""


class _WhyNot1(msgspec.Struct, frozen=True):
    kind: NotRun
    reason: str
    fix: str = msgspec.field(default="", name="mend")

    def why_not(self) -> WhyNot:
        return WhyNot(kind=self.kind, reason=self.reason, fix=self.fix)


class _Cell1(msgspec.Struct, frozen=True, kw_only=True):
    scenario: str
    arm: Arm
    seed: int
    checks: tuple[CheckSpec, ...]
    run: str
    node: str = ""
    about_s: float = 0.0
    budget_s: float = 0.0
    matrix: str = ""
    question: str = ""
    exclusive: bool = False
    not_run: _WhyNot1 | None = None
    expected: Expected | None = None

    def cell(self) -> PlannedCell:
        return PlannedCell(
            plan=RunPlan(
                scenario=self.scenario,
                arm=self.arm,
                seed=self.seed,
                checks=_complete(self.checks),
                matrix=self.matrix,
                question=self.question,
                expected=self.expected,
            ),
            node=self.node,
            about_s=self.about_s,
            budget_s=self.budget_s,
            exclusive=self.exclusive,
            not_run=self.not_run.why_not() if self.not_run else None,
            directory=self.run,
        )


class _Plan1(msgspec.Struct, frozen=True, kw_only=True):
    suite: str
    command: str
    started: str
    cells: tuple[_Cell1, ...]
    facts: Mapping[str, str] = {}

    def plan(self) -> SuitePlan:
        return SuitePlan(
            format=1,
            suite=self.suite,
            command=self.command,
            started=self.started,
            facts=self.facts,
            cells=[cell.cell() for cell in self.cells],
        )


class _SuiteEnd1(msgspec.Struct, frozen=True, kw_only=True):
    interrupted: bool = True
    trouble: str = ""
    duration_s: float = 0.0


class _Run1(msgspec.Struct, frozen=True, kw_only=True):
    scenario: str
    arm: Arm
    seed: int
    checks: tuple[CheckSpec, ...]
    started: str
    started_mono_ns: Nanoseconds
    started_wall_ns: Nanoseconds
    pid: int | None = None
    target: TargetRecord | None = None
    versions: Mapping[str, str] = {}

    def record(self) -> RunRecord:
        plan = RunPlan(
            scenario=self.scenario, arm=self.arm, seed=self.seed, checks=_complete(self.checks)
        )
        return RunRecord(
            format=1,
            plan=plan,
            started=self.started,
            started_mono_ns=self.started_mono_ns,
            started_wall_ns=self.started_wall_ns,
            pid=self.pid,
            target=self.target,
            versions=self.versions,
        )


class _End1(msgspec.Struct, frozen=True, kw_only=True):
    status: Status
    reason: str
    ended_mono_ns: Nanoseconds
    ended_wall_ns: Nanoseconds
    rows: Mapping[str, Natural]
    crc32: Mapping[str, Natural] = {}


def read_plan(directory: Path) -> SuitePlan:
    """Return a suite's plan. Raises LedgerUnreadable that names the file and the field."""
    path = directory / PLAN_FILE
    try:
        found: _Plan1 | SuitePlan = read_versioned(
            path, {1: _Plan1, 2: SuitePlan, FORMAT: SuitePlan}
        )
    except UsageError as error:  # of a table's name, as in a target file
        raise LedgerDamaged(f"{path}: {error}") from error
    plan = found.plan() if isinstance(found, _Plan1) else found
    cells = Counter(
        (one.plan.scenario, arm_text(one.plan.arm), one.plan.seed) for one in plan.cells
    )
    for (scenario, arm, seed), times in cells.items():
        if times > 1:  # a report knows a cell by these: one of them would be left out
            raise LedgerDamaged(f"{path}: cells: {scenario} [{arm}] seed {seed} is there twice")
    return plan


def read_suite_end(directory: Path) -> SuiteEnd | None:
    """Return how a suite ended, None if it did not. Raises LedgerUnreadable."""
    path = directory / SUITE_END_FILE
    if not door.is_there(directory, SUITE_END_FILE):
        return None
    kinds = {1: _SuiteEnd1, 2: SuiteEnd, FORMAT: SuiteEnd}
    found: _SuiteEnd1 | SuiteEnd = read_versioned(path, kinds, unnumbered=1)
    if isinstance(found, SuiteEnd):
        return found
    return SuiteEnd(
        format=1,
        interrupted=found.interrupted,
        trouble=found.trouble,
        duration_s=found.duration_s,
    )


def read_run(directory: Path) -> RunRecord:
    """Return what a run directory says was run.

    Raises LedgerUnreadable that names the field, and LedgerDamaged when a file of the run's
    evidence is a link, no regular file, or too large to be read.
    """
    path = directory / RUN_FILE
    kinds = {1: _Run1, 2: RunRecord, FORMAT: RunRecord}
    found: _Run1 | RunRecord = read_versioned(path, kinds)
    door.refuse_strange(directory, (".arrows", ".ndjson"))
    record = found.record() if isinstance(found, _Run1) else found
    return record if record.format == FORMAT else replace(record, target=_since_3(record.target))


def read_end(directory: Path) -> RunEnd | None:
    """Return how a run ended, None if it was cut short.

    Raises LedgerUnreadable, and LedgerDamaged when run.json is not as the run left it.
    """
    path = directory / END_FILE
    if not door.is_there(directory, END_FILE):
        return None
    found: _End1 | RunEnd = read_versioned(path, {1: _End1, 2: RunEnd, FORMAT: RunEnd})
    # Earlier revisions did not write down what run.json was.
    if RUN_FILE in found.crc32 and found.crc32[RUN_FILE] != checksum(directory / RUN_FILE):
        raise LedgerDamaged(f"{directory / RUN_FILE} is not as the run left it")
    if isinstance(found, RunEnd):
        return found
    return RunEnd(
        format=1,
        status=found.status,
        reason=found.reason,
        ended_mono_ns=found.ended_mono_ns,
        ended_wall_ns=found.ended_wall_ns,
        rows=found.rows,
        crc32=found.crc32,
    )


def read_phases(directory: Path) -> tuple[Span, ...]:
    """Return how long each part of a run took, nothing where that was not recorded.

    Raises LedgerUnreadable.
    """
    if not door.is_there(directory, PHASES_FILE):
        return ()
    found: RunPhases = read_versioned(directory / PHASES_FILE, {2: RunPhases, FORMAT: RunPhases})
    return found.phases


def _since_3(target: TargetRecord | None) -> TargetRecord | None:
    """Return what was tried with the capabilities that were part of another before format 3."""
    if target is None or Capability.DATABASE.key not in (target.capabilities or ()):
        return target
    more = {Capability.TABLE.key, Capability.VIEWED_TIME.key}
    return replace(target, capabilities=tuple(sorted({*(target.capabilities or ()), *more})))


def _complete(checks: Iterable[CheckSpec]) -> tuple[CheckSpec, ...]:
    """Return the checks with the parameters that format 1 left out."""
    return tuple(
        CheckSpec(name=one.name, parameters={**DEFAULTS_1.get(one.name, {}), **one.parameters})
        for one in checks
    )
