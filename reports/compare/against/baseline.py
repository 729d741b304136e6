"""A suite against a baseline: fates, failures, cells and figures, all with their nights' chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from harness.ledger.history.facts import CellFacts, SuiteFacts
from reports.compare.against.figures import baseline_figures, drift_of_canary
from reports.compare.compare import outcome_of
from reports.compare.environment import unsafe_sentence
from reports.compare.fates import unread, weighed
from reports.compare.record import (
    Change,
    ComparedRecord,
    ComparedSide,
    EnvironmentDifference,
    FatesCompared,
    SideFates,
    VerdictCompared,
)
from reports.compare.words import outcome_sentence
from reports.core import text
from reports.experiments.slots import FALSE, LOST
from reports.history.nights import DECIDED, NOTHING, Cells, cells_of, is_expected
from reports.statistics.history.rates import UNLIKELY, chance_of_run
from reports.statistics.share import share_interval

_ALL_SEEDS = "all"
_ORDER: tuple[Change, ...] = ("worse", "undecided", "as expected", "changed", "decided", "better")
COLUMN = "roadmap's browser column"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSuites:
    """A baseline by its name, with the facts of its suites in the order of their starts."""

    name: str
    suites: Sequence[SuiteFacts]


def against(baseline: BaselineSuites, new: SuiteFacts, directory: str) -> ComparedRecord:
    """Return how a suite in a directory (B) compares with a baseline (A).

    Raises ValueError for a baseline without a suite.
    """
    if not baseline.suites:
        raise ValueError("a baseline without a suite")
    before = cells_of([("", one) for one in baseline.suites])
    now = cells_of([("", new)])
    environment = _environment(baseline.suites[-1], new)
    unsafe = unsafe_sentence(environment)
    common = [key for key in now if key in before]
    figures = baseline_figures(before, now, not_comparable=unsafe)
    canaries = [ms for one in baseline.suites for ms in one.canary_ms]
    drift = drift_of_canary(canaries, new.canary_ms)
    if drift:  # a machine that differs makes no revision slower
        figures = [
            replace(one, reading="higher" if (one.difference_percent or 0) > 0 else "lower")
            if one.reading in ("worse", "better")
            else one
            for one in figures
        ]
    found = ComparedRecord(
        outcome="undecided",
        sentence="",
        a=_baseline_side(baseline),
        b=_suite_side(new, directory),
        environment=environment,
        unsafe=unsafe,
        common=len(common),
        only_a=tuple(text.one_line(f"{s} [{a}]") for s, a in before if (s, a) not in now),
        only_b=tuple(text.one_line(f"{s} [{a}]") for s, a in now if (s, a) not in before),
        fates=tuple(weighed([_fates(key, before[key], now[key][0]) for key in common])),
        verdicts=tuple(_verdicts(before, now, common, baseline.suites, new)),
        findings=(),
        figures=tuple(figures),
        drift=drift,
    )
    found = replace(found, outcome=outcome_of(found))
    return replace(found, sentence=outcome_sentence(found))


def _environment(a: SuiteFacts, b: SuiteFacts) -> tuple[EnvironmentDifference, ...]:
    pairs = [
        (name, a.environment.get(name, NOTHING), b.environment.get(name, NOTHING), True)
        for name in dict.fromkeys((*a.environment, *b.environment))
    ]
    pairs += [("revision", a.revision, b.revision, False), ("suite", a.suite, b.suite, False)]
    return tuple(
        EnvironmentDifference(
            what=text.one_line(what), a=text.one_line(one), b=text.one_line(other), unsafe=unsafe
        )
        for what, one, other, unsafe in pairs
        if one != other
    )


def _baseline_side(baseline: BaselineSuites) -> ComparedSide:
    suites = baseline.suites
    passed = sum(one.verdict == "pass" for one in suites)
    revisions = list(dict.fromkeys(one.revision for one in suites))
    spans = f"{revisions[0]} to {revisions[-1]}" if len(revisions) > 1 else revisions[0]
    return ComparedSide(
        directory=f"{text.count(len(suites), 'suite')}, {spans}",
        kind="baseline",
        name=baseline.name,
        started=f"{suites[0].started} to {suites[-1].started}",
        verdict=f"{passed} of {len(suites)} passed",
        reason="",
        cells=len({(c.scenario, c.arm, c.seed) for one in suites for c in one.cells}),
    )


def _suite_side(new: SuiteFacts, directory: str) -> ComparedSide:
    return ComparedSide(
        directory=directory,
        kind="suite",
        name=new.suite,
        started=new.started,
        verdict=new.verdict,
        reason=new.reason,
        cells=len(new.cells),
    )


def _fates(
    key: tuple[str, str], before: Sequence[Sequence[CellFacts]], now: Sequence[CellFacts]
) -> FatesCompared:
    scenario, arm = key
    return unread(scenario, arm, _ALL_SEEDS, _side([c for own in before for c in own]), _side(now))


def _side(cells: Sequence[CellFacts]) -> SideFates:
    """Return what became of the impressions of cells; runs are the units that lose together."""
    counted = [c for c in cells if c.verdict in DECIDED and c.shown]
    reasons = [c.reason for c in cells if c not in counted]
    shown, lost = sum(c.shown or 0 for c in counted), sum(_lost(c) for c in counted)
    return SideFates(
        runs=len(counted),
        shown=shown,
        lost=lost,
        false=sum(c.fates.get(fate.value, 0) for c in counted for fate in FALSE),
        late=sum(c.fates.get("late", 0) for c in counted),
        visitors=len(counted),
        losing=sum(_lost(c) > 0 for c in counted),
        interval=share_interval(lost, shown),
        expected=any(is_expected(c) for c in counted),
        why_not="" if counted else next(iter(reasons), "") or "nothing is known of it",
    )


def _lost(cell: CellFacts) -> int:
    return sum(cell.fates.get(fate.value, 0) for fate in LOST)


def _verdicts(
    before: Cells,
    now: Cells,
    common: Sequence[tuple[str, str]],
    suites: Sequence[SuiteFacts],
    new: SuiteFacts,
) -> list[VerdictCompared]:
    found = [one for key in common if (one := _verdict(key, before[key], now[key][0]))]
    found += _columns(suites, new)
    return sorted(found, key=lambda one: _ORDER.index(one.change))


def _verdict(
    key: tuple[str, str], before: Sequence[Sequence[CellFacts]], now: Sequence[CellFacts]
) -> VerdictCompared | None:
    """Return what a cell's verdict means after these nights, None where it is no news."""
    nights = [own for own in before if any(c.verdict in DECIDED for c in own)]
    failed = sum(any(_fails(c) for c in own) for own in nights)
    change: Change = ""
    worst = next((c for c in now if _fails(c)), None)
    # What had no turn for want of time is no worse: its own night comes.
    open_ = next((c for c in now if c.verdict not in DECIDED and c.not_run != "budget"), None)
    if worst is not None:
        is_news = not failed or chance_of_run(failed, len(nights), 1) < UNLIKELY
        change = ("worse" if is_news else "changed") if nights else "decided"
        is_always = bool(nights) and failed == len(nights)
        change = "" if is_always else change
    elif open_ is not None:
        change = "undecided" if nights else ""
    elif (
        any(c.verdict in DECIDED for c in now)
        and nights
        and chance_of_run(len(nights) - failed, len(nights), 1) < UNLIKELY
    ):
        change = "better"
    if not change:
        return None
    shown = worst or open_ or now[0]
    return VerdictCompared(
        scenario=key[0],
        arm=key[1],
        seeds=_ALL_SEEDS,
        change=change,
        a=f"failed in {failed} of {len(nights)}",
        b=shown.verdict,
        a_reason=next((c.reason for own in reversed(before) for c in own if _fails(c)), "")
        or "it passed",
        b_reason=shown.reason,
    )


def _fails(cell: CellFacts) -> bool:
    return cell.verdict == "fail" and cell.gates


def _columns(suites: Sequence[SuiteFacts], new: SuiteFacts) -> list[VerdictCompared]:
    """Return the roadmap's browser columns that every suite of the baseline fills, and B does not.

    A suite without any browser is none that could fill one.
    """
    filled = [{c.fills for c in one.cells if c.fills} for one in suites]
    now = {c.fills for c in new.cells if c.fills}
    lost = sorted(set.intersection(*filled) - now) if any(c.browser for c in new.cells) else []
    return [
        VerdictCompared(
            scenario=COLUMN,
            arm=column,
            seeds=_ALL_SEEDS,
            change="undecided",
            a=f"filled in {len(suites)} of {len(suites)}",
            b="not filled",
            a_reason="a browser of it ran",
            b_reason="no run fills it",
        )
        for column in lost
    ]
