"""The two directories that are compared, judged anew by the same code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import UsageError
from harness.ledger import door
from harness.ledger.experiment import EXPERIMENT_FILE, read_experiment
from harness.ledger.rundir import RUN_FILE
from reports.compare.record import ComparedSide
from reports.experiments.result import Result, analyse
from reports.experiments.sentence import decision_sentence
from reports.judging.judge import Around, JudgedRun, JudgedSuite, judge_suite, nothing_around


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteSide:
    """A suite, or a run as a suite of one."""

    directory: Path
    judged: JudgedSuite
    is_run: bool

    @property
    def runs(self) -> Mapping[str, JudgedRun]:
        """Return the judged runs by their cells' names."""
        return self.judged.runs

    @property
    def head(self) -> ComparedSide:
        """Return what a reader needs to know it by."""
        suite = self.judged.suite
        return ComparedSide(
            directory=str(self.directory),
            kind="run" if self.is_run else "suite",
            name=suite.suite,
            started=suite.started,
            verdict=suite.verdict.value,
            reason=suite.reason,
            cells=len(suite.cells),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentSide:
    """An experiment after its complete blocks."""

    directory: Path
    result: Result

    @property
    def head(self) -> ComparedSide:
        """Return what a reader needs to know it by."""
        return ComparedSide(
            directory=str(self.directory),
            kind="experiment",
            name=self.result.plan.name,
            started=self.result.plan.started,
            verdict="decided" if self.result.is_decided else "undecided",
            reason=decision_sentence(self.result),
            cells=len(self.result.blocks),
        )


def read_sides(
    a: Path, b: Path, around: Around = nothing_around
) -> tuple[SuiteSide, SuiteSide] | tuple[ExperimentSide, ExperimentSide]:
    """Return what two directories hold; all are judged anew, runs of suites in ``around``.

    Raises UsageError for an experiment beside anything else, LedgerUnreadable for a directory that
    is neither a run, a suite nor an experiment, LedgerDamaged where it cannot be judged.
    """
    experiments = [door.is_there(directory, EXPERIMENT_FILE) for directory in (a, b)]
    if all(experiments):
        return _experiment(a), _experiment(b)
    if any(experiments):
        raise UsageError(
            f"only {a if experiments[0] else b} is an experiment; its arms are no cells of a suite",
            hint="Name two experiments, or one of its blocks (DIR/blocks/block-001), a suite",
        )
    return _suite(a, around), _suite(b, around)


def _experiment(directory: Path) -> ExperimentSide:
    plan = read_experiment(directory)
    result = analyse(directory, plan, again=True, write=False)
    return ExperimentSide(directory=directory, result=result)


def _suite(directory: Path, around: Around) -> SuiteSide:
    judged = judge_suite(directory, around)
    is_run = door.is_there(directory, RUN_FILE)
    return SuiteSide(directory=directory, judged=judged, is_run=is_run)
