"""Registering a scenario in a test, without a trace in the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.ledger.rundir import Arm
from scenarios.catalogue import declare
from scenarios.catalogue.declare import Scenario


def registered(
    monkeypatch: pytest.MonkeyPatch, case: Callable[..., Any], **declared: Any
) -> Scenario:
    """Return the scenario that a decorator registers, given these arguments."""
    registry: dict[str, Scenario] = {}
    monkeypatch.setattr(declare, "REGISTRY", registry)

    async def test_any() -> None:
        """Is it registered?"""

    case(**declared)(test_any)
    [scenario] = registry.values()
    return scenario


def named(scenario: Scenario, arm: Arm) -> list[str]:
    """Return the names of the checks that judge an arm, in order."""
    return [spec.name for spec in scenario.checks(arm)]
