"""The workloads by name: the roadmap's, the scale target's, and overrides of them."""

from __future__ import annotations

import pytest

from harness.core.errors import UsageError
from scenarios.workloads.catalogue import catalogue


def test_the_catalogue_holds_the_roadmap_s_and_the_scale_target() -> None:
    known = {name: entry.with_overrides({}) for name, entry in catalogue().items()}
    assert known["roadmap"].total == known["roadmap-threes"].total == 5_000
    assert (known["roadmap"].sessions, known["roadmap"].span_s) == (100, 600)
    for name in ("scale", "scale-50", "scale-100", "scale-200", "scale-500"):
        assert known[name].sessions == 10_000
        assert known[name].rate_per_s * 60 == pytest.approx(100_000)
        assert known[name].span_s >= 180
    assert known["spike"].peak == 10
    million = known["million"]
    assert million.rate_per_s * 60 == pytest.approx(1_000_000)
    assert (million.batch, million.sessions) == (0, 10_000), "each session flushes its own"


def test_a_search_goes_on_beyond_what_a_few_cores_can_carry() -> None:
    for name in ("knee", "knee-ready"):
        search = catalogue()[name].with_overrides({})
        assert search.search_limit_ms == 100
        assert search.steps[-1][2] > 50_000


def test_options_replace_what_the_catalogue_says() -> None:
    roadmap = catalogue()["roadmap"].with_overrides({"rate_per_s": 50.0, "duration_s": 12.0})
    assert (roadmap.total, roadmap.sessions) == (500, 100)
    faster = catalogue()["roadmap"].with_overrides({"duration_s": 62.0})
    assert faster.total == 5_000, "a number a session stays what it is"


def test_a_span_takes_the_place_of_the_duration() -> None:
    spanned = catalogue()["steady"].with_overrides({"rate_per_s": 10.0, "span_s": 6.0})
    assert (spanned.total, spanned.duration_s) == (60, 8.0)
    with pytest.raises(UsageError, match="either a duration or a span"):
        catalogue()["steady"].with_overrides({"duration_s": 9.0, "span_s": 6.0})
