"""Walks of the simulation as walk files, which ``harness walk --steps`` takes too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from scenarios.concurrency.walk import Walk
from scenarios.concurrency.walker import write_walks


def walk_from(facts: Mapping[str, Any]) -> Walk:
    """Return a walk as the engine has it as a walk of the scenario ``random_walk``."""
    return msgspec.convert(facts, Walk)


def facts_of(walk: Walk) -> dict[str, Any]:
    """Return a walk as the engine takes it."""
    facts: dict[str, Any] = msgspec.to_builtins(walk)
    return facts


def write_failing(path: Path, facts: Mapping[str, Any]) -> None:
    """Write one walk into a file from which it can be walked again."""
    write_walks(path, [walk_from(facts)])
