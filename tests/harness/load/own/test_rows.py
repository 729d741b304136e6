"""A plain client's views are shown when they are acknowledged; else they were intended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.core.clock import Instant
from harness.core.outcome import Outcome
from harness.ledger.files import read_witness
from harness.ledger.json_files import read_json
from harness.load.own.plan import ROWS_FILE
from harness.load.own.rows import Answered, OwnRows

GIVEN, DONE = Instant(1_000, 5_000), Instant(9_000, 13_000)


def answered(
    *artworks: str, outcome: Outcome = Outcome.ACKNOWLEDGED, status: int = 200
) -> Answered:
    return Answered(
        views=[("ann", artwork, GIVEN) for artwork in artworks],
        outcome=outcome,
        inserted=None,
        status=status,
        error=None if status else "ConnectionError: refused",
        bytes=40,
        took_ns=3_000,
        done=DONE,
    )


def written(folder: Path, *requests: Answered) -> tuple[list[Any], list[Any]]:
    """Write ids a, b and c and these requests; return the viewer's rows and the load's."""
    rows = OwnRows(str(folder))
    for artwork in "abc":
        rows.intended("ann", artwork, GIVEN)
    for request in requests:
        rows.answered(request)
    rows.flush()
    rows.close()
    names = ("viewer-load.arrows", "load.arrows")
    viewer, load = (read_witness(folder / name).table.to_pylist() for name in names)
    assert read_json(folder / ROWS_FILE) == {
        "rows": {"viewer-load.arrows": len(viewer), "load.arrows": len(load)},
        "requests": 0,
    }
    return viewer, load


def shown(viewer: list[Any]) -> list[str]:
    return [row["artwork"] for row in viewer if row["kind"] == "view_shown"]


def test_what_is_acknowledged_was_shown_when_its_id_was_given_out(tmp_path: Path) -> None:
    viewer, [sent] = written(tmp_path, answered("a", "b"))
    assert [row["artwork"] for row in viewer if row["kind"] == "view_intent"] == ["a", "b", "c"]
    assert shown(viewer) == ["a", "b"]
    assert {row["mono_ns"] for row in viewer} == {GIVEN.mono_ns}
    assert (sent["scheduled_ns"], sent["sent_ns"], sent["done_ns"]) == (6_000, 6_000, 9_000)
    assert (sent["user"], sent["tab"], sent["outcome"]) == ("ann", "ann", "acknowledged")
    assert (sent["status"], sent["bytes"], sent["attempt"]) == (200, 40, 1)
    assert list(sent["artworks"]) == ["a", "b"]


def test_what_is_refused_or_not_answered_is_no_loss(tmp_path: Path) -> None:
    viewer, load = written(
        tmp_path,
        answered("a", outcome=Outcome.REFUSED, status=422),
        answered("b", outcome=Outcome.UNKNOWN, status=0),
    )
    assert shown(viewer) == []
    assert [row["error"] for row in load] == [None, "ConnectionError: refused"]


def test_a_request_that_is_sent_again_is_a_second_attempt_and_shows_nothing_twice(
    tmp_path: Path,
) -> None:
    viewer, load = written(
        tmp_path,
        answered("a", outcome=Outcome.UNKNOWN, status=503),
        answered("a"),
        answered("a"),
        answered("b"),
    )
    assert [row["attempt"] for row in load] == [1, 2, 3, 1]
    assert len({row["batch"] for row in load}) == 2
    assert shown(viewer) == ["a", "b"]
