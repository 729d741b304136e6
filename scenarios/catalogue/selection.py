"""Which scenarios, arms and seeds a request means, of those that are declared."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.browsers.catalogue import entry_of
from harness.core.errors import UsageError, did_you_mean
from harness.ledger.rundir import Arm
from scenarios.catalogue.declare import Scenario
from scenarios.catalogue.request import Catalogue, Levels, PlanRequest, TargetOffer


@dataclass(frozen=True, slots=True)
class Choice:
    """A scenario with one of its arms and a seed."""

    scenario: Scenario
    arm: Arm
    seed: int

    def with_arm(self, arm: Arm) -> Choice:
        """Return the same with another arm."""
        return replace(self, arm=arm)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A scenario that is asked for: by a suite's line with its filter and seeds, or by name."""

    scenario: Scenario
    is_named: bool
    filter: Mapping[str, str]
    seeds: Sequence[int]


def select(request: PlanRequest, catalogue: Catalogue, levels: Levels) -> list[Choice]:
    """Return what is asked for, for every combination of the levels of declared factors.

    Of scenarios by name the durable arms, of a whole matrix or a suite all, unless ``levels`` say.
    Arms that run on request are among them when one of their levels is asked for, or when their
    scenario is named and has no others. Raises UsageError for an unknown name, and when a level
    leaves a scenario without arms.
    """
    if request.suite and request.names:
        raise UsageError("give scenarios or --suite, not both")
    entries = list(_entries(request, catalogue))
    by_name = bool(request.names) and catalogue.matrices.isdisjoint(request.names)
    default = {"preset": "durable"} if by_name else {}
    factors = sorted(levels)
    return [
        choice
        for combination in itertools.product(*(levels[factor] for factor in factors))
        for choice in _selected(
            request, entries, default, dict(zip(factors, combination, strict=True)), by_name
        )
    ]


def with_settings(
    choices: Iterable[Choice], tried: TargetOffer, named: Sequence[str]
) -> list[Choice]:
    """Return the choices with each of the settings that are ``named``, or with all but those that
    are run on request, in place of the presets that they were declared with.

    Arms that differ by their preset alone become one. Raises UsageError for settings that the
    recorder does not have.
    """
    known = dict.fromkeys(tried.settings)
    for name in named:
        find(name, known, "preset")
    wanted = named or [name for name in known if name not in tried.settings_on_request]
    found: dict[tuple[str, int, frozenset[tuple[str, str]]], Choice] = {}
    for choice in choices:
        arms = [dict(choice.arm)]
        if "preset" in choice.arm:
            arms = [{**choice.arm, "preset": name} for name in wanted]
        for arm in arms:
            key = (choice.scenario.name, choice.seed, frozenset(arm.items()))
            found.setdefault(key, choice.with_arm(arm))
    return list(found.values())


def find(name: str, known: Mapping[str, Any], kind: str, others: Iterable[str] = ()) -> Any:
    """Return what has that name. Raises UsageError that names the nearest."""
    if name in known:
        return known[name]
    hint = did_you_mean(name, {*known, *others}, "`harness list` shows what there is")
    raise UsageError(f"there is no {kind} {name!r}", hint=hint)


def _entries(request: PlanRequest, catalogue: Catalogue) -> Iterable[_Entry]:
    lines: list[Mapping[str, Any]] = [
        {"scenario": name, "seeds": [1]} for name in request.names or sorted(catalogue.scenarios)
    ]
    if request.suite:
        lines = find(request.suite, catalogue.suites, "suite")["cells"]
    for line in lines:
        name = line.get("scenario") or line["matrix"]
        for scenario in _named(catalogue, name):
            is_named = name == scenario.name and bool(request.suite or request.names)
            yield _Entry(scenario, is_named, line.get("arm", {}), line["seeds"])


def _named(catalogue: Catalogue, name: str) -> list[Scenario]:
    matrix = [s for s in catalogue.scenarios.values() if s.matrix == name]
    return matrix or [find(name, catalogue.scenarios, "scenario", catalogue.matrices)]


def _selected(
    request: PlanRequest,
    entries: Sequence[_Entry],
    default: Mapping[str, str],
    levels: Mapping[str, str],
    by_name: bool,
) -> list[Choice]:
    choices: list[Choice] = []
    for entry in entries:
        offered = [
            arm for arm in _offered(entry, levels, request.every) if _fits(arm, entry.filter)
        ]
        # Of a whole matrix what fits is run; a scenario that is named is meant to run.
        if (request.suite or by_name) and not any(_fits(arm, levels) for arm in offered):
            wanted = ", ".join(f"{factor}={level}" for factor, level in levels.items())
            where = f"suite {request.suite} has" if request.suite else "there is"
            raise UsageError(
                f"{where} no arm of {entry.scenario.name} with {wanted}",
                hint="`harness list` shows every arm; name scenarios to leave a suite's choice",
            )
        choices += [
            Choice(entry.scenario, arm, seed)
            for arm in offered
            if _fits(arm, {**default, **levels})
            for seed in (request.seeds or entry.seeds)
        ]
    for factor, level in levels.items():
        if all(factor not in choice.arm for choice in choices):
            raise UsageError(f"no arm fits {factor}={level}", hint="`harness list` shows every arm")
    return choices


def _offered(entry: _Entry, levels: Mapping[str, str], every: bool) -> list[Arm]:
    """Return the arms, with the browser that is asked for in place of one that is planned."""
    scenario = entry.scenario
    asked = {**entry.filter, **levels}
    alone = entry.is_named and not scenario.arms
    more = [
        arm
        for arm in scenario.on_request
        if every or alone or any(asked.get(factor) == level for factor, level in arm.items())
    ]
    browser = levels.get("browser")
    planned = [arm["browser"] for arm in scenario.arms if "browser" in arm]
    if browser is None or not planned or browser in planned:
        return [*scenario.arms, *more]
    entry_of(browser)
    return [{**arm, "browser": browser} for arm in scenario.arms if arm["browser"] == planned[0]]


def _fits(arm: Arm, levels: Mapping[str, str]) -> bool:
    """Return whether an arm has these levels.

    A factor that it does not have is no reason against it, but for a workload: to name one means
    what sends it.
    """
    if "workload" in levels and "workload" not in arm:
        return False
    return all(arm.get(factor, level) == level for factor, level in levels.items())
