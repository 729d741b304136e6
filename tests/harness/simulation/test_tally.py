"""What came of walks, added up and judged; nothing passes that proves too little."""

from __future__ import annotations

from typing import Any

from harness.simulation.tally import ENOUGH_WALKS, Tally
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


def tally(*parts: dict[str, Any]) -> Tally:
    found = Tally()
    for one in parts:
        found.add(one)
    found.judge_pauses()
    return found


def test_parts_are_added_up() -> None:
    lost = {"walks": 2, "first": 14}
    failing = {"walk": {"number": 14}, "findings": []}
    later = part(checks={"nothing_lost": lost}, failing=[failing], failed=2)
    sooner = part(checks={"nothing_lost": {"walks": 1, "first": 3}})
    found = tally(later, sooner)
    assert (found.walks, found.fates, found.hits) == (20, {"recorded_once": 10}, 2)
    assert (found.checks["nothing_lost"].walks, found.checks["nothing_lost"].first) == (3, 3)
    assert found.failing == [failing]
    assert found.verdict is Verdict.FAIL


def test_sound_walks_pass() -> None:
    assert tally(part()).verdict is Verdict.PASS


def test_no_walks_prove_nothing() -> None:
    assert Tally().verdict is Verdict.UNKNOWN


def test_enough_walks_must_have_been_in_every_state() -> None:
    few = tally(part(states={"retry": 0}))
    many = tally(part(states={"retry": 0}, walks=ENOUGH_WALKS))
    assert (few.verdict, many.verdict) == (Verdict.PASS, Verdict.UNKNOWN)
    assert list(many.never_seen) == ["retry"]


def test_pauses_that_are_not_drawn_evenly_fail() -> None:
    for total in (1000.0, 250.0):
        found = tally(part(backoff=[{"count": 1000, "sum": total, "over": 0}]))
        assert found.checks["backoff"].why.startswith("retry 1 in a row")
    over = tally(part(backoff=[{"count": 1000, "sum": 500.0, "over": 100}]))
    assert over.verdict is Verdict.FAIL


def test_few_pauses_prove_nothing() -> None:
    assert tally(part(backoff=[{"count": 20, "sum": 20.0, "over": 0}])).checks == {}
