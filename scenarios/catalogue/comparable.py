"""What an experiment has to be so that its arms can be compared: refused before anything runs.

A factor that nothing reads changes nothing: a mistyped one would make two arms the same, and hours
of blocks would then call them equivalent.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from harness.core.errors import UsageError, did_you_mean
from harness.ledger.defect import FACTOR as DEFECT
from harness.ledger.defect import PlannedDefect
from harness.ledger.experiment import ExperimentPart, Hypothesis
from harness.ledger.network import FACTOR as NETWORK
from harness.ledger.rundir import Arm
from harness.target.reference.topologies import FACTOR as TOPOLOGY
from harness.target.target import SERVER_FACTORS
from reports.judging.measures import MEASURES
from scenarios.catalogue.declare import Scenario
from scenarios.catalogue.selection import find
from scenarios.load.arms import LOAD_FACTORS, workload_of

LABEL = "label"
"""A factor that changes nothing: arms that differ in it alone are meant to be the same."""
PAGE_FACTORS: Mapping[str, frozenset[str]] = {"random_endings": frozenset({"batch", "flush_delay"})}
"""Scenario → factors of a load that it gives to its page as options."""


def refuse_names(name: str, parts: Sequence[ExperimentPart], arms: Iterable[str]) -> None:
    """Raise UsageError for a name that cannot be read or asked for, or that two things have.

    An experiment's own is part of its directory's.
    """
    if not re.fullmatch(r"[\w.-]+", name):
        raise UsageError(
            f"{name!r} cannot be the name of an experiment",
            hint="Write one of letters, digits, dots and hyphens",
        )
    if not parts:
        raise UsageError("an experiment without a part measures nothing", hint="Add one to parts")
    for kind, names in {"a part": [p.name for p in parts], "an arm": list(arms)}.items():
        for one, times in Counter(names).items():
            if not one.isprintable() or one != one.strip() or not one or "," in one:
                line = f"{one!r} cannot be the name of {kind}"
                raise UsageError(line, hint="Write one without commas and control characters")
            if times > 1:
                raise UsageError(f"{times} parts have the name {one}")


def refuse_measures(parts: Sequence[ExperimentPart]) -> None:
    """Raise UsageError for a figure that no run ever has, or that a part has twice."""
    for part in parts:
        for measure, times in Counter(metric.measure for metric in part.metrics).items():
            if measure not in MEASURES:
                raise UsageError(
                    f"no run has the measure {measure!r} (part {part.name})",
                    hint=did_you_mean(
                        measure, MEASURES, "A run's verdict.json holds those that it has"
                    ),
                )
            if times > 1:
                raise UsageError(f"part {part.name} has the figure {measure} {times} times")


def refuse_factors(
    parts: Sequence[ExperimentPart], arms: Mapping[str, Arm], known: Mapping[str, Scenario]
) -> None:
    """Raise UsageError for a factor that a part's scenario does not read, or needs and lacks."""
    for part in parts:
        scenario = find(part.scenario, known, "scenario")
        read = _factors(scenario)
        for name, arm in arms.items():
            levels = {**part.levels, **arm}
            for factor in levels:
                if factor not in read:
                    find(factor, dict.fromkeys(read), f"factor of {scenario.name} (arm {name})")
            lacking = [factor for factor in _declared(scenario) if factor not in levels]
            if lacking:
                raise UsageError(f"part {part.name} needs a level of {', '.join(lacking)}")
            PlannedDefect.of(levels)


def refuse_same(parts: Sequence[ExperimentPart], arms: Mapping[str, Arm]) -> None:
    """Raise UsageError for two arms that do the same in every part, unless their labels differ."""
    for (one, its), (other, others) in itertools.combinations(arms.items(), 2):
        labels = its.get(LABEL), others.get(LABEL)
        if None not in labels and labels[0] != labels[1]:
            continue
        if all(_done({**p.levels, **its}) == _done({**p.levels, **others}) for p in parts):
            raise UsageError(
                f"the arms {one} and {other} are the same in every part",
                hint=f"Give each a {LABEL} of its own if that is meant",
            )


def refuse_expectations(
    expected: Sequence[Hypothesis], parts: Sequence[ExperimentPart], arms: Iterable[str]
) -> None:
    """Raise UsageError for an expectation of what is not measured, or that nothing could meet."""
    arms = list(arms)
    all_arms, names = set(arms), [part.name for part in parts]
    measured = {(part.name, metric.measure) for part in parts for metric in part.metrics}
    for one in expected:
        about = f"what is expected of arm {one.arm} ({one.measure})"
        for arm in sorted({one.arm, one.relative_to or one.arm} - all_arms):
            raise UsageError(
                f"{about}: there is no arm {arm}",
                hint=did_you_mean(arm, all_arms, f"There are {', '.join(arms)}"),
            )
        if one.part not in names:
            raise UsageError(
                f"{about}: there is no part {one.part}",
                hint=did_you_mean(one.part, names, f"There are {', '.join(names)}"),
            )
        if (one.part, one.measure) not in measured:
            own = [measure for part, measure in measured if part == one.part]
            raise UsageError(
                f"{about}: part {one.part} does not measure it",
                hint=did_you_mean(one.measure, own, f"It measures {', '.join(sorted(own))}"),
            )
        bounds = [bound for bound in (one.low, one.high) if bound is not None]
        if not bounds or not all(map(math.isfinite, bounds)) or bounds != sorted(bounds):
            raise UsageError(f"{about}: it needs low or high as a number, low not above high")


def _declared(scenario: Scenario) -> frozenset[str]:
    return frozenset(factor for arm in (*scenario.arms, *scenario.on_request) for factor in arm)


def _factors(scenario: Scenario) -> frozenset[str]:
    """Return the factors that a scenario reads, and those that fit every one."""
    declared = _declared(scenario)
    load = LOAD_FACTORS if "workload" in declared else PAGE_FACTORS.get(scenario.name, frozenset())
    device = {"device"} if "browser" in declared else set()
    return declared | load | device | {LABEL, NETWORK, DEFECT, TOPOLOGY} | set(SERVER_FACTORS)


def _done(levels: Arm) -> tuple[object, ...]:
    """Return what an arm does, the same for levels that are written otherwise: ``50``, ``050``."""
    load = workload_of(levels) if "workload" in levels else None
    read = LOAD_FACTORS - {"processes", "master", "workers"} if load else frozenset()
    rest = {f: _value(v) for f, v in levels.items() if f not in {LABEL, "workload"} | read}
    return load, rest


def _value(level: str) -> float | str:
    try:
        return float(level)
    except ValueError:
        return level.strip()
