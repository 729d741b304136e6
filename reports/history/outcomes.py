"""Which cells fail since when, how often, and which fates befell whose impressions since when."""

from __future__ import annotations

from collections.abc import Sequence

from harness.ledger.history.facts import CellFacts
from reports.evidence.fates import HARMLESS_FATES, Fate
from reports.history.nights import DECIDED, boundaries_of, is_expected
from reports.history.record import CellState, CellTrend, FateState, FateTrend, Night, Since
from reports.statistics.history.rates import FailureRate, failure_rate

_LETTERS = {"pass": "p", "fail": "f", "unknown": "u", "not run": "-"}
_WORST = "fuep-"
_HARMFUL = tuple(fate.value for fate in Fate if fate.value not in HARMLESS_FATES)


def cell_trend(
    key: tuple[str, str], cells: Sequence[Sequence[CellFacts]], nights: Sequence[Night]
) -> CellTrend:
    """Return how a cell did, all its seeds together; a night fails when one of them does.

    The rate is that of the nights since the environment last changed.
    """
    letters = [_letter(own) for own in cells]
    begin = max(boundaries_of(nights, cells), default=0)
    decided = [n for n, letter in enumerate(letters) if n >= begin and letter in "pfe" and letter]
    rate = failure_rate([letters[n] == "f" for n in decided])
    # What had no turn tonight is as it was: budgets and rotations leave cells out.
    last = next((letter for letter in reversed(letters) if letter not in ("", "-")), "-")
    return CellTrend(
        scenario=key[0],
        arm=key[1],
        matrix=next((c.matrix for own in reversed(cells) for c in own), ""),
        state=_state(rate, last, is_absent=bool(nights) and not letters[-1]),
        failed=rate.failed,
        n=rate.n,
        interval=(rate.low, rate.high),
        flips=rate.flips,
        since=_since(rate, decided),
        reason=_reason(cells),
        nights="".join(letter or " " for letter in letters),
    )


def fate_trends(key: tuple[str, str], cells: Sequence[Sequence[CellFacts]]) -> list[FateTrend]:
    """Return the harmful fates that any night's impressions of a cell had, worst first.

    Only nights count whose fates are known. A change of environment excuses no lost impression, so
    all nights count.
    """
    known = [n for n, own in enumerate(cells) if any(c.shown is not None for c in own)]
    found = []
    for fate in _HARMFUL:
        with_it = [n for n in known if any(c.fates.get(fate) for c in cells[n])]
        if with_it:
            found.append(_fate(key, fate, cells, known, with_it))
    return found


def _fate(
    key: tuple[str, str],
    fate: str,
    cells: Sequence[Sequence[CellFacts]],
    known: Sequence[int],
    with_it: Sequence[int],
) -> FateTrend:
    last = with_it[-1]
    has = [n in set(with_it) for n in known]
    end = len(has) - 1 - has[::-1].index(True)
    first = end
    while first and has[first - 1]:
        first -= 1
    state: FateState
    if end < len(has) - 1:
        state, since = "fixed", Since(before=known[end], after=known[end + 1])
    elif first == 0:
        state, since = "known", Since(before=None, after=known[0])
    else:
        state = "again" if any(has[:first]) else "broken"
        since = Since(before=known[first - 1], after=known[first])
    return FateTrend(
        scenario=key[0],
        arm=key[1],
        fate=fate,
        state=state,
        impressions=sum(c.fates.get(fate, 0) for c in cells[last]),
        shown=sum(c.shown or 0 for c in cells[last]),
        nights=len(with_it),
        n=len(known),
        since=since,
        expected=all(is_expected(c) for c in cells[last] if c.fates.get(fate)),
    )


def _letter(own: Sequence[CellFacts]) -> str:
    """Return what became of a cell in a night, the worst of its seeds; empty: not planned."""
    letters = {"e" if is_expected(c) else _LETTERS.get(c.verdict, "u") for c in own}
    return next((letter for letter in _WORST if letter in letters), "")


def _state(rate: FailureRate, last: str, *, is_absent: bool) -> CellState:
    if is_absent:
        return "absent"
    if last == "e":
        return "expected"
    if last in ("u", "-"):
        return "undecided"
    return rate.state if rate.state != "none" else "undecided"


def _since(rate: FailureRate, decided: Sequence[int]) -> Since | None:
    if rate.since is None:
        return None
    return Since(before=decided[rate.since - 1] if rate.since else None, after=decided[rate.since])


def _reason(cells: Sequence[Sequence[CellFacts]]) -> str:
    """Return why it last failed, or, where it never did, why it is undecided."""
    every = [c for own in reversed(cells) for c in own]
    failed = [c.reason for c in every if c.verdict == "fail" and not is_expected(c)]
    open_ = [c.reason for c in every if c.verdict not in DECIDED]
    return next(iter((*failed, *open_)), "")
