"""Verdicts and checks of both: what passed in A and fails in B comes first."""

from __future__ import annotations

from collections.abc import Sequence

from reports.compare.matching import CellMatch, Matching
from reports.compare.record import Change, FindingCompared, VerdictCompared
from reports.judging.judge import JudgedRun
from reports.verdict.verdict import Cell, Finding, Verdict

CHANGES: tuple[Change, ...] = (
    "worse",
    "undecided",
    "as expected",
    "changed",
    "decided",
    "better",
    "",
)
"""Kinds of change, what a reader must see first: B fails, is undecided, fails as expected."""
_UNKNOWN = (Verdict.UNKNOWN, Verdict.NOT_RUN)
_ORDER = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_RUN, Verdict.PASS)


def compare_verdicts(matching: Matching) -> list[VerdictCompared]:
    """Return the cells whose verdict changed, those that fail in B first."""
    found = []
    for one in matching.judged_by:
        a, b = _worst(one.a), _worst(one.b)
        change = change_of(a.verdict, b.verdict, is_expected=b.failed_as_expected)
        if change:
            found.append(
                VerdictCompared(
                    scenario=one.scenario,
                    arm=one.arm,
                    seeds=one.seeds,
                    change=change,
                    a=a.verdict.value,
                    b=b.verdict.value,
                    a_reason=a.reason,
                    b_reason=b.reason,
                )
            )
    return sorted(found, key=lambda one: CHANGES.index(one.change))


def compare_findings(matching: Matching) -> list[FindingCompared]:
    """Return every check that both have and that changed or measured something, changed ones first.

    Of several seeds the worst finding is compared.
    """
    found = [one for cells in matching.judged_by for one in _of_cell(cells)]
    return sorted(found, key=lambda one: CHANGES.index(one.change))


def change_of(a: Verdict, b: Verdict, *, is_expected: bool = False) -> Change:
    """Return what a change from A's verdict to B's means; empty where there is none."""
    if a is b or (a in _UNKNOWN and b in _UNKNOWN):
        return ""
    if b is Verdict.FAIL:
        if is_expected:
            return "as expected"
        return "worse" if a is Verdict.PASS else "decided"
    if b in _UNKNOWN:
        return "undecided"
    return "better" if a is Verdict.FAIL else "decided"


def _of_cell(cells: CellMatch) -> list[FindingCompared]:
    a, b = _worst_findings(cells.a), _worst_findings(cells.b)
    is_expected = all(run.cell.failed_as_expected for run in cells.b if _fails(run.cell))
    found = []
    for check, one in a.items():
        other = b.get(check)
        if other is None:
            continue
        change = change_of(one.verdict, other.verdict, is_expected=is_expected)
        if change or (one.measured is not None and one.target is not None):
            found.append(_compared(cells, one, other, change))
    return found


def _compared(cells: CellMatch, a: Finding, b: Finding, change: Change) -> FindingCompared:
    return FindingCompared(
        scenario=cells.scenario,
        arm=cells.arm,
        seeds=cells.seeds,
        check=a.check,
        change=change,
        a=a.verdict.value,
        b=b.verdict.value,
        a_measured=a.measured,
        b_measured=b.measured,
        a_interval=a.interval,
        b_interval=b.interval,
        a_target=a.target,
        b_target=b.target,
        unit=b.unit or a.unit,
        a_summary=a.summary,
        b_summary=b.summary,
    )


def _fails(cell: Cell) -> bool:
    return cell.verdict is Verdict.FAIL


def _worst(runs: Sequence[JudgedRun]) -> Cell:
    cells = [run.cell for run in runs]
    return min(cells, key=lambda cell: (_ORDER.index(cell.verdict), cell.failed_as_expected))


def _worst_findings(runs: Sequence[JudgedRun]) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    for run in runs:
        for one in run.cell.findings:
            before = found.get(one.check)
            if before is None or _ORDER.index(one.verdict) < _ORDER.index(before.verdict):
                found[one.check] = one
    return found
