"""The sender does what the retry rules say, and the ledger tells of every attempt."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gevent
import pytest

from harness.core.clock import NS_PER_S, Instant
from harness.ledger.files import read_witness
from harness.ledger.kinds.load import CAPPED
from harness.load.generator.pulse import Counts
from harness.load.generator.rows import FileSink, Recorder
from harness.load.generator.sender import Sender, Task, start_in
from harness.load.schedule.schedule import Names, Workload
from harness.target.dialect import Reply
from harness.target.reference.dialect import ReferenceDialect

WORKLOAD = Workload(sessions=1, impressions=1, duration_s=0.2, flush_delay_s=0.1)
GOOD = Reply(200, b'{"inserted": 1}')
DIALECT = ReferenceDialect()


def again(status: int, retry_after: str) -> Reply:
    return Reply(status, head=f"HTTP/1.1 {status} X\r\nRetry-After: {retry_after}".encode())


class Server:
    """Gives the answers it was made with, in order."""

    def __init__(self, *answers: Reply) -> None:
        self.answers = list(answers)
        self.bodies: list[dict[str, Any]] = []

    def post(self, request: bytes) -> Reply:
        head, _, body = request.partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
        self.bodies.append(json.loads(body))
        return self.answers.pop(0)


def task_of(workload: Workload, names: Names) -> Task:
    sessions = dict.fromkeys(names.users, "Cookie: a=1\r\n")
    return Task(workload=workload, seed=1, dialect=DIALECT, sessions=sessions)


def send(
    directory: Path, workload: Workload, post: Callable[[bytes], Reply]
) -> tuple[Any, Counts, Sender]:
    """Send a workload; return the load witness's table, what was counted, and the sender."""
    names, counts = Names(workload, 1), Counts()
    task = task_of(workload, names)
    recorder = Recorder(FileSink(directory), names, 0, alone=True)
    sender = Sender(task, names, recorder, counts, host="here", post=post)
    start = start_in(0.05)
    recorder.origin = Instant(start.mono_ns, start.wall_ns)
    sender.send_all(start.mono_ns)
    recorder.close()
    return read_witness(directory / "load.arrows").table, counts, sender


@pytest.mark.parametrize(
    ("answers", "outcomes"),
    [
        (
            [again(503, "0"), again(429, "0"), GOOD],
            ["unknown", "unknown", "acknowledged"],
        ),
        ([Reply(422)], ["refused"]),
        ([Reply(409)], ["unknown"]),
        ([again(503, "3600")], ["unknown"]),
    ],
    ids=["twice not now", "final", "another's", "too long"],
)
def test_a_batch_is_sent_until_every_outcome_is_known(
    tmp_path: Path, answers: list[Reply], outcomes: list[str]
) -> None:
    server = Server(*answers)
    table, _, _ = send(tmp_path, WORKLOAD, server.post)
    assert table["outcome"].to_pylist() == outcomes
    assert table["attempt"].to_pylist() == list(range(1, len(outcomes) + 1))
    assert len({body["batchId"] for body in server.bodies}) == 1
    assert [body["attempt"] for body in server.bodies] == table["attempt"].to_pylist()


@pytest.mark.parametrize("comes_back", [True, False])
def test_what_would_be_tried_too_late_is_tried_a_last_time_at_the_end(
    tmp_path: Path, comes_back: bool
) -> None:
    """The pause draws longer than the workload lasts: without a last attempt nothing but the draw
    would have lost the batch."""
    brief = replace(WORKLOAD, drain_s=0.5, retry="exponential", retry_base_s=100.0)
    server = Server(Reply(503), GOOD if comes_back else Reply(503))
    table, _, _ = send(tmp_path, brief, server.post)
    first, last = table.to_pylist()
    assert last["outcome"] == ("acknowledged" if comes_back else "unknown")
    # The first is due in the second half of the 0.2 s that the schedule lasts; the drain follows.
    waited_s = (last["scheduled_ns"] - first["scheduled_ns"]) / NS_PER_S
    assert 0.4 < waited_s <= 0.6
    assert server.answers == []


def test_a_search_that_is_over_waits_for_nothing(tmp_path: Path) -> None:
    brief = replace(WORKLOAD, drain_s=0.5, retry="exponential", retry_base_s=100.0)
    names, counts = Names(brief, 1), Counts()
    recorder = Recorder(FileSink(tmp_path), names, 0, alone=True)
    server = Server(Reply(503))
    sender = Sender(task_of(brief, names), names, recorder, counts, host="here", post=server.post)
    sender._search.verdict = "it broke"
    sender.send_all(start_in(0.05).mono_ns)
    recorder.close()
    table = read_witness(tmp_path / "load.arrows").table
    assert table["attempt"].to_pylist() == [1]


@pytest.mark.slow
def test_what_is_over_the_cap_is_a_failure_and_is_sent_later(tmp_path: Path) -> None:
    """Ten batches at once, room for one: nine are refused by the generator, and say so."""

    def slow(request: bytes) -> Reply:
        gevent.sleep(0.05)
        return GOOD

    crowd = Workload(sessions=10, impressions=1, duration_s=0.11, flush_delay_s=0.1, batch=1, cap=1)
    table, counts, _ = send(tmp_path, crowd, slow)
    rows = table.to_pylist()
    refused = [row for row in rows if row["error"] == CAPPED]
    assert len(refused) == counts.capped >= 8
    assert {(row["outcome"], row["status"]) for row in refused} == {("unknown", 0)}
    assert sum(row["outcome"] == "acknowledged" for row in rows) == 10
    first = [row for row in rows if row["attempt"] == 1]
    assert sum(len(row["artworks"]) for row in first) == crowd.total


def test_late_slots_are_sent_at_once_and_none_is_skipped(tmp_path: Path) -> None:
    """The loop is held up for a fifth of a second: every slot still goes, from its own moment."""
    held: list[float] = []

    def post(request: bytes) -> Reply:
        if not held:
            held.append(1)
            until = start_in(0.2).mono_ns
            while start_in(0).mono_ns < until:  # nothing else in this process runs
                pass
        return GOOD

    even = Workload(sessions=50, impressions=1, duration_s=0.35, flush_delay_s=0.1, batch=1)
    table, counts, _ = send(tmp_path, even, post)
    lag_ms = [(row["sent_ns"] - row["scheduled_ns"]) / 1e6 for row in table.to_pylist()]
    assert counts.sent == counts.scheduled == len(lag_ms) == 50
    assert max(lag_ms) > 150


def test_views_are_intended_before_anything_is_sent(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def post(request: bytes) -> Reply:
        views = read_witness(tmp_path / "viewer-load.arrows").table.to_pylist()
        ids = json.loads(request.partition(b"\r\n\r\n")[2])["artworkIds"]
        seen.append([v["kind"] for v in views if v["artwork"] in ids])
        return GOOD

    send(tmp_path, WORKLOAD, post)
    assert [kinds[0] for kinds in seen] == ["view_intent"]
    views = read_witness(tmp_path / "viewer-load.arrows").table
    assert views["kind"].to_pylist() == ["view_intent", "view_shown"]
    load = read_witness(tmp_path / "load.arrows").table
    assert views["mono_ns"].to_pylist()[0] == load["scheduled_ns"].to_pylist()[0] - 100_000_000


def test_a_search_ends_after_two_slow_steps(tmp_path: Path) -> None:
    steps = Workload(
        sessions=10,
        impressions=30,
        duration_s=3.1,
        flush_delay_s=0.1,
        batch=1,
        shape="steps",
        step_s=0.5,
        step_factor=1.2,
        search_limit_ms=20,
    )

    def slower(request: bytes) -> Reply:
        gevent.sleep(0.001 if counted.scheduled < 130 else 0.05)
        return GOOD

    counted = Counts()
    names = Names(steps, 1)
    task = task_of(steps, names)
    sink = FileSink(tmp_path)
    recorder = Recorder(sink, names, 0, alone=True)
    sender = Sender(task, names, recorder, counted, host="here", post=slower)
    sender.send_all(start_in(0.05).mono_ns)
    sink.close()
    assert "twice in a row" in sender.stopped_early
    assert counted.scheduled < steps.total
