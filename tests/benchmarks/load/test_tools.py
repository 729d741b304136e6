"""What other tools leave behind is read as they mean it, and what failed is no round."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.load.bodies import even, requests_of, users_of, write_requests, write_targets
from benchmarks.load.tools import (
    Timings,
    bare_of,
    cpu_of_generator,
    k6_timings,
    timings,
    vegeta_timings,
)
from harness.core.errors import HarnessError

MS = 1_000_000


def _vegeta_line(latency_ns: int, status: int = 200, error: str = "") -> str:
    """A line of `vegeta encode -to=csv`, as 12.13 writes it."""
    return (
        f"1790000000000000000,{status},{latency_ns},180,41,{error},eyJpbnNlcnRlZCI6M30=,,7,POST,"
        '"http://127.0.0.1:1/api/artworks/batch-impressions","Q29udGVudC1UeXBlOiB4"\n'
    )


def _k6(count: int = 1000, failed: float = 0.0, dropped: int | None = None) -> dict[str, Any]:
    """The parts of k6's handleSummary data that are read."""
    values = {"med": 1.5, "p(95)": 4.0, "p(99)": 9.25, "max": 31.0, "count": count}
    metrics: dict[str, Any] = {
        "http_req_duration": {"type": "trend", "contains": "time", "values": values},
        "http_req_failed": {"type": "rate", "values": {"rate": failed, "passes": 0, "fails": 0}},
    }
    if dropped is not None:
        metrics["dropped_iterations"] = {"type": "counter", "values": {"count": dropped}}
    return {"metrics": metrics}


def _bare(**other: Any) -> dict[str, Any]:
    result = {
        "seconds": 4.0,
        "cpu_s": 2.0,
        "requests": 10_000,
        "failed": 0,
        "response_ms": {"3": 90, "1": 900, "990": 10},
        "longest_ms": 998.5,
    }
    return {**result, **other}


def _second(at_s: float, cpu_s: float, sent: int) -> dict[str, Any]:
    return {"mono_ns": int(at_s * 1e9), "cpu_s": cpu_s, "detail": json.dumps({"sent": sent})}


def test_quantiles_are_values_that_were_measured() -> None:
    measured = timings(np.arange(1, 101) * MS)
    assert (measured.n, measured.p50_ms, measured.p95_ms, measured.p99_ms, measured.max_ms) == (
        100,
        50,
        95,
        99,
        100,
    )


def test_a_round_without_requests_is_none() -> None:
    with pytest.raises(HarnessError, match="without any request"):
        timings([])


def test_vegeta_says_latencies_in_nanoseconds() -> None:
    text = "".join(_vegeta_line(n * MS) for n in (3, 1, 2))
    measured = vegeta_timings(text, 3)
    assert (measured.n, measured.p50_ms, measured.max_ms) == (3, 2.0, 3.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_vegeta_line(MS, 503, "503 Service Unavailable"), "2 results of 2 requests, 1 failed"),
        (_vegeta_line(10_000 * MS, 0, "context deadline exceeded"), "deadline"),
        ("", "1 results of 2 requests, 0 failed"),
    ],
    ids=["refused", "unanswered", "few"],
)
def test_vegeta_with_failed_or_many_missing_requests_is_no_round(text: str, says: str) -> None:
    with pytest.raises(HarnessError, match=says):
        vegeta_timings(_vegeta_line(MS) + text, 2)


def test_k6_says_exact_quantiles_in_milliseconds() -> None:
    measured = k6_timings(_k6(), 1000)
    assert measured == Timings(n=1000, p50_ms=1.5, p95_ms=4.0, p99_ms=9.25, max_ms=31.0)


@pytest.mark.parametrize(("count", "dropped"), [(900, 100), (999, 0), (1000, 0)])
def test_k6_may_send_somewhat_fewer(count: int, dropped: int) -> None:
    assert k6_timings(_k6(count=count, dropped=dropped), 1000).n == count


@pytest.mark.parametrize(
    "summary",
    [_k6(failed=0.001), _k6(count=899, dropped=101), _k6(count=1001)],
    ids=["failed", "few", "many"],
)
def test_k6_with_failed_dropped_or_missing_requests_is_no_round(summary: dict[str, Any]) -> None:
    with pytest.raises(HarnessError, match="k6: "):
        k6_timings(summary, 1000)


def test_locust_says_how_often_it_rounded_to_which_millisecond() -> None:
    measured = bare_of(_bare())
    assert (measured.cpu_us, measured.cpu_share, measured.per_s) == (200.0, 0.5, 2500.0)
    assert measured.timings.n == 1000
    assert (measured.timings.p50_ms, measured.timings.p95_ms) == (1.0, 3.0)
    assert (measured.timings.p99_ms, measured.timings.max_ms) == (3.0, 998.5)


@pytest.mark.parametrize("wrong", [{"failed": 1}, {"requests": 0}])
def test_a_bare_loop_with_a_failed_request_is_no_round(wrong: dict[str, int]) -> None:
    with pytest.raises(HarnessError, match="bare Locust"):
        bare_of(_bare(**wrong))


def test_the_generators_cpu_counts_from_its_first_busy_second_to_its_last() -> None:
    """Its start is before, half a second of drain after."""
    rows = [_second(1, 3.0, 0), _second(2, 3.5, 1000), _second(4, 4.5, 5000), _second(4.2, 9, 5000)]
    assert cpu_of_generator(rows) == (250.0, 0.5, 2000.0)


@pytest.mark.parametrize("rows", [[], [_second(1, 1.0, 10), _second(2, 2.0, 20)]])
def test_a_generator_that_ran_too_briefly_has_no_cost(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(HarnessError, match="less than three seconds"):
        cpu_of_generator(rows)


def test_all_tools_get_the_same_bodies_and_cookies(tmp_path: Path) -> None:
    workload = even(10, 3, 2)
    cookies = {user: f"session={user}" for user in users_of(workload, 5)}
    requests = requests_of(workload, 5, cookies)
    write_targets(tmp_path / "targets", requests, "http://127.0.0.1:1")
    write_requests(tmp_path / "requests", requests)
    targets = [json.loads(line) for line in (tmp_path / "targets").read_text().splitlines()]
    assert [base64.b64decode(one["body"]).decode() for one in targets] == [r.body for r in requests]
    assert [one["header"]["Cookie"] for one in targets] == [[r.cookie] for r in requests]
    assert {one["url"] for one in targets} == {"http://127.0.0.1:1/api/artworks/batch-impressions"}
    assert json.loads((tmp_path / "requests").read_text()) == [r._asdict() for r in requests]


def test_an_even_load_has_as_many_requests_as_its_rate_says_and_no_id_twice_for_a_user() -> None:
    workload = even(300, 4, 3)
    users = users_of(workload, 1)
    requests = requests_of(workload, 1, dict.fromkeys(users, "a=b"))
    assert len(requests) == 1200
    bodies = [json.loads(one.body) for one in requests]
    keys = [(body["tabId"], artwork) for body in bodies for artwork in body["artworkIds"]]
    assert len(set(keys)) == len(keys) == 3600
