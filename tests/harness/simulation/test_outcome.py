"""What came of walks, added up and judged; nothing passes that proves too little."""

from __future__ import annotations

from typing import Any

from harness.simulation.outcome import ENOUGH_WALKS, Outcome
from reports.verdict.verdict import Verdict


def part(**changes: Any) -> dict[str, Any]:
    return {
        "walks": 10,
        "events": 1000,
        "failed": 0,
        "hits": 1,
        "fates": {"recorded_once": 5},
        "states": {"retry": 1},
        "checks": {},
        "failing": [],
        "backoff": [{"count": 1000, "sum": 500.0, "over": 0}],
        **changes,
    }


def outcome(*parts: dict[str, Any]) -> Outcome:
    found = Outcome()
    for one in parts:
        found.add(one)
    found.judge_pauses()
    return found


def test_parts_are_added_up() -> None:
    lost = {"walks": 2, "first": 14}
    failing = {"walk": {"number": 14}, "findings": []}
    later = part(checks={"nothing_lost": lost}, failing=[failing], failed=2)
    sooner = part(checks={"nothing_lost": {"walks": 1, "first": 3}})
    found = outcome(later, sooner)
    assert (found.walks, found.fates, found.hits) == (20, {"recorded_once": 10}, 2)
    assert (found.checks["nothing_lost"].walks, found.checks["nothing_lost"].first) == (3, 3)
    assert found.failing == [failing]
    assert found.verdict is Verdict.FAIL


def test_sound_walks_pass() -> None:
    assert outcome(part()).verdict is Verdict.PASS


def test_no_walks_prove_nothing() -> None:
    assert Outcome().verdict is Verdict.UNKNOWN


def test_enough_walks_must_have_been_in_every_state() -> None:
    few = outcome(part(states={"retry": 0}))
    many = outcome(part(states={"retry": 0}, walks=ENOUGH_WALKS))
    assert (few.verdict, many.verdict) == (Verdict.PASS, Verdict.UNKNOWN)
    assert list(many.never_seen) == ["retry"]


def test_pauses_that_are_not_drawn_evenly_fail() -> None:
    for total in (1000.0, 250.0):
        found = outcome(part(backoff=[{"count": 1000, "sum": total, "over": 0}]))
        assert found.checks["backoff"].why.startswith("retry 1 in a row")
    over = outcome(part(backoff=[{"count": 1000, "sum": 500.0, "over": 100}]))
    assert over.verdict is Verdict.FAIL


def test_few_pauses_prove_nothing() -> None:
    assert outcome(part(backoff=[{"count": 20, "sum": 20.0, "over": 0}])).checks == {}
