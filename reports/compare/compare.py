"""Two stored results side by side: what differs around them, what was lost, failed, and took."""

from __future__ import annotations

from msgspec.structs import replace

from reports.compare.environment import (
    experiments_environment,
    suites_environment,
    unsafe_sentence,
)
from reports.compare.experiments import (
    common_arms,
    experiments_fates,
    experiments_figures,
    experiments_findings,
    experiments_verdicts,
)
from reports.compare.fates import compare_fates
from reports.compare.figures import compare_figures, drift_of
from reports.compare.findings import compare_findings, compare_verdicts
from reports.compare.matching import match
from reports.compare.record import ComparedRecord, Outcome
from reports.compare.sides import ExperimentSide, SuiteSide
from reports.compare.words import outcome_sentence

_LOSES_MORE = ("new", "more")


def compare(
    sides: tuple[SuiteSide, SuiteSide] | tuple[ExperimentSide, ExperimentSide],
) -> ComparedRecord:
    """Return all that differs between A (before) and B (after)."""
    a, b = sides
    if isinstance(a, SuiteSide) and isinstance(b, SuiteSide):
        found = _suites(a, b)
    elif isinstance(a, ExperimentSide) and isinstance(b, ExperimentSide):
        found = _experiments(a, b)
    else:
        raise TypeError("an experiment beside a suite")
    found = replace(found, outcome=outcome_of(found))
    return replace(found, sentence=outcome_sentence(found))


def _suites(a: SuiteSide, b: SuiteSide) -> ComparedRecord:
    matching = match(a.runs, b.runs)
    environment = suites_environment(a, b, matching)
    figures = compare_figures(matching)
    return ComparedRecord(
        outcome="undecided",
        sentence="",
        a=a.head,
        b=b.head,
        environment=tuple(environment),
        unsafe=unsafe_sentence(environment),
        common=len(matching.judged_by),
        only_a=matching.only_a,
        only_b=matching.only_b,
        fates=tuple(compare_fates(matching)),
        verdicts=tuple(compare_verdicts(matching)),
        findings=tuple(compare_findings(matching)),
        figures=tuple(figures),
        drift=drift_of(figures),
    )


def _experiments(a: ExperimentSide, b: ExperimentSide) -> ComparedRecord:
    one, other = a.result, b.result
    environment = experiments_environment(a, b)
    common = common_arms(one, other)
    return ComparedRecord(
        outcome="undecided",
        sentence="",
        a=a.head,
        b=b.head,
        environment=tuple(environment),
        unsafe=unsafe_sentence(environment),
        common=len(common),
        only_a=tuple(arm for arm in one.plan.arms if arm not in common),
        only_b=tuple(arm for arm in other.plan.arms if arm not in common),
        fates=tuple(experiments_fates(one, other)),
        verdicts=tuple(experiments_verdicts(one, other)),
        findings=tuple(experiments_findings(one, other)),
        figures=tuple(experiments_figures(one, other)),
    )


def outcome_of(found: ComparedRecord) -> Outcome:
    """Return what it comes to: a loss or a failure of B's, or a figure outside what a baseline
    predicts, outranks what is not known."""
    changes: list[str] = [one.change for one in found.verdicts]
    changes += [one.change for one in found.findings]
    changes += [one.reading for one in found.figures if one.reading == "worse"]
    if "worse" in changes or any(one.reading in _LOSES_MORE for one in found.fates):
        return "worse"
    comparable = bool(found.common) and not found.unsafe
    if comparable and not any(changes) and _is_same(found):
        return "no difference"
    unknown = any(
        one.reading == "open" or (one.reading == "unknown" and one.a.shown) for one in found.fates
    )
    if unknown or not comparable or "undecided" in (*changes, found.b.verdict):
        return "undecided"
    return "no worse"


def _is_same(found: ComparedRecord) -> bool:
    """Return whether both were the same in design and fates, and an undecided B in figures too."""
    if found.environment or found.only_a or found.only_b:
        return False
    if found.b.verdict == "undecided" and any(one.a != one.b for one in found.figures):
        return False
    return all((one.a, one.new or 0) == (one.b, 0) for one in found.fates)
