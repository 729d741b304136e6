"""From a closed ledger to a verdict: one run, or every cell of a plan.

Judging reads run directories only. The same directory judged again gives the same verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.core.errors import HarnessError, LedgerUnreadable
from harness.ledger.plan import PLAN_FILE, SUITE_END_FILE, expected_from_json, why_not_from_json
from harness.ledger.rundir import RUN_FILE, Arm, arm_text, conditions_from_json, read_json
from harness.ledger.schema import FORMAT
from reports.checks import ALWAYS, CHECKS
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames, read_ledger
from reports.judging.expected import weigh
from reports.judging.measures import measures
from reports.verdict.roadmap_columns import (
    ROADMAP_MATRIX,
    BrowserSeen,
    ColumnState,
    browser_from_detail,
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


def judge_run(directory: Path, *, shown_as: str | None = None) -> JudgedRun:
    """Judge one run directory by the checks that its run.json names.

    Raises LedgerUnreadable when it is not a run directory. A check that crashes is ``unknown``.
    """
    ledger = read_ledger(directory)
    checks = ledger.run["checks"]
    evidence = Evidence(ledger=ledger, late_after_s=_late_after_s(checks))
    fates = evidence.fates
    asked = [{"name": name, "parameters": {}} for name in ALWAYS] + checks
    findings = tuple(_find(evidence, check["name"], check["parameters"]) for check in asked)
    if ledger.gaps or not fates.decided or (ledger.end or {}).get("status") != "complete":
        findings = tuple(_doubted(finding) for finding in findings)
    verdict = worst(f.verdict for f in findings)
    if all(f.verdict is Verdict.NOT_RUN for f in findings[len(ALWAYS) :]):
        verdict = Verdict.UNKNOWN  # a healthy instrument alone proves nothing about the target
    return JudgedRun(
        cell=Cell(
            scenario=ledger.run["scenario"],
            arm=arm_text(ledger.run["arm"]),
            seed=int(ledger.run["seed"]),
            verdict=verdict,
            reason=_reason(verdict, findings, bool(checks)),
            findings=findings,
            run=shown_as or str(directory),
            duration_s=_duration_s(ledger),
            fates=fates.counts() if fates.decided else {},
            measures=measures(ledger, fates),
            conditions=conditions_from_json(ledger.run.get("conditions", ())),
            browser=_browser(ledger),
        ),
        evidence=evidence,
    )


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
    plan = read_json(directory / PLAN_FILE)
    if plan.get("format") != FORMAT:
        raise LedgerUnreadable(f"{directory / PLAN_FILE} has format {plan.get('format')!r}")
    missing = {"suite", "started", "command", "cells"} - plan.keys()
    if missing:
        raise LedgerUnreadable(f"{directory / PLAN_FILE} lacks {', '.join(sorted(missing))}")
    end = read_json(directory / SUITE_END_FILE) if (directory / SUITE_END_FILE).exists() else {}
    runs: dict[str, JudgedRun] = {}
    for planned in plan["cells"]:
        judged = _judge_planned(directory, planned, end.get("trouble", ""))
        matrix, question = (str(planned.get(name) or "") for name in ("matrix", "question"))
        conditions = conditions_from_json(planned.get("conditions", ()))
        cell = replace(judged.cell, matrix=matrix, question=question, conditions=conditions)
        judged = replace(judged, cell=cell)
        runs[judged.cell.name] = judged
    cells = tuple(run.cell for run in runs.values())
    verdict, reason = judge_cells(cells)
    return JudgedSuite(
        suite=SuiteVerdict(
            verdict=verdict,
            reason=reason,
            cells=cells,
            suite=plan["suite"],
            started=plan["started"],
            duration_s=float(end.get("duration_s", 0.0)),
            command=plan["command"],
            facts=plan.get("facts", {}),
            interrupted=bool(end.get("interrupted", True)),
            columns=_columns(cells),
        ),
        runs=runs,
    )


def _judge_planned(directory: Path, planned: Mapping[str, Any], trouble: str) -> JudgedRun:
    arm: Arm = planned["arm"]
    identity = {"scenario": planned["scenario"], "arm": arm_text(arm), "seed": planned["seed"]}
    if why := why_not_from_json(planned.get("not_run")):
        return JudgedRun(
            cell=Cell(
                **identity,
                verdict=Verdict.NOT_RUN,
                reason=why.reason,
                not_run=NotRunKind(why.kind),
                fix=why.fix,
            )
        )
    run = directory / planned["run"]
    if not (run / RUN_FILE).exists():
        reason = trouble or "planned, but it left no result"
        return JudgedRun(cell=Cell(**identity, verdict=Verdict.UNKNOWN, reason=reason))
    try:
        _same_as_planned(run, planned)
        judged = judge_run(run, shown_as=planned["run"])
        expected = expected_from_json(planned.get("expected"))
        if expected is None or judged.evidence is None:
            return judged
        return replace(judged, cell=weigh(judged.cell, expected, judged.evidence))
    except Exception as error:  # whatever is wrong with one cell must not take the others along
        line = error.line if isinstance(error, HarnessError) else f"cannot be judged: {error!r}"
        return JudgedRun(
            cell=Cell(**identity, verdict=Verdict.UNKNOWN, reason=line, run=planned["run"])
        )


def _columns(cells: Sequence[Cell]) -> tuple[ColumnState, ...]:
    """Return the roadmap's browser columns, if the suite has any cell of that matrix."""
    asked = [cell for cell in cells if cell.matrix == ROADMAP_MATRIX]
    return roadmap_states(cell.browser for cell in asked if cell.browser) if asked else ()


def _browser(ledger: LedgerFrames) -> BrowserSeen | None:
    """Return the browser of the run, if one word of itself and no other was written down."""
    said = ledger.network[ledger.network["kind"] == "browser"]["detail"]
    found = {browser_from_detail(detail) for detail in said}
    return found.pop() if len(found) == 1 else None


def _same_as_planned(run: Path, planned: Mapping[str, Any]) -> None:
    """Raise LedgerUnreadable when the directory holds another run than the plan says."""
    record = read_json(run / RUN_FILE)
    for name in ("scenario", "arm", "seed", "checks"):
        if record.get(name) != planned[name]:
            raise LedgerUnreadable(
                f"the directory holds another run: its {name} is {record.get(name)!r}"
            )


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
            started=str(ledger.run["started"]) if ledger else "",
            duration_s=cell.duration_s or 0.0,
            command="",
            facts=ledger.run.get("versions", {}) if ledger else {},
            interrupted=ledger.end is None if ledger else True,
        ),
        runs={cell.name: judged},
    )


def _find(evidence: Evidence, name: str, parameters: Mapping[str, float]) -> Finding:
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


def _late_after_s(checks: Sequence[Mapping[str, Any]]) -> float | None:
    bounds = [c["parameters"]["within_s"] for c in checks if c["name"] == "in_time"]
    return float(min(bounds)) if bounds else None


def _duration_s(ledger: LedgerFrames) -> float | None:
    if ledger.end is None:
        return None
    return (int(ledger.end["ended_mono_ns"]) - ledger.start_ns) / 1e9
