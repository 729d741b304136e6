"""From a closed ledger to a verdict: one run, or every cell of a plan.

Judging reads run directories only. The same directory judged again gives the same verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from harness.core.errors import HarnessError, LedgerUnreadable
from harness.ledger.plan import PLAN_FILE, PlannedCell, Roadmap, SuiteEnd
from harness.ledger.rundir import RUN_FILE, CheckSpec, Parameters, RunPlan, RunRecord, arm_text
from harness.ledger.stored import read_plan, read_suite_end
from reports.checks import ALWAYS, CHECKS
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames, read_ledger
from reports.judging.expected import weigh
from reports.judging.measures import measures
from reports.verdict.roadmap_columns import (
    BrowserSeen,
    ColumnState,
    browser_from_detail,
    column_filled_by,
    column_near,
    roadmap_states,
)
from reports.verdict.verdict import (
    Cell,
    Finding,
    NotRunKind,
    SuiteVerdict,
    Verdict,
    judge_cells,
    worst,
)

LACKING_1 = (
    "it was stored in format 1, which holds neither what the runs were exposed to nor the "
    "roadmap's columns"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """A cell with the evidence behind it, for pictures and explanations."""

    cell: Cell
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSuite:
    """The suite's verdict with every cell's evidence, by cell name."""

    suite: SuiteVerdict
    runs: Mapping[str, JudgedRun] = field(default_factory=dict)


def judge_run(
    directory: Path, *, shown_as: str | None = None, planned: RunPlan | None = None
) -> JudgedRun:
    """Judge one run directory by the checks that its run.json names.

    ``planned`` is what the suite's plan says of the run. Raises LedgerUnreadable when the directory
    is not a run's, or holds another run. A check that crashes is ``unknown``.
    """
    ledger = read_ledger(directory)
    plan = _plan_of(ledger.run, planned)
    evidence = Evidence(ledger=ledger, late_after_s=_late_after_s(plan.checks))
    fates = evidence.fates
    asked = (*(CheckSpec(name=name) for name in ALWAYS), *plan.checks)
    findings = tuple(_find(evidence, check.name, check.parameters) for check in asked)
    if not evidence.is_whole:
        findings = tuple(_doubted(finding) for finding in findings)
    verdict = worst(f.verdict for f in findings)
    if all(f.verdict is Verdict.NOT_RUN for f in findings[len(ALWAYS) :]):
        verdict = Verdict.UNKNOWN  # a healthy instrument alone proves nothing about the target
    cell = replace(
        _cell(plan, verdict, _reason(verdict, findings, bool(plan.checks))),
        findings=findings,
        run=shown_as or str(directory),
        duration_s=_duration_s(ledger),
        fates=fates.counts() if fates.decided else {},
        measures=measures(ledger, fates),
        browser=_browser(ledger),
    )
    if plan.expected is not None:
        cell = weigh(cell, plan.expected, evidence)
    return JudgedRun(cell=cell, evidence=evidence)


def judge_suite(directory: Path) -> JudgedSuite:
    """Judge every planned cell under a suite directory; a single run is a suite of one.

    Raises LedgerUnreadable when the directory is neither.
    """
    if (directory / RUN_FILE).exists():
        return _suite_of_one(directory)
    if not (directory / PLAN_FILE).exists():
        raise LedgerUnreadable(
            f"{directory} is neither a run nor a suite directory",
            hint="`runs/latest` is the newest suite",
        )
    plan = read_plan(directory)
    end = read_suite_end(directory) or SuiteEnd(interrupted=True)
    runs: dict[str, JudgedRun] = {}
    for planned in plan.cells:
        judged = _judge_planned(directory, planned, end.trouble)
        cell = _in_roadmap(judged.cell, plan.roadmap)
        runs[cell.name] = JudgedRun(cell=cell, evidence=judged.evidence)
    cells = tuple(run.cell for run in runs.values())
    verdict, reason = judge_cells(cells)
    return JudgedSuite(
        suite=SuiteVerdict(
            verdict=verdict,
            reason=reason,
            cells=cells,
            suite=plan.suite,
            started=plan.started,
            duration_s=end.duration_s,
            command=plan.command,
            facts=plan.facts,
            interrupted=end.interrupted,
            lacking=LACKING_1 if plan.format == 1 else "",
            columns=_columns(cells, plan.roadmap),
        ),
        runs=runs,
    )


def _judge_planned(directory: Path, planned: PlannedCell, trouble: str) -> JudgedRun:
    if why := planned.not_run:
        cell = _cell(planned.plan, Verdict.NOT_RUN, why.reason)
        return JudgedRun(cell=replace(cell, not_run=NotRunKind(why.kind), fix=why.fix))
    run = directory / planned.run
    if not (run / RUN_FILE).exists():
        reason = trouble or "planned, but it left no result"
        return JudgedRun(cell=_cell(planned.plan, Verdict.UNKNOWN, reason))
    try:
        return judge_run(run, shown_as=planned.run, planned=planned.plan)
    except Exception as error:  # whatever is wrong with one cell must not take the others along
        line = error.line if isinstance(error, HarnessError) else f"cannot be judged: {error!r}"
        cell = _cell(planned.plan, Verdict.UNKNOWN, line)
        return JudgedRun(cell=replace(cell, run=planned.run))


def _cell(plan: RunPlan, verdict: Verdict, reason: str) -> Cell:
    """Return a cell that shows what its plan says was run."""
    return Cell(
        scenario=plan.scenario,
        arm=arm_text(plan.arm),
        seed=plan.seed,
        verdict=verdict,
        reason=reason,
        matrix=plan.matrix,
        question=plan.question,
        conditions=plan.conditions,
    )


def _in_roadmap(cell: Cell, roadmap: Roadmap | None) -> Cell:
    """Return the cell with the roadmap's column that its browser fills, or is nearest to."""
    if roadmap is None or cell.browser is None:
        return cell
    if column := column_filled_by(cell.browser, roadmap.columns):
        return replace(cell, fills=column.label)
    if nearest := column_near(cell.browser, roadmap.columns):
        return replace(cell, near=nearest[0].label, lacks=nearest[1])
    return cell


def _columns(cells: Sequence[Cell], roadmap: Roadmap | None) -> tuple[ColumnState, ...]:
    """Return the roadmap's browser columns, if the suite has any cell of that matrix."""
    if roadmap is None:
        return ()
    asked = [cell for cell in cells if cell.matrix == roadmap.matrix]
    seen = [cell.browser for cell in asked if cell.browser]
    return roadmap_states(seen, roadmap.columns, roadmap.matrix) if asked else ()


def _browser(ledger: LedgerFrames) -> BrowserSeen | None:
    """Return the browser of the run, if one word of itself and no other was written down."""
    said = ledger.network[ledger.network["kind"] == "browser"]["detail"]
    found = {browser_from_detail(detail) for detail in said}
    return found.pop() if len(found) == 1 else None


def _plan_of(run: RunRecord, planned: RunPlan | None) -> RunPlan:
    """Return what was run: the directory says it, and the suite's plan must say the same.

    In format 1 only the plan held the question and what was expected. Raises LedgerUnreadable when
    the directory holds another run.
    """
    if planned is None:
        return run.plan
    old = ("scenario", "arm", "seed", "checks")
    for name in old if run.format == 1 else run.plan.__struct_fields__:
        found = getattr(run.plan, name)
        if found != getattr(planned, name):
            raise LedgerUnreadable(f"the directory holds another run: its {name} is {found!r}")
    return planned


def _suite_of_one(directory: Path) -> JudgedSuite:
    judged = judge_run(directory, shown_as=".")
    cell, ledger = judged.cell, judged.evidence.ledger if judged.evidence else None
    verdict, reason = judge_cells([cell])
    return JudgedSuite(
        suite=SuiteVerdict(
            verdict=verdict,
            reason=reason,
            cells=(cell,),
            suite="one run",
            started=ledger.run.started if ledger else "",
            duration_s=cell.duration_s or 0.0,
            command="",
            facts=ledger.run.versions if ledger else {},
            interrupted=ledger.end is None if ledger else True,
        ),
        runs={cell.name: judged},
    )


def _find(evidence: Evidence, name: str, parameters: Parameters) -> Finding:
    check = CHECKS.get(name)
    if check is None:
        return Finding(check=name, verdict=Verdict.UNKNOWN, summary=f"there is no check {name!r}")
    try:
        return check(evidence, **parameters)
    except Exception as error:  # a crashing check must never look like a pass, nor end the suite
        return Finding(
            check=name,
            verdict=Verdict.UNKNOWN,
            summary=f"the check crashed: {type(error).__name__}: {error}",
        )


def _doubted(finding: Finding) -> Finding:
    """Return a failure as unknown: on damaged evidence what is missing proves nothing."""
    if finding.verdict is not Verdict.FAIL:
        return finding
    summary = f"the evidence is not whole, or else: {finding.summary}"
    return replace(finding, verdict=Verdict.UNKNOWN, summary=summary)


def _reason(verdict: Verdict, findings: Sequence[Finding], any_asked: bool) -> str:
    if not any_asked:
        return "no check was asked for"
    concerned = [f for f in findings if f.verdict is verdict]
    unsupported = [f for f in findings if f.verdict is Verdict.NOT_RUN]
    if verdict is Verdict.PASS:
        aside = f"; unsupported: {', '.join(f.check for f in unsupported)}" if unsupported else ""
        return f"{len(concerned)} of {len(findings)} checks passed{aside}"
    first = [*concerned, *unsupported][0]
    return f"{first.check}: {first.summary}"


def _late_after_s(checks: Sequence[CheckSpec]) -> float | None:
    bounds = [float(c.parameters["within_s"]) for c in checks if c.name == "in_time"]
    return min(bounds) if bounds else None


def _duration_s(ledger: LedgerFrames) -> float | None:
    if ledger.end is None:
        return None
    return (ledger.end.ended_mono_ns - ledger.start_ns) / 1e9
