"""What a machine can send, and what is refused beforehand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from harness.core.errors import UsageError
from harness.load.schedule.capacity import peak_per_s, refuse_what_cannot_be
from harness.load.schedule.schedule import windows
from harness.load.schedule.workload import Workload, workload_from
from scenarios.workloads.catalogue import catalogue

BASE = {"sessions": 200, "impressions": 50, "duration_s": 101.0, "flush_delay_s": 1.0}


def due_s(workload: Workload, seed: int = 1) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.concatenate([window.at_ns for window in windows(workload, seed)]) / 1e9


def test_a_rate_beyond_this_machine_is_refused_and_a_search_is_not() -> None:
    huge = {"sessions": 1_000, "rate_per_s": 5_000_000.0, "duration_s": 12.0, "batch": 1}
    with pytest.raises(UsageError, match=r"peak is 5,000,000 requests/s"):
        refuse_what_cannot_be(workload_from(huge), 1)
    refuse_what_cannot_be(workload_from({**huge, "shape": "steps", "search_limit_ms": 100}), 1)
    refuse_what_cannot_be(catalogue()["scale"].with_overrides({}), 1)


def test_the_peak_is_what_the_schedule_offers() -> None:
    for kind in (
        {},
        {"batch": 10},
        {"arrivals": "poisson"},
        {"shape": "spike", "arrivals": "poisson"},
    ):
        workload = Workload(**{**BASE, **kind})  # type: ignore[arg-type]
        per_s = Counter(due_s(workload).astype(int).tolist())
        busiest = sum(sorted(per_s.values())[-10:]) / 10
        assert busiest == pytest.approx(peak_per_s(workload), rel=0.35)
