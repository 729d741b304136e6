"""Figures that stand still although what they are of does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.ledger.kinds.activity import DatabaseFigure, ServerFigure
from harness.ledger.kinds.machine import ProcessSample
from reports.evidence.exchange.frozen import frozen_figures
from reports.evidence.frame import read_ledger
from tests.reports.evidence.exchange.whole_run import due, full
from tests.reports.ledgers import START, HandWritten, evidence_of, healthy, lived

START_S = START.wall_ns / 1e9
Clock = Callable[[float], float]


def found(ledger: HandWritten, directory: Path) -> list[tuple[str, str]]:
    return [tuple(one) for one in frozen_figures(read_ledger(ledger.write(directory)))]


def sampled(clock: Clock, *, ahead_s: float = 0.0) -> HandWritten:
    """A server that is asked once a second for ten seconds; its clock is a whole second, and a
    minute ahead where ``ahead_s`` is 60."""
    ledger = lived()
    for second in range(1, 11):
        value = float(int(START_S + clock(second)) + ahead_s)
        ledger.saw(float(second), ServerFigure(name="clock_s", value=value))
        ledger.saw(float(second), ServerFigure(name="in_flight", value=1.0))
    return ledger


@pytest.mark.parametrize("ahead_s", [0.0, 60.0, -3600.0])
@pytest.mark.parametrize(
    "clock",
    [
        lambda asked_s: asked_s,
        lambda asked_s: asked_s + 0.9,
        lambda asked_s: asked_s + (asked_s % 3) / 3,
        lambda asked_s: asked_s + 8.5 * (asked_s == 10),
    ],
    ids=["at once", "late", "now and then late", "the last one comes late"],
)
def test_answers_that_come_late_are_not_old(clock: Clock, ahead_s: float, tmp_path: Path) -> None:
    assert found(sampled(clock, ahead_s=ahead_s), tmp_path) == []


@pytest.mark.parametrize(
    ("clock", "old_s"),
    [
        (lambda asked_s: 1.0, 8),
        (lambda asked_s: min(asked_s, 5.0), 4),
        (lambda asked_s: 3.0 if asked_s == 8 else asked_s, 4),
    ],
    ids=["the first for ever", "the fifth for ever", "an old one once"],
)
def test_an_answer_that_is_read_again_is_named(clock: Clock, old_s: int, tmp_path: Path) -> None:
    words = f"figures of the server are of answers that are up to {old_s} s old"
    assert found(sampled(clock), tmp_path) == [("activity", words)]


def test_figures_of_a_database_are_held_against_its_clock(tmp_path: Path) -> None:
    ledger = lived()
    for second in range(1, 11):
        ledger.saw(float(second), DatabaseFigure(name="clock_s", value=START_S + 1.2))
    words = "figures of the database are of answers that are up to 8 s old"
    assert found(ledger, tmp_path) == [("activity", words)]


def test_a_step_of_the_clock_of_both_is_no_old_answer(tmp_path: Path) -> None:
    ledger = lived()
    rows = ledger.rows["activity"]
    for second in range(1, 11):
        step_s = 3600.0 if second > 5 else 0.0
        value = float(int(START_S + second - step_s))
        ledger.saw(float(second), ServerFigure(name="clock_s", value=value))
        at, row = rows[-1]
        rows[-1] = (at._replace(wall_ns=at.wall_ns - round(step_s * 1e9)), row)
    assert found(ledger, tmp_path) == []


def test_older_harnesses_wrote_no_clock(tmp_path: Path) -> None:
    ledger = lived()
    for second in range(1, 11):
        ledger.saw(float(second), ServerFigure(name="in_flight", value=0.0))
    assert found(ledger, tmp_path) == []


def processes(*, sizes: tuple[int, int], worked_s: float = 2.0, samples: int = 5) -> HandWritten:
    """Two processes; the first one's memory is ``sizes[0]`` and then ``sizes[1]``."""
    ledger = lived()
    for number in range(samples):
        size = sizes[0] if number < samples - 1 else sizes[1]
        cpu_s = worked_s / 2 * number / max(1, samples - 1)
        for process, pid, rss in (("ingest", 1, size), ("postgres", 2, 900)):
            row = ProcessSample(process=process, pid=pid, cpu_s=cpu_s, rss_bytes=rss)
            ledger.saw(1.0 + number, row)
    return ledger


def test_memory_of_which_no_sample_differs_is_named(tmp_path: Path) -> None:
    words = "2 processes worked for 2.0 s and no sample of memory differs"
    assert found(processes(sizes=(500, 500)), tmp_path) == [("machine", words)]


@pytest.mark.parametrize(
    "ledger",
    [
        processes(sizes=(500, 501)),
        processes(sizes=(500, 500), worked_s=0.4),
        processes(sizes=(500, 500), samples=4),
        lived(),
    ],
    ids=["one changed", "no work", "few samples", "no samples"],
)
def test_memory_that_may_stand_still(ledger: HandWritten, tmp_path: Path) -> None:
    assert found(ledger, tmp_path) == []


def test_the_sampler_is_named_and_not_the_server(tmp_path: Path) -> None:
    ledger = full()
    ledger.rows["activity"] += sampled(lambda asked_s: 1.0).rows["activity"]
    assert any("answers that are up to 8 s old" in one for one in due(ledger, tmp_path / "due"))
    sound = healthy()
    sound.rows["activity"] += sampled(lambda asked_s: 1.0).rows["activity"]
    assert evidence_of(sound, tmp_path / "damaged").damaged == {"activity"}
