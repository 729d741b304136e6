"""What is known to be lost: the table expected.toml, by scenario, preset and engine."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import scenarios
from harness.ledger.rundir import Arm, Expected

EXPECTED_FILE = Path(scenarios.__file__).parent / "expected.toml"


def expected_loss(scenario: str, arm: Arm) -> Expected | None:
    """Return what a cell is known to lose, or None: then it may lose nothing.

    An entry fits an arm that has every level it names; a list names several.
    """
    fitting = [
        entry
        for entry in _entries()
        if entry["scenario"] == scenario and _fits(arm, entry.get("arm", {}))
    ]
    if len(fitting) > 1:
        raise ValueError(f"{EXPECTED_FILE.name} has two entries for {scenario} {dict(arm)}")
    if not fitting:
        return None
    entry = fitting[0]
    low, high = entry["rate"]
    return Expected(
        fates=tuple(entry["fates"]),
        checks=tuple(entry["checks"]),
        rate=(float(low), float(high)),
        source=entry["source"],
    )


@cache
def _entries() -> list[dict[str, Any]]:
    content = tomllib.loads(EXPECTED_FILE.read_text(encoding="utf-8"))
    return list(content.get("expected", []))


def _fits(arm: Arm, wanted: dict[str, str | list[str]]) -> bool:
    return all(
        arm.get(factor) in (levels if isinstance(levels, list) else [levels])
        for factor, levels in wanted.items()
    )
