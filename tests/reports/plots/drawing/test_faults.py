"""The faults of a run: a lane each, shaded windows, and text that stays text."""

from __future__ import annotations

from reports.evidence.faults import FaultSpan
from reports.plots.delivery import shown_minus_durable
from tests.reports.plots.reading import by_class, labels, last_place
from tests.reports.report_samples import HOSTILE


def test_a_fault_that_was_never_healed_runs_to_the_right_edge() -> None:
    picture = shown_minus_durable([1, 20], [2, 21], [FaultSpan("killed", 10, None)])
    bar = by_class(picture, "fault-bar")[0]
    end = float(bar.get("x") or 0) + float(bar.get("width") or 0)
    assert end == last_place(picture, "line-shown")[0]
    assert "killed, not healed" in labels(picture)
    assert "killed from 10 s, never healed" in picture.description


def test_each_fault_has_one_lane_and_the_thirteenth_is_counted() -> None:
    faults = [FaultSpan(f"fault {i % 14}", i, i + 1) for i in range(28)]
    picture = shown_minus_durable([1], [2], faults)
    assert "fault 3, 2 times" in labels(picture)
    assert not any(label.startswith("fault 12") for label in labels(picture))
    assert "and 2 more faults without a lane of their own" in labels(picture)
    assert len(by_class(picture, "fault-shade")) == 2 * 28


def test_a_hostile_fault_name_stays_text() -> None:
    picture = shown_minus_durable([1], [2], [FaultSpan(HOSTILE, 0, 1)])
    assert "<script" not in picture.svg
    assert any("<script>alert(1)</script>" in label for label in labels(picture))
