"""From a closed ledger to a verdict: one run, or every cell of a plan.

Judging reads run directories only. The same directory judged again gives the same verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from dataclasses import replace as evolve
from pathlib import Path

from msgspec.structs import replace

from harness.core.errors import HarnessError, LedgerDamaged, LedgerUnreadable
from harness.ledger import door
from harness.ledger.plan import PLAN_FILE, PlannedCell, SuiteEnd, SuiteOptions
from harness.ledger.rundir import (
    RUN_FILE,
    CheckSpec,
    RunPlan,
    TargetRecord,
    arm_text,
)
from harness.ledger.stored import read_plan, read_run, read_suite_end
from harness.target.capabilities import Capability
from harness.target.target import Target
from reports.checks import CHECKS
from reports.evidence.columnar import give_back
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.parts.ledger import is_large
from reports.judging.directory.evidence import damage_named, evidence_in, plan_of
from reports.judging.expected import weigh
from reports.judging.findings import findings_of
from reports.judging.measures import measures
from reports.judging.parameters import late_after_s
from reports.judging.parts.judging import judge_in_parts
from reports.judging.roadmap import browser_of, columns_of, in_roadmap
from reports.verdict.verdict import (
    Cell,
    Finding,
    NotRunKind,
    SuiteVerdict,
    Verdict,
    counts_of,
    judge_cells,
    worst,
)

_LACKING_1 = (
    "it was stored in format 1, which holds neither what the runs were exposed to nor the "
    "roadmap's columns"
)


Around = Callable[[RunPlan], AbstractContextManager[None]]
"""Returns the context in which a run is judged."""


def nothing_around(plan: RunPlan) -> AbstractContextManager[None]:
    """Return a context that does nothing."""
    return nullcontext()


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """A cell with its plan and the evidence behind it, for pictures, commands and explanations.

    ``read`` returns the evidence, which may be read only then; ``target`` is what run.json says was
    tried; ``node`` is the scenario's pytest function, ``FILE::NAME``, as the suite's plan holds it.
    """

    cell: Cell
    plan: RunPlan | None = None
    read: Callable[[], Evidence | None] = lambda: None
    target: TargetRecord | None = None
    node: str = ""

    @property
    def evidence(self) -> Evidence | None:
        """Return what the cell was judged by, None where nothing was."""
        return self.read()


Recall = Callable[[Path, RunPlan], JudgedRun | None]
"""Returns the judgement of a run directory that was made before, None where there is none."""


def nothing_recalled(directory: Path, plan: RunPlan) -> JudgedRun | None:
    """Return that a run has to be judged."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSuite:
    """The suite's verdict with every cell's evidence, by cell name; ``options`` are how the suite
    ran, None for a single run."""

    suite: SuiteVerdict
    options: SuiteOptions | None = None
    runs: Mapping[str, JudgedRun] = field(default_factory=dict)


def judge_suite(
    directory: Path, around: Around = nothing_around, recall: Recall = nothing_recalled
) -> JudgedSuite:
    """Judge every planned cell under a suite directory; a single run is a suite of one.

    ``around`` returns a context in which a run is judged: a self-test breaks the judge there. What
    ``recall`` returns of a run is not judged again.
    Raises LedgerUnreadable when the directory is neither.
    """
    if door.is_there(directory, RUN_FILE):
        return _suite_of_one(directory, around)
    if not door.is_there(directory, PLAN_FILE):
        raise LedgerUnreadable(
            f"{directory} is neither a run nor a suite directory",
            hint="`runs/latest` is the newest suite",
        )
    plan = read_plan(directory)
    end = read_suite_end(directory) or SuiteEnd(interrupted=True)
    runs: dict[str, JudgedRun] = {}
    for planned in plan.cells:
        judged = _judge_planned(directory, planned, end.trouble, around, recall)
        cell = in_roadmap(judged.cell, plan.roadmap)
        runs[cell.name] = evolve(judged, cell=cell, plan=planned.plan, node=planned.node)
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
            counts=counts_of(cells),
            target=_target(plan.options.target),
            lacking=_lacking(plan.format),
            columns=columns_of(cells, plan.roadmap),
        ),
        options=plan.options,
        runs=runs,
    )


def _suite_of_one(directory: Path, around: Around) -> JudgedSuite:
    """Judge one run as a suite: its own facts, no command and no browser columns."""
    with around(read_run(directory).plan):
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
            counts=counts_of([cell]),
            target=_recorded_target(ledger.run.target) if ledger else {},
            lacking=_lacking(ledger.run.format) if ledger else "",
        ),
        runs={cell.name: judged},
    )


def _judge_planned(
    directory: Path, planned: PlannedCell, trouble: str, around: Around, recall: Recall
) -> JudgedRun:
    """Judge one cell of a plan; ``trouble`` is why the suite ended early, empty if it did not."""
    if why := planned.not_run:
        cell = _cell(planned.plan, Verdict.NOT_RUN, why.reason)
        return JudgedRun(cell=replace(cell, not_run=NotRunKind(why.kind), fix=why.fix))
    try:
        run = door.below(directory, planned.run)
        if not door.is_there(run, RUN_FILE):
            reason = trouble or "planned, but it left no result"
            return JudgedRun(cell=_cell(planned.plan, Verdict.UNKNOWN, reason))
        if known := recall(run, planned.plan):
            return evolve(known, cell=replace(known.cell, run=planned.run))
    except LedgerDamaged as error:  # what lies elsewhere is no run of this suite
        return JudgedRun(cell=_cell(planned.plan, Verdict.UNKNOWN, error.line))
    try:
        with around(planned.plan):
            return judge_run(run, shown_as=planned.run, planned=planned.plan)
    except Exception as error:  # one cell that cannot be judged must not take the others along
        line = error.line if isinstance(error, HarnessError) else f"cannot be judged: {error!r}"
        cell = _cell(planned.plan, Verdict.UNKNOWN, line)
        return JudgedRun(cell=replace(cell, run=planned.run))


def judge_run(
    directory: Path, *, shown_as: str | None = None, planned: RunPlan | None = None
) -> JudgedRun:
    """Judge one run directory by the checks that its run.json names.

    ``planned`` is what the suite's plan says of the run. Raises LedgerUnreadable when the directory
    is not a run's, or holds another run, and LedgerDamaged when what it holds cannot be judged. A
    check that crashes is ``unknown``.
    """
    with damage_named(directory):
        return _judged(directory, shown_as, planned)


def _judged(directory: Path, shown_as: str | None, planned: RunPlan | None) -> JudgedRun:
    if is_large(directory):
        plan = plan_of(read_run(directory), planned)
        evidence, findings = judge_in_parts(directory, plan.checks, late_after_s(plan.checks))
    else:
        evidence = evidence_in(directory, planned)
        plan = plan_of(evidence.ledger.run, planned)
        findings = findings_of(evidence, plan.checks)
    ledger = evidence.ledger
    fates = evidence.fates
    cell = replace(
        _cell(plan, *_verdict(findings, plan.checks, evidence.capabilities)),
        findings=findings,
        run=shown_as or str(directory),
        finished=ledger.end is not None and ledger.end.status == "complete",
        duration_s=_duration_s(ledger),
        fates=fates.counts() if fates.decided else {},
        measures=measures(ledger, fates),
        browser=browser_of(ledger),
    )
    if ledger.in_short:
        give_back(everything=True)  # of a large ledger its figures leave hundreds of megabytes
    if plan.expected is not None:
        cell = weigh(cell, plan.expected, evidence)
    return JudgedRun(cell=cell, plan=plan, read=lambda: evidence, target=ledger.run.target)


def _verdict(
    findings: Sequence[Finding], asked: Sequence[CheckSpec], offered: frozenset[Capability]
) -> tuple[Verdict, str]:
    """Return the cell's verdict, the worst of its findings, and the reason in one sentence.

    A healthy instrument alone proves nothing about the target, and neither do witnesses that agree;
    a target whose table cannot be read is not seen to store anything. Without one check of the
    target that was asked for and passed, with a check of the table that is unsupported, or where
    checks of what is stored were asked for and the promise left none, the cell is undecided.
    """
    if not asked:
        return Verdict.UNKNOWN, "no check was asked for"
    unasked = [finding for finding in findings if finding.verdict is Verdict.NOT_RUN]
    verdict = worst(finding.verdict for finding in findings)
    if verdict is not Verdict.PASS:
        first = next(finding for finding in findings if finding.verdict is verdict)
        return verdict, f"{first.check}: {first.summary}"
    seen = Capability.DATABASE
    unseen = [one for one in unasked if seen in CHECKS[one.check].needs - offered]
    passed = [finding for finding in findings if finding.verdict is Verdict.PASS]
    names = {spec.name for spec in asked}
    own = [finding for finding in findings if finding.check in names]
    stored = [one for one in own if seen in CHECKS[one.check].needs]
    if stored and not unseen and all(one.verdict is Verdict.NOT_RUN for one in stored):
        return Verdict.UNKNOWN, f"no check of what is stored was asked: {stored[0].summary}"
    if unseen or all(CHECKS[one.check].instrument for one in own if one.verdict is Verdict.PASS):
        first = [*unseen, *unasked, *own][0]
        why = first.summary if unasked else "only the instrument was judged"
        return Verdict.UNKNOWN, f"{first.check}: {why}"
    return verdict, f"{len(passed)} of {len(findings)} checks passed{_aside(unasked, offered)}"


def _aside(unasked: Sequence[Finding], offered: frozenset[Capability]) -> str:
    """Return which checks were not run: for want of evidence, or since the target does not promise
    what they ask."""
    names = [finding.check for finding in unasked]
    lacking = [name for name in names if CHECKS[name].needs - offered]
    parts = {"unsupported": lacking, "not promised": [n for n in names if n not in lacking]}
    return "".join(f"; {word}: {', '.join(found)}" for word, found in parts.items() if found)


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


def _target(target: Target) -> dict[str, str]:
    """Return what a suite tried, in words: its name, how it is spoken to, its server, its file."""
    found = {"name": target.name, "system": target.system, "server": target.server_module}
    return found | ({"file": target.file} if target.file else {})


def _recorded_target(target: TargetRecord | None) -> dict[str, str]:
    """Return what a single run tried, as its run.json holds it; nothing where it does not."""
    if target is None:
        return {}
    return {"name": target.name, "system": target.system, "server": target.server}


def _lacking(stored_format: int) -> str:
    """Return what files of a format do not hold and a page would show, in a sentence."""
    return _LACKING_1 if stored_format == 1 else ""


def _duration_s(ledger: LedgerFrames) -> float | None:
    """Return how long the run took, None for one that was cut short."""
    if ledger.end is None:
        return None
    return (ledger.end.ended_mono_ns - ledger.start_ns) / 1e9
