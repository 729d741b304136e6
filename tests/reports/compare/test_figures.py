"""Latencies: pairs of seeds have an interval, one run each has its own and says nothing more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.core.clock import seeded_random
from harness.core.outcome import Outcome
from reports.compare.figures import ONE_RUN, compare_figures, drift_of
from reports.compare.matching import match
from reports.compare.record import FigureCompared
from reports.judging.judge import JudgedRun
from reports.verdict.verdict import Verdict
from tests.reports.compared import judged, named
from tests.reports.ledgers import HandWritten, evidence_of

P95 = "load_response_p95_ms"


def seeds(number: int, factor: float, **more: object) -> dict[str, JudgedRun]:
    runs = []
    for seed in range(1, number + 1):
        luck = seeded_random(seed, f"luck {factor}").gauss(0, 0.01)
        runs.append(judged(seed, **{P95: 100 * seed * factor * (1 + luck)}, **more))  # type: ignore[arg-type]
    return named(*runs)


def only(a: dict[str, JudgedRun], b: dict[str, JudgedRun]) -> FigureCompared:
    [found] = compare_figures(match(a, b))
    return found


@pytest.mark.parametrize(("factor", "reading"), [(1.3, "higher"), (0.7, "lower"), (1.0, "open")])
def test_eight_seeds_are_pairs(factor: float, reading: str) -> None:
    found = only(seeds(8, 1.0), seeds(8, factor))
    assert (found.reading, found.units, found.figure) == (reading, 8, P95)
    assert found.difference_percent == pytest.approx(100 * (factor - 1), abs=2)
    assert found.low_percent is not None
    assert found.high_percent is not None
    assert found.low_percent <= found.difference_percent <= found.high_percent
    assert found.t_low_percent is not None
    assert "not interleaved" in found.note


@pytest.mark.parametrize("number", [2, 5])
def test_fewer_than_six_seeds_have_no_interval(number: int) -> None:
    found = only(seeds(number, 1.0), seeds(number, 9.0))
    assert found.reading == "none"
    assert found.difference_percent is None
    assert found.note == f"{number} common seeds: an interval needs 6"


def test_a_seed_that_is_not_decided_is_no_pair() -> None:
    six = seeds(6, 1.0)
    broken = {**six, **named(judged(6, verdict=Verdict.UNKNOWN, **{P95: 1.0}))}
    assert only(six, broken).units == 5


def load(
    directory: Path, took_ms: float, *, requests: int = 400, span_s: float = 20.0, lost: int = 0
) -> JudgedRun:
    ledger = HandWritten().lifetime()
    chance = seeded_random(1, f"{took_ms}")
    for n in range(requests):
        ledger.sent(
            span_s * n / requests,
            took_ms=took_ms * chance.uniform(0.9, 1.1),
            outcome=Outcome.UNKNOWN if n < lost else Outcome.ACKNOWLEDGED,
            artworks=(f"a{n}",),
            batch=f"b{n}",
        )
    return judged(evidence=evidence_of(ledger, directory))


def pair(
    directory: Path, a_ms: float, b_ms: float, *, lost: int = 0, **both: Any
) -> dict[str, FigureCompared]:
    a = load(directory / "a", a_ms, **both)
    b = load(directory / "b", b_ms, lost=lost, **both)
    found = compare_figures(match(named(a), named(b)))
    return {one.figure: one for one in found if one.figure.startswith("load")}


def test_one_run_each_has_its_own_intervals_and_is_apart_or_overlaps(tmp_path: Path) -> None:
    found = pair(tmp_path / "other", 10, 20)
    assert [one.reading for one in found.values()] == ["apart"] * 3
    p95 = found[P95]
    assert p95.note == ONE_RUN
    assert p95.difference_percent is None
    assert p95.a_interval is not None
    low, high = p95.a_interval
    assert low is not None
    assert high is not None
    assert p95.a is not None
    assert low <= p95.a <= high
    assert {one.reading for one in pair(tmp_path / "same", 10, 10).values()} == {"overlap"}


def test_a_bound_that_the_sample_cannot_give_is_open(tmp_path: Path) -> None:
    """Of sixty requests even the largest may well lie below the 99th percentile."""
    found = pair(tmp_path, 10, 20, requests=60)["load_response_p99_ms"]
    assert found.a_interval is not None
    assert found.a_interval[1] is None
    assert found.reading == "overlap"


def test_a_short_run_has_no_interval(tmp_path: Path) -> None:
    found = pair(tmp_path, 10, 20, span_s=5)[P95]
    assert (found.reading, found.a_interval) == ("none", None)
    assert found.a == pytest.approx(11, abs=1)


def test_what_was_never_answered_is_longer_than_any(tmp_path: Path) -> None:
    found = pair(tmp_path / "some", 10, 10, lost=40)[P95]
    assert found.b is None
    assert found.b_interval is not None
    assert found.b_interval[1] is None
    found = pair(tmp_path / "all", 10, 10, lost=400)[P95]
    assert found.reading == "none"
    assert found.note.startswith("lost, or never answered")


def test_a_machine_that_changed_moves_all_medians() -> None:
    def median(scenario: str, a: float, b: float) -> FigureCompared:
        return FigureCompared(
            scenario=scenario,
            arm="x",
            seeds="1",
            figure="load_response_p50_ms",
            reading="none",
            a=a,
            b=b,
        )

    found = drift_of([median(name, 10, 12) for name in "abc"])
    assert found.startswith("3 of 3 medians are higher in B by more than 5 %")
    assert "+20.0 %" in found
    assert "lower" in drift_of([median(name, 10, 8) for name in "abc"])
    half = [median("a", 10, 12), median("b", 10, 12), median("c", 10, 8), median("d", 10, 8)]
    assert not drift_of(half)
    assert not drift_of([median("a", 10, 12)])
    assert not drift_of([])
    assert not drift_of([median(name, -10, 12) for name in "abc"])
