"""The evidence in a run directory, if it holds the run that was planned and is not damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.core.errors import HarnessError, LedgerDamaged, LedgerUnreadable
from harness.ledger.rundir import RunPlan, RunRecord
from harness.ledger.stored import read_run
from reports.evidence.evidence import Evidence
from reports.evidence.frame import read_ledger
from reports.evidence.parts.ledger import is_large
from reports.judging.parameters import late_after_s
from reports.judging.parts.judging import judge_in_parts


@contextmanager
def damage_named(directory: Path) -> Iterator[None]:
    """Raise LedgerDamaged for whatever reading or judging a run directory stumbles over.

    What a witness never writes must not look like a defect of the harness.
    """
    try:
        yield
    except (HarnessError, OSError):
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise LedgerDamaged(f"{directory} is damaged and cannot be judged: {what}") from error


def evidence_in(directory: Path, planned: RunPlan | None = None) -> Evidence:
    """Return the evidence in a run directory, in short of a large ledger; raises as
    ``judge_run`` does."""
    with damage_named(directory):
        if is_large(directory):
            checks = plan_of(read_run(directory), planned).checks
            return judge_in_parts(directory, checks, late_after_s(checks))[0]
        ledger = read_ledger(directory)
        plan = plan_of(ledger.run, planned)
        return Evidence(ledger=ledger, late_after_s=late_after_s(plan.checks))


def plan_of(run: RunRecord, planned: RunPlan | None) -> RunPlan:
    """Return what was run: the directory says it, and the suite's plan must say the same.

    In format 1 only the plan held the question and what was expected. Raises LedgerUnreadable when
    the directory holds another run.
    """
    if planned is None:
        return run.plan
    old = ("scenario", "arm", "seed", "checks")
    for name in old if run.format == 1 else run.plan.__struct_fields__:
        recorded = getattr(run.plan, name)
        if recorded != getattr(planned, name):
            raise LedgerUnreadable(f"the directory holds another run: its {name} is {recorded!r}")
    return planned
