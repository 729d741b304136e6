"""The suspects of a night measured again in the same night, beside the last good revision.

Both revisions are checked out beside one another and run in turns, each by its own harness in
processes of its own, on the machine as it is now.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.compose.history.worktrees import why_not, worktrees
from harness.core.clock import NS_PER_S, now
from harness.core.environment import ROOT
from harness.core.errors import HarnessError
from harness.ledger.history.facts import SuiteFacts
from harness.ledger.json_files import read_json
from harness.ledger.rundir import RunPlan
from harness.process.processes import Processes
from harness.target.target import Target
from reports.core.text import duration
from reports.history.recheck import (
    PAIRS_MIN,
    LeftOut,
    Pair,
    Question,
    Rechecked,
    RecheckRecord,
    answers_of,
    pairs_within,
    questions_of,
)
from reports.history.record import TrendRecord
from reports.pages.publish import VERDICT_FILE
from reports.pages.reproduce import run_command

Measured = Mapping[str, float]
Measure = Callable[[Path, Question, Path], Measured]
"""Runs a question's cell with the harness in a folder, into another one; returns its figures."""

_DECIDED = ("pass", "fail")
_PATIENCE = 3


def recheck(
    found: TrendRecord,
    newest: SuiteFacts,
    out: Path,
    measure: Measure,
    *,
    budget_s: float,
    say: Callable[[str], None],
    root: Path = ROOT,
) -> RecheckRecord:
    """Measure what is suspect again within ``budget_s``, the surest suspicion first, and return
    what that says; what cannot be measured is left out, with the reason.

    Runs go into folders below ``out``. ``say`` receives what is measured and how long it takes.
    """
    began_ns = now().mono_ns

    def left_s() -> float:
        return budget_s - (now().mono_ns - began_ns) / NS_PER_S

    answers: list[Rechecked] = []
    left_out: list[LeftOut] = []
    for number, question in enumerate(questions_of(found, newest)):
        if reason := _hindered(question, newest, root) or _no_time(question, left_s()):
            left_out.append(_left_out(question, reason))
            continue
        count = pairs_within(question, left_s())
        say(
            f"{question.cell}: {', '.join(question.figures)} with {question.suspect} against "
            f"{question.good}; {count} pairs of runs, about {duration(count * question.pair_s)}"
        )
        place = out / f"{number:02d}-{question.scenario}"
        try:
            pairs = list(_pairs(question, count, place, measure, left_s, root))
        except HarnessError as error:
            left_out.append(_left_out(question, error.line))
            continue
        answers += answers_of(question, pairs)
    return RecheckRecord(
        suite=found.suite,
        night=newest.started,
        answers=tuple(answers),
        left_out=tuple(left_out),
    )


def run_cell(processes: Processes) -> Measure:
    """Return what runs a cell with the harness of a checkout: its verdict's figures, none of a cell
    that is undecided."""

    def measure(tree: Path, question: Question, out: Path) -> Measured:
        arm = dict(part.partition("=")[::2] for part in question.arm.split(",") if part)
        plan = RunPlan(scenario=question.scenario, arm=arm, seed=question.seed, checks=())
        words = shlex.split(run_command(plan, ["--out", str(out), "--no-history", "--yes", "-q"]))
        argv = [sys.executable, "-m", *words]
        log = out / "harness.log"
        # The folder's own packages, in place of those of this checkout; and scratch directories
        # beside ours: in ours the names of a database's files would be too long.
        env = {"PYTHONPATH": str(tree), "TMPDIR": tempfile.gettempdir()}
        child = processes.spawn("harness", argv, log=log, env=env, cwd=tree)
        patience_s = 60 + _PATIENCE * question.about_s
        try:
            if child.wait(patience_s) is None:
                raise HarnessError(f"a run of {question.cell} took over {duration(patience_s)}")
        finally:
            child.stop()
        verdicts = sorted(out.glob(f"*/{VERDICT_FILE}"))
        if not verdicts:
            raise HarnessError(f"{tree.name} does not run here: {child.last_words()}")
        [cell] = read_json(verdicts[-1])["cells"]
        if cell["verdict"] not in _DECIDED:
            return {}
        return {name: one for name, one in cell["measures"].items() if one is not None}

    return measure


def _pairs(
    question: Question,
    count: int,
    place: Path,
    measure: Measure,
    left_s: Callable[[], float],
    root: Path,
) -> Iterator[Pair]:
    """Yield pairs of runs, now the one revision first, now the other; fewer where time runs out.

    Raises HarnessError as soon as pairs take so long here that fewer fit than decide.
    """
    place.mkdir(parents=True)
    sides = question.good, question.suspect
    at_first_s = left_s()
    with worktrees(root, sides, place) as trees:
        for number in range(count):
            if left_s() < question.pair_s:
                return
            order = sides if number % 2 else sides[::-1]
            values = {
                one: measure(trees[one], question, place / f"{number}-{one}") for one in order
            }
            yield _both(question.figures, *(values[one] for one in sides))
            done, left = number + 1, left_s()
            pair_s = max((at_first_s - left) / done, 0.1)
            if done + max(0, (left - question.pair_s) // pair_s + 1) < PAIRS_MIN:
                raise HarnessError(_too_slow(pair_s, left))


def _both(figures: Sequence[str], good: Measured, suspect: Measured) -> Pair:
    return {one: (good[one], suspect[one]) for one in figures if one in good and one in suspect}


def _hindered(question: Question, newest: SuiteFacts, root: Path) -> str:
    """Return why a question cannot be asked by checking revisions out; empty where it can."""
    if not question.good:
        return "no night before it has the figure in this environment"
    own = Target()
    target = newest.target
    if target.get("file") or target.get("name", own.name) != own.name:
        return f"{question.good} is a revision of {target.get('name')}, which is not started here"
    if question.good == question.suspect:
        return f"both nights ran {question.good}: it is not the revision, but chance or the machine"
    for revision in (question.good, question.suspect):
        if reason := why_not(root, revision):
            return reason
    return ""


def _no_time(question: Question, left_s: float) -> str:
    return "" if pairs_within(question, left_s) else _too_slow(question.pair_s, left_s)


def _too_slow(pair_s: float, left_s: float) -> str:
    left = duration(max(0.0, left_s))
    return (
        f"a pair of runs takes about {duration(pair_s)}, and {left} are left: fewer pairs than the "
        f"{PAIRS_MIN} that decide"
    )


def _left_out(question: Question, reason: str) -> LeftOut:
    return LeftOut(
        scenario=question.scenario, arm=question.arm, figures=question.figures, reason=reason
    )
