"""The workers of a stack: only where the server orders artworks, and a scenario halts them."""

from __future__ import annotations

import pytest

from harness.compose.targets.pool_workers import LEASE_S, WORKERS, workers_of
from scenarios.monitoring import test_pool
from servers.pool.command import _parser

ORDERING = {"improvement": "predictive_pool", "trouble": "none"}


@pytest.mark.parametrize(
    "arm",
    [
        {},
        {"improvement": "predictive_pool"},
        {"trouble": "none"},
        {"improvement": "rollups", "trouble": "none"},
    ],
)
def test_an_arm_without_orders_has_none(arm: dict[str, str]) -> None:
    assert workers_of(arm, "servers.pool", ()).count == 0


@pytest.mark.parametrize("improvement", ["predictive_pool", "lean_indexes+predictive_pool"])
def test_an_arm_that_orders_has_them(improvement: str) -> None:
    options = workers_of({**ORDERING, "improvement": improvement}, "variant", ("--defect", "x"))
    assert (options.count, options.module) == (WORKERS, "variant")
    assert options.arguments[:2] == ("--defect", "x")


def test_they_understand_their_arguments_and_the_scenario_knows_their_lease() -> None:
    arguments = _parser().parse_args(workers_of(ORDERING, "servers.pool", ()).arguments)
    assert arguments.lease == LEASE_S == test_pool.LEASE_S
    assert 50 * arguments.artwork_seconds < LEASE_S
