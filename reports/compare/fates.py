"""What both lost: by cell, over all seeds, and which impressions only B lost.

A loss that A has not is new, whatever chance says: exactly once is a promise. Where both lose, or
the cell was known to, B loses more when more of its visitors do (Fisher's exact test, Holm's
correction over all cells): impressions of one visitor are lost together, a batch at a time, so that
counting them as if each were lost apart would find differences in two runs of the same system.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import nsmallest

import pandas as pd
from msgspec.structs import replace

from reports.compare.matching import CellMatch, Matching, counts
from reports.compare.record import FatesCompared, FatesReading, SideFates
from reports.core.text import one_line
from reports.evidence.evidence import Evidence
from reports.evidence.fates import KEY, Fate
from reports.experiments.slots import FALSE, LOST
from reports.judging.judge import JudgedRun
from reports.judging.parts.beside import impressions_of_both, visitors_of
from reports.statistics.fisher import more_than
from reports.statistics.paired.holm import thresholds
from reports.statistics.share import share_interval
from reports.verdict.verdict import Verdict

ALPHA = 0.05
_NAMED = 8
_BAD = (*LOST, *FALSE)


def compare_fates(matching: Matching) -> list[FatesCompared]:
    """Return what became of the impressions of every cell and arm that both have."""
    found = [_compared(one) for one in (*matching.pairs, *matching.groups)]
    return weighed(found)


def weighed(found: Sequence[FatesCompared]) -> list[FatesCompared]:
    """Return the losses with their readings, Holm's correction made over those that both may have.

    The p of visitors decides; where visitors are not known, as in an experiment's arms, the p of
    impressions does.
    """
    tested = {str(n): one for n, one in enumerate(found) if _tested(one)}

    def certain(p: Callable[[FatesCompared], float]) -> set[str]:
        values = {name: p(one) for name, one in tested.items()}
        limits = thresholds(values, ALPHA)
        return {name for name, value in values.items() if value <= limits[name]}

    more, fewer, apart = certain(_p), certain(_p_fewer), certain(lambda one: one.p)
    return [
        replace(
            one,
            reading=_reading(
                one, more=str(n) in more, fewer=str(n) in fewer, perhaps=str(n) in apart
            ),
        )
        for n, one in enumerate(found)
    ]


def unread(scenario: str, arm: str, seeds: str, a: SideFates, b: SideFates) -> FatesCompared:
    """Return what two sides lost, with its p and not yet read."""
    p_visitors = None
    if None not in (a.visitors, a.losing, b.visitors, b.losing):
        p_visitors = more_than(b.losing or 0, b.visitors or 0, a.losing or 0, a.visitors or 0)
    return FatesCompared(
        scenario=scenario,
        arm=arm,
        seeds=seeds,
        reading="unknown",
        a=a,
        b=b,
        p=more_than(b.lost, b.shown, a.lost, a.shown),
        p_visitors=p_visitors,
    )


def _compared(one: CellMatch) -> FatesCompared:
    found = unread(one.scenario, one.arm, one.seeds, _side(one.a), _side(one.b))
    if not (one.is_pair and counts(one.a[0]) and counts(one.b[0])):
        return found
    is_bad = any(run.cell.fates.get(fate.value) for run in (*one.a, *one.b) for fate in _BAD)
    has_common, new, gone = False, 0, 0
    examples: list[tuple[str, str]] = []
    for of_a, of_b in impressions_of_both(_evidence(one.a[0]), _evidence(one.b[0])):
        (shown_a, bad_a), (shown_b, bad_b) = _keys(of_a), _keys(of_b)
        has_common = has_common or not shown_a.isdisjoint(shown_b)
        if has_common and not is_bad:
            break  # of a large ledger the other buckets need not be read
        new, gone = new + len(bad_b - bad_a), gone + len(bad_a - bad_b)
        examples = nsmallest(_NAMED, [*examples, *(bad_b - bad_a)])
    if not has_common:  # ids of their own: each run's impressions are others
        return found
    return replace(
        found,
        new=new,
        gone=gone,
        examples=tuple(one_line(f"{user}/{artwork}") for user, artwork in examples),
    )


def _side(runs: Sequence[JudgedRun]) -> SideFates:
    counted = [run for run in runs if counts(run)]
    reasons = [run.cell.reason for run in runs if not counts(run)]
    shown = sum(int(run.cell.measures.get("shown_impressions") or 0) for run in counted)
    lost = sum(run.cell.fates.get(fate.value, 0) for run in counted for fate in LOST)
    visitors = [_visitors(run) for run in counted]
    return SideFates(
        runs=len(counted),
        shown=shown,
        lost=lost,
        false=sum(run.cell.fates.get(fate.value, 0) for run in counted for fate in FALSE),
        late=sum(run.cell.fates.get(Fate.LATE.value, 0) for run in counted),
        visitors=sum(of for of, _ in visitors),
        losing=sum(losing for _, losing in visitors),
        interval=share_interval(lost, shown),
        expected=any(run.cell.expected and not _gates(run) for run in counted),
        why_not="" if counted else next(iter(reasons), "") or "nothing is known of it",
    )


def _gates(run: JudgedRun) -> bool:
    """Return whether a run failed in another way than it was known to."""
    return run.cell.verdict is Verdict.FAIL and run.cell.gates


def _visitors(run: JudgedRun) -> tuple[int, int]:
    """Return how many visitors saw something, and how many of them lost some of it."""
    seen = visitors_of(_evidence(run))
    lost = seen[seen["fate"].isin([fate.value for fate in LOST])]
    return seen["user"].nunique(), lost["user"].nunique()


def _keys(impressions: pd.DataFrame) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return the ids of what was shown, and of what was lost or is false."""
    bad = impressions["fate"].isin([fate.value for fate in _BAD])
    return _ids(impressions), _ids(impressions[bad])


def _ids(impressions: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(*(impressions[name].astype(str) for name in KEY), strict=True))


def _evidence(run: JudgedRun) -> Evidence:
    assert run.evidence is not None, "a run that counts has evidence"
    return run.evidence


def _tested(one: FatesCompared) -> bool:
    return bool(one.a.shown and one.b.shown and (one.a.lost or one.b.lost))


def _p(one: FatesCompared) -> float:
    return one.p if one.p_visitors is None else one.p_visitors


def _p_fewer(one: FatesCompared) -> float:
    swapped = unread("", "", "", one.b, one.a)
    return swapped.p if swapped.p_visitors is None else swapped.p_visitors


def _reading(one: FatesCompared, *, more: bool, fewer: bool, perhaps: bool) -> FatesReading:
    a, b = one.a, one.b
    bad_a, bad_b = a.lost + a.false, b.lost + b.false
    is_new = (b.false and not a.false) or (b.lost and not a.lost and not b.expected)
    found: tuple[tuple[FatesReading, bool], ...] = (
        ("unknown", not (a.shown and b.shown)),
        ("new", bool(is_new)),
        ("more", more),
        ("open", perhaps),
        ("none", not (bad_a or bad_b)),
        ("gone", not bad_b),
        ("fewer", fewer),
    )
    return next((word for word, holds in found if holds), "like")
