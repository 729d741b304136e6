"""A series night by night, with its levels, marks and canary."""

from __future__ import annotations

from reports.plots.history.nightly import NightlyLevel, NightlyMark, nightly

DAYS = ["09-01", "09-02", "09-03"]
REVISIONS = ["a", "b", "c"]


def test_nights_levels_and_marks() -> None:
    found = nightly(
        "load p95",
        [1.0, None, 2.0],
        DAYS,
        REVISIONS,
        levels=[NightlyLevel(first=0, end=2, value=1.0)],
        marks=[
            NightlyMark(night=2, words="+100 %"),
            NightlyMark(night=1, words="environment", is_boundary=True),
        ],
        canary_ms=[200.0, 210.0, None],
    )
    assert found.rows == (
        ("night", "revision", "load p95"),
        ("09-01", "a", "1"),
        ("09-02", "b", ""),
        ("09-03", "c", "2"),
    )
    assert found.description == "2 nights: +100 %; environment."
    for words in ("+100 %", "environment", "09-02", "night-level", "canary"):
        assert words in found.svg


def test_without_marks_and_canary() -> None:
    found = nightly("x", [1.0, 2.0, 3.0], DAYS, REVISIONS)
    assert found.description == "3 nights: no change."
    assert "canary" not in found.svg


def test_nothing_to_draw() -> None:
    assert "No data" in nightly("x", [None], DAYS[:1], REVISIONS[:1]).description
