"""Findings, cells and the suite's verdict: pass, fail or unknown; the worst wins.

A *finding* is one check's answer about one run. A *cell* is one run (scenario, arm, seed) with all
its findings. A *suite* is every cell that was planned. Nothing passes on nothing: no findings, no
cells, or only cells that could not run never make a pass.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping

import msgspec

from harness.ledger.rundir import Condition
from reports.verdict.roadmap_columns import BrowserSeen, ColumnState

SCHEMA = 2
_NAMED = 3


class Verdict(enum.Enum):
    """What is known in the end. The value is the word used in files and reports."""

    PASS = "pass"  # noqa: S105
    UNKNOWN = "unknown"
    FAIL = "fail"
    NOT_RUN = "not run"


_SEVERITY = {Verdict.PASS: 0, Verdict.UNKNOWN: 1, Verdict.FAIL: 2}


class NotRunKind(enum.Enum):
    """Why a planned cell has no run: it cannot exist, a part is missing, or time was short."""

    UNSUPPORTED = "unsupported"
    MISSING = "missing"
    BUDGET = "budget"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One check's answer about one run.

    ``summary`` is one sentence with the figures in it. ``measured``, ``target`` and ``interval``
    carry ``unit`` (verdict.json holds null for one that is not finite); ``n`` is the number of
    items that were counted; ``examples`` names up to eight offenders, worst first.
    """

    check: str
    verdict: Verdict
    summary: str
    measured: float | None = None
    target: float | None = None
    unit: str = ""
    n: int | None = None
    interval: tuple[float | None, float | None] | None = None
    examples: tuple[str, ...] = ()


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One planned run and what became of it.

    ``run`` is the run directory relative to the suite's, or None if nothing ran; ``finished`` is
    whether that run came to its planned end. ``not_run`` and
    ``fix`` (the command that brings the missing part) are set for ``not run`` cells only.
    ``fates`` counts impressions by fate, worst first, zero counts left out. ``measures`` holds
    further figures by name with the unit last (``shown_to_durable_p95_ms``).

    ``expected`` says in a sentence what the cell was known to lose. ``gates`` is false only for a
    failure that is exactly that; the suite neither fails nor passes on it. ``news`` says what a
    reader should hear although it does not gate: a loss that was expected and did not appear.

    ``matrix``, ``question`` and ``conditions`` are the scenario's, as its plan holds them;
    ``browser`` is what the run's browser reported, None where no browser ran or its report is
    incomplete. ``fills`` names the roadmap's column that it fills; else ``near`` names the one that
    it comes nearest to, and ``lacks`` what keeps it from filling that; all may be empty.
    """

    scenario: str
    arm: str
    seed: int
    verdict: Verdict
    reason: str
    findings: tuple[Finding, ...] = ()
    run: str | None = None
    finished: bool = False
    not_run: NotRunKind | None = None
    fix: str = ""
    duration_s: float | None = None
    fates: Mapping[str, int] = {}
    measures: Mapping[str, float | None] = {}
    expected: str = ""
    gates: bool = True
    news: str = ""
    matrix: str = ""
    question: str = ""
    conditions: tuple[Condition, ...] = ()
    browser: BrowserSeen | None = None
    fills: str = ""
    near: str = ""
    lacks: str = ""

    @property
    def failed_as_expected(self) -> bool:
        """Return whether the cell failed just as it was known to."""
        return self.verdict is Verdict.FAIL and not self.gates

    @property
    def name(self) -> str:
        """Return the cell's name in one line: scenario, arm and seed."""
        return f"{self.scenario} [{self.arm}] seed {self.seed}"


class SuiteVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict over every planned cell, with what a reader needs to trust or repeat it.

    It is what verdict.json holds (docs/verdict-schema.md). ``facts`` are versions, machine and git
    revision as text; ``interrupted`` is true when the suite was stopped before every planned cell
    had its turn. ``counts`` are those of the cells (``counts_of``); ``target`` names, as text, what
    was tried. ``lacking`` says what a plan of an older format does not hold. ``columns`` are the
    roadmap's browser columns, all of them if any cell of that matrix was planned.
    """

    schema: int = SCHEMA
    verdict: Verdict
    reason: str
    suite: str
    started: str
    duration_s: float
    command: str
    interrupted: bool = False
    counts: Mapping[str, int] = {}
    target: Mapping[str, str] = {}
    facts: Mapping[str, str] = {}
    lacking: str = ""
    columns: tuple[ColumnState, ...] = ()
    cells: tuple[Cell, ...]


def counts_of(cells: Iterable[Cell]) -> dict[str, int]:
    """Return how many cells were ``planned``, how many of them were ``started``, how many of those
    ``finished`` as planned, and how many are ``decided``: passed or failed."""
    all_cells = list(cells)
    return {
        "planned": len(all_cells),
        "started": sum(cell.run is not None for cell in all_cells),
        "finished": sum(cell.finished for cell in all_cells),
        "decided": sum(cell.verdict in (Verdict.PASS, Verdict.FAIL) for cell in all_cells),
    }


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of the verdicts that were reached; ``unknown`` when there is none."""
    reached = [v for v in verdicts if v is not Verdict.NOT_RUN]
    return max(reached, key=_SEVERITY.__getitem__, default=Verdict.UNKNOWN)


def judge_cells(cells: Iterable[Cell]) -> tuple[Verdict, str]:
    """Return the suite's verdict and the reason in one sentence.

    A failing cell that gates outranks an undecided one; an undecided one outranks "nothing ran";
    cells that could not run here, or failed as expected, never make a pass.
    """
    all_cells = list(cells)
    ran = [c for c in all_cells if c.verdict is not Verdict.NOT_RUN]
    if not all_cells:
        return Verdict.NOT_RUN, "no cell was planned"
    if not ran:
        return Verdict.NOT_RUN, f"none of the {len(all_cells)} planned cells could run here"
    known = sum(c.failed_as_expected for c in ran)
    aside = _aside(all_cells, known)
    verdict = worst(c.verdict for c in ran if not c.failed_as_expected)
    concerned = [c for c in ran if c.verdict is verdict and not c.failed_as_expected]
    if verdict is Verdict.PASS:
        return verdict, f"{len(concerned)} of {len(ran)} cells passed{aside}"
    if not concerned:
        return verdict, f"none of {len(ran)} cells passed, so nothing is proven{aside}"
    word = "failed" if verdict is Verdict.FAIL else "could not be decided"
    names = list(dict.fromkeys(f"{c.scenario} ({c.reason.split(':')[0]})" for c in concerned))
    named = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    return verdict, f"{len(concerned)} of {len(ran)} cells {word}: {named}{aside}"


def _aside(cells: list[Cell], known: int) -> str:
    """Return what the verdict does not rest on, to stand after its reason."""
    left_out = sum(c.verdict is Verdict.NOT_RUN for c in cells)
    spared = sum(bool(c.news) for c in cells)
    parts = [
        f"; {known} failed as expected" if known else "",
        f"; {spared} kept what they were expected to lose" if spared else "",
        f"; {left_out} not run" if left_out else "",
    ]
    return "".join(parts)
