"""Stored runs whose phases are known, and a suite of them."""

from __future__ import annotations

from pathlib import Path

from harness.core.phases import Span
from harness.ledger.plan import SuiteEnd, SuitePlan, write_plan, write_suite_end
from harness.ledger.rundir import write_phases
from tests.reports.ledgers import START, HandWritten, healthy
from tests.scenarios.catalogue.asking import planned

S = 1_000_000_000


def spans(**seconds: float) -> list[Span]:
    found, at_ns = [], START.mono_ns
    for name, took_s in seconds.items():
        found.append(Span(name, at_ns, at_ns + round(took_s * S)))
        at_ns = found[-1].ended_ns
    return found


def a_run(directory: Path, ledger: HandWritten | None = None, **seconds: float) -> Path:
    run = (ledger or healthy()).write(directory)
    if seconds:
        write_phases(run, spans(**seconds))
    return run


def a_suite(directory: Path) -> Path:
    """A suite of three cells: one with phases, one without an end, one that never began."""
    cells = planned("steady_load", seeds=(1, 2, 3))
    write_plan(directory, SuitePlan(suite="smoke", command="harness run", cells=cells))
    write_suite_end(directory, SuiteEnd(interrupted=True, duration_s=20.0))
    a_run(directory / cells[0].run, start=2.0, scenario=6.0)
    a_run(directory / cells[1].run, HandWritten(status=None))
    return directory
