"""The pages' queues and their attempts: in lines, in words and in figures."""

from __future__ import annotations

from reports.evidence.faults import FaultSpan
from reports.plots.queue import queue_over_time
from tests.reports.plots.reading import dots_in


def test_the_queue_and_its_attempts_are_drawn_and_counted() -> None:
    faults = [FaultSpan("cut", 2.0, 8.0)]
    picture = queue_over_time([(1, 2), (5, 30), (9, 0)], [9.0], [2.5, 6.0], faults)
    assert "held 30 ids at most, at 5 s, and 0 in the end" in picture.description
    assert "3 attempts, 2 without an answer" in picture.description
    assert "cut from 2 s to 8 s" in picture.description
    assert dots_in(picture, "peak-dot") == 1
    shares = [row[2:] for row in picture.rows[1:]]
    assert sum(int(good) for good, _ in shares) == 1
    assert sum(int(bad) for _, bad in shares) == 2


def test_no_queue_is_reported() -> None:
    assert queue_over_time([], [], [], []).description == "No data: no page reported its queue."
