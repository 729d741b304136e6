"""The figures: how often a series without a change has one, and a planted one is dated right."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from benchmarks.experiments.rates import Rate, rate
from benchmarks.trend.nights import Nights, PlantedFate, PlantedStep, drawn, suites_of
from reports.compare.against.baseline import BaselineSuites, against
from reports.history.trend import trend
from reports.statistics.history.changes import changes
from reports.statistics.history.surprise import suspect


@dataclass(frozen=True, slots=True, kw_only=True)
class UnchangedSeries:
    """Series without a change: how many have one, and how many of the others end in a suspect."""

    name: str
    nights: int
    changed: Rate
    suspect: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedStep:
    """A planted step with ``after`` nights after it: found within a night, and nothing else.

    ``suspect``: the series has no change and its last nights are suspect.
    """

    factor: float
    noise: float
    nights: int
    after: int
    dated: Rate
    suspect: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTrend:
    """Histories of several series, read through the stored format.

    ``unchanged`` are all series in which nothing was planted, ``alarms`` how many of them have a
    change and ``suspects`` how many are suspect; ``dated`` are planted steps that were dated within
    a night, ``fates`` planted fates that were dated to the night.
    """

    histories: int
    nights: int
    unchanged: int
    alarms: Rate
    suspects: Rate
    dated: Rate
    fates: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstBaseline:
    """Suites of fifteen figures against a baseline: ``worse`` with nothing planted, and with a step
    of ``factor`` in one figure, which is ``found`` where that one is worse."""

    suites: int
    factor: float
    worse: Rate
    found: Rate


def against_baseline(suites: int, factor: float, n: int) -> AgainstBaseline:
    """Return how ``n`` suites fare against a baseline of this number of suites before each."""
    wrong: list[bool] = []
    right: list[bool] = []
    for seed in range(n):
        for planted, ended in ((1.0, wrong), (factor, right)):
            step = PlantedStep(
                scenario="steady_load",
                figure="load_response_p95_ms",
                night=suites,
                factor=planted,
            )
            own = suites_of(Nights(count=suites + 1, seed=seed, steps=(step,)))
            found = against(BaselineSuites(name="b", suites=own[:-1]), own[-1], "")
            worse = {(one.scenario, one.figure) for one in found.figures if one.reading == "worse"}
            of_it = (step.scenario, step.figure) in worse
            ended.append(of_it if planted != 1.0 else bool(worse))
    return AgainstBaseline(suites=suites, factor=factor, worse=rate(wrong), found=rate(right))


def unchanged(nights: Nights, name: str, n: int) -> UnchangedSeries:
    """Return how often ``n`` series without a change have one."""
    series = [drawn(replace(nights, seed=seed), name) for seed in range(n)]
    changed = [bool(changes(values)) for values in series]
    late = [
        suspect(values) is not None for values, one in zip(series, changed, strict=True) if not one
    ]
    return UnchangedSeries(
        name=name, nights=nights.count, changed=rate(changed), suspect=rate(late)
    )


def dated(factor: float, noise: float, nights: int, after: int, n: int) -> DatedStep:
    """Return how often a step is dated right, of ``n`` series."""
    right, late = [], []
    at = nights - after
    for seed in range(n):
        values = drawn(Nights(count=nights, noise=noise, seed=seed), f"step {factor}")
        values[at:] += math.log(factor)
        found = changes(values)
        right.append(len(found) == 1 and abs(found[0].at - at) <= 1)
        late.append(not found and suspect(values) is not None)
    return DatedStep(
        factor=factor,
        noise=noise,
        nights=nights,
        after=after,
        dated=rate(right),
        suspect=rate(late),
    )


def whole(histories: int, nights: int) -> WholeTrend:
    """Return how trends of whole histories do: in each a step of a fifth and more, and a fate."""
    alarms, suspects, right, fates = [], [], [], []
    for seed in range(histories):
        at = nights - 3 - seed % 5
        step = PlantedStep(
            scenario="steady_load",
            figure="load_response_p95_ms",
            night=at,
            factor=1.2 + 0.05 * (seed % 3),
        )
        fate = PlantedFate(scenario="first_visit", night=nights - 1 - seed % 6)
        suites = suites_of(
            Nights(count=nights, seed=seed, machine=0.02, steps=(step,), broken=(fate,))
        )
        found = trend([(str(n), facts) for n, facts in enumerate(suites)])
        for one in found.series:
            if (one.scenario, one.figure) == (step.scenario, step.figure):
                night = [c.since.after for c in one.changes]
                right.append(len(night) == 1 and abs(night[0] - at) <= 1)
            else:
                alarms.append(bool(one.changes))
                suspects.append(one.state == "suspect")
        fates.append(
            [(one.scenario, one.since.after) for one in found.fates]
            == [(fate.scenario, fate.night)]
        )
    return WholeTrend(
        histories=histories,
        nights=nights,
        unchanged=len(alarms),
        alarms=rate(alarms),
        suspects=rate(suspects),
        dated=rate(right),
        fates=rate(fates),
    )
