"""The trends of a history's suites: those of two nights or more, made anew when it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.trend.nights import Nights, suites_of
from harness.compose.history import trends as module
from harness.compose.history.history import open_history
from harness.compose.history.trends import NIGHTS, Trends
from tests.benchmarks.trend.planted import STEP

ALL = suites_of(Nights(seed=1, steps=(STEP,)))


def add(place: Path, *nights: Nights, last: int = 100) -> None:
    with open_history(str(place)) as history:
        for one in nights:
            for facts in suites_of(one)[:last]:
                history.add(facts)


def test_each_suite_has_its_own_and_one_night_has_none(tmp_path: Path) -> None:
    add(tmp_path, Nights(seed=1, steps=(STEP,)), Nights(seed=2, count=2, suite="weekly"))
    add(tmp_path, Nights(seed=3, count=1, suite="once"))
    found = Trends(str(tmp_path)).now()
    assert {name: len(one.nights) for name, one in found.items()} == {"nightly": 24, "weekly": 2}
    assert "load response p95" in found["nightly"].sentence
    assert found["nightly"].series, "latencies and costs are followed"


def test_a_long_history_is_looked_at_by_its_newest_nights(tmp_path: Path) -> None:
    add(tmp_path, Nights(seed=1, count=NIGHTS + 3, scenarios=("a",)))
    [found] = Trends(str(tmp_path)).now().values()
    assert len(found.nights) == NIGHTS
    assert found.nights[-1].started > found.nights[0].started > ALL[0].started


def test_it_is_made_anew_when_the_history_changed_and_not_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    real = module.trend
    monkeypatch.setattr(module, "trend", lambda *a, **k: made.append(1) or real(*a, **k))
    trends = Trends(str(tmp_path))
    assert trends.now() == {}
    add(tmp_path, Nights(seed=1), last=6)
    assert len(trends.now()["nightly"].nights) == 6
    assert len(trends.now()["nightly"].nights) == 6
    assert len(made) == 1
    add(tmp_path, Nights(seed=1), last=7)
    assert len(trends.now()["nightly"].nights) == 7
    with open_history(str(tmp_path)) as history:
        history.rename("steady_load", "calm_load")
    assert "calm_load" in {one.scenario for one in trends.now()["nightly"].series}
    with open_history(str(tmp_path)) as history:
        history.prune(1)
    assert trends.now() == {}


def test_what_cannot_be_read_is_among_the_troubles(tmp_path: Path) -> None:
    add(tmp_path, Nights(seed=1), last=6)
    (tmp_path / "suites" / "notes.txt").write_text("x")
    [found] = Trends(str(tmp_path)).now().values()
    assert [one.partition(":")[0] for one in found.troubles] == ["notes.txt"]
