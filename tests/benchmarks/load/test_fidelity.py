"""How near the scale target a run came, read from its verdict."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.load.fidelity import fidelity_of
from harness.core.errors import HarnessError


def _verdict(**cell: Any) -> dict[str, Any]:
    whole = {
        "verdict": "pass",
        "reason": "every check is good",
        "findings": [{"check": "offered_rate", "measured": 0.9995, "n": 300_000}],
        "measures": {
            "load_lag_p99_ms": 4.0,
            "load_response_p95_ms": 12.0,
            "load_requests": 300_000.0,
        },
    }
    return {"cells": [{**whole, **cell}]}


def _fidelity(verdict: dict[str, Any], seconds: float = 200) -> Any:
    return fidelity_of(verdict, command="harness run load", run="runs/x", seconds=seconds)


def test_the_scale_targets_figures_are_those_of_its_verdict() -> None:
    fidelity = _fidelity(_verdict())
    assert (fidelity.offered_share, fidelity.slots, fidelity.requests) == (0.9995, 300_000, 300_000)
    assert (fidelity.lag_p99_ms, fidelity.p95_ms, fidelity.verdict) == (4.0, 12.0, "pass")
    assert fidelity.reached


@pytest.mark.parametrize(
    "parts",
    [
        {"verdict": "unknown"},
        {"findings": []},
        {"findings": [{"check": "offered_rate", "measured": 0.998, "n": 300_000}]},
        {"measures": {}},
        {"measures": {"load_lag_p99_ms": 10.1}},
    ],
)
def test_the_scale_target_is_not_reached_with_less(parts: dict[str, Any]) -> None:
    assert not _fidelity(_verdict(**parts)).reached


def test_the_scale_target_is_not_reached_in_less_than_three_minutes() -> None:
    assert not _fidelity(_verdict(), seconds=170).reached


def test_a_run_of_several_cells_is_not_taken_for_one() -> None:
    with pytest.raises(HarnessError, match="2 cells"):
        _fidelity({"cells": _verdict()["cells"] * 2})
