"""What is suspect after one night, asked of runs of the same night: is it the revision?

One night cannot tell a change of the code from chance or from the machine. Runs of both revisions
in turns can: they meet the same machine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from harness.ledger.history.facts import CellFacts, SuiteFacts
from reports.core import text
from reports.history.figures import way_of
from reports.history.nights import DECIDED
from reports.history.record import TrendRecord
from reports.statistics.paired.decision import PairedDecision, decide, percent

RECHECK_SCHEMA = 1
PAIRS_MIN = 6
"""Fewer pairs decide nothing: the exact interval of 95 % takes six."""
PAIRS_MAX = 12
_MARGIN = 0.05
START_S = 8.0
"""What a run takes beside its cell: the harness's start, and its report."""

Pair = Mapping[str, tuple[float, float]]
"""Figure → its value with the last good revision, and with the suspect one."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A cell with suspect figures.

    ``good`` is the revision of the last night that fits, ``suspect`` that of the first one that
    does not. ``about_s`` is how long the cell takes, ``p`` the least of its suspicions'.
    """

    scenario: str
    arm: str
    seed: int
    figures: tuple[str, ...]
    good: str
    suspect: str
    about_s: float
    p: float

    @property
    def cell(self) -> str:
        """Return the cell in words."""
        return f"{self.scenario} [{self.arm}]"

    @property
    def pair_s(self) -> float:
        """Return about how long a pair of runs takes."""
        return 2 * (self.about_s + START_S)


class Rechecked(msgspec.Struct, frozen=True, kw_only=True):
    """What ``pairs`` of runs say of one figure: ``worse``, ``better`` or ``equivalent`` (within the
    margin) with the suspect revision, or ``undecided``; ``percent`` with its 95 % ``interval``."""

    scenario: str
    arm: str
    figure: str
    good: str
    suspect: str
    verdict: str
    percent: float | None
    interval: tuple[float | None, float | None]
    pairs: int
    sentence: str


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A suspect cell that was not measured again, and why."""

    scenario: str
    arm: str
    figures: tuple[str, ...]
    reason: str


class RecheckRecord(msgspec.Struct, frozen=True, kw_only=True):
    """recheck.json: what became of the suspects of a suite's newest night."""

    schema: int = RECHECK_SCHEMA
    suite: str
    night: str
    answers: tuple[Rechecked, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def questions_of(found: TrendRecord, newest: SuiteFacts) -> list[Question]:
    """Return what is suspect and worse in the newest night, one question a cell and last good
    night, the surest first."""
    by_cell: dict[tuple[str, str, int | None, int], list[tuple[str, float]]] = {}
    for one in found.series:
        suspicion = one.suspicion
        if one.state == "suspect" and suspicion is not None and suspicion.way == "worse":
            since = suspicion.since
            key = one.scenario, one.arm, since.before, since.after
            by_cell.setdefault(key, []).append((one.figure, suspicion.p))
    questions = []
    for (scenario, arm, before, after), figures in by_cell.items():
        own = [c for c in newest.cells if (c.scenario, c.arm) == (scenario, arm)]
        decided = [cell for cell in own if cell.verdict in DECIDED] or own
        if not decided:
            continue
        questions.append(
            Question(
                scenario=scenario,
                arm=arm,
                seed=min(cell.seed for cell in decided),
                figures=tuple(sorted(figure for figure, _ in figures)),
                good="" if before is None else found.nights[before].revision,
                suspect=found.nights[after].revision,
                about_s=_about_s(decided),
                p=min(p for _, p in figures),
            )
        )
    return sorted(questions, key=lambda one: one.p)


def pairs_within(question: Question, left_s: float) -> int:
    """Return how many pairs of runs are made in this time: none where fewer fit than decide."""
    count = min(PAIRS_MAX, int(left_s / question.pair_s))
    return count if count >= PAIRS_MIN else 0


def answers_of(question: Question, pairs: Sequence[Pair]) -> list[Rechecked]:
    """Return what the pairs, in the order in which they were run, say of each suspect figure."""
    return [_answer(question, figure, pairs) for figure in question.figures]


def _answer(question: Question, figure: str, pairs: Sequence[Pair]) -> Rechecked:
    values = [pair[figure] for pair in pairs if figure in pair]
    ratios = np.array([math.log(new / good) for good, new in values if good > 0 and new > 0])
    lower_is_better = way_of(figure, 1.0) == "worse"
    found = decide(ratios, margin=_MARGIN, lower_is_better=lower_is_better)
    known = len(ratios) > 0
    low, high = (percent(one) if math.isfinite(one) else None for one in (found.low, found.high))
    return Rechecked(
        scenario=question.scenario,
        arm=question.arm,
        figure=figure,
        good=question.good,
        suspect=question.suspect,
        verdict=found.verdict,
        percent=percent(found.estimate) if known else None,
        interval=(low, high),
        pairs=len(ratios),
        sentence=_sentence(question, figure, found, len(ratios), (low, high)),
    )


def _sentence(
    question: Question,
    figure: str,
    found: PairedDecision,
    pairs: int,
    interval: tuple[float | None, float | None],
) -> str:
    of = f"{figure} of {question.cell}"
    if not pairs:
        return f"{of}: undecided, no pair of runs has it on both sides"
    low, high = interval
    between = "" if low is None or high is None else f" ({low:+.1f} to {high:+.1f} %)"
    measured = (
        f"{percent(found.estimate):+.1f} %{between} with {question.suspect} against "
        f"{question.good}, {text.count(pairs, 'pair')} of runs tonight"
    )
    meaning = {
        "worse": "worse: it is the revision",
        "better": "better with the suspect revision: it is not what made the night worse",
        "equivalent": "the same: it is not the revision, but chance or the machine",
    }.get(found.verdict, "undecided")
    more = ""
    if found.verdict == "undecided" and found.more_blocks is not None:
        more = f"; about {text.count(found.more_blocks, 'more pair')} would decide"
    return f"{of}: {meaning}; {measured}{more}"


def _about_s(cells: Sequence[CellFacts]) -> float:
    known = [cell.duration_s for cell in cells if cell.duration_s is not None]
    return float(np.median(known)) if known else 60.0
