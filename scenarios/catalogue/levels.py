"""Levels of an experiment's arms: one that nothing knows is refused before anything runs.

The first slot would find most of them, after minutes; some would be another level without a word.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from harness.browsers.catalogue import entry_of
from harness.core.errors import UsageError
from harness.faults.line.profiles import profile_of
from harness.ledger.experiment import ExperimentPart
from harness.ledger.network import FACTOR as NETWORK
from harness.ledger.network import PlannedNetwork
from harness.ledger.rundir import Arm
from scenarios.catalogue.declare import Scenario
from scenarios.catalogue.selection import find

_FREE = frozenset({"workload", "browser"})
"""Declared factors whose levels have a catalogue of their own."""


def refuse_levels(
    parts: Sequence[ExperimentPart], arms: Mapping[str, Arm], known: Mapping[str, Scenario]
) -> None:
    """Raise UsageError for a level that a part's scenario cannot mean.

    The levels of a load are checked with its workload (``scenarios.load.arms``).
    """
    for part in parts:
        scenario = find(part.scenario, known, "scenario")
        declared = _declared(scenario)
        for name, arm in arms.items():
            for factor, level in {**part.levels, **arm}.items():
                about = f"{factor} of part {part.name}, arm {name}"
                if factor in declared and factor not in _FREE:
                    _refuse_unknown(level, declared[factor], about)
                elif "workload" not in declared or factor in _PLAIN:
                    _CHECKS.get(factor, _anything)(level, about)


def _declared(scenario: Scenario) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for arm in (*scenario.arms, *scenario.on_request):
        for factor, level in arm.items():
            found.setdefault(factor, []).append(level)
    return found


def _refuse_unknown(level: str, levels: Sequence[str], about: str) -> None:
    """Raise UsageError for none of the levels; where these are numbers any whole one will do."""
    if all(one.isdecimal() for one in levels):
        _whole(level, about)
    else:
        find(level, dict.fromkeys(levels), f"level ({about})")


def _whole(level: str, about: str) -> None:
    if not (level.isascii() and level.isdecimal() and int(level) > 0):
        raise UsageError(f"{about} is {level!r}", hint="Write a whole number above zero")


def _number(level: str, about: str) -> None:
    try:
        value = float(level)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise UsageError(f"{about} is {level!r}", hint="Write a number above zero")


def _network(level: str, about: str) -> None:
    network = PlannedNetwork.parse(level)
    if network.profile:
        profile_of(network.profile)


def _browser(level: str, about: str) -> None:
    entry_of(level)


def _anything(level: str, about: str) -> None:
    """Accept a level that is checked elsewhere."""


_PLAIN: Mapping[str, Callable[[str, str], None]] = {
    "browser": _browser,
    "combine": _whole,
    NETWORK: _network,
}
"""Factors that mean the same in every scenario."""
_CHECKS: Mapping[str, Callable[[str, str], None]] = {
    **_PLAIN,
    "batch": _whole,
    "flush_delay": _number,
}
"""Without a load, those of a load are options of the page."""
