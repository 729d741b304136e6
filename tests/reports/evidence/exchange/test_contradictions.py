"""A viewer that is blind or invents, and events that are lost: seen before the target is blamed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.ledger.kinds.client import Adopted, Attempt, Recorded
from harness.ledger.kinds.viewer import ViewShown
from reports.evidence.exchange.contradictions import contradictions
from reports.evidence.frame import read_ledger
from tests.reports.ledgers import HandWritten


def visited() -> HandWritten:
    """Two views that the page recorded and sent."""
    ledger = HandWritten()
    for number, artwork in enumerate("ab"):
        ledger.shown(artwork, 1.0 + number)
        ledger.reported(Recorded, 1.1 + number, artworks=(artwork,))
    return ledger.reported(Attempt, 3.0, batch="b", attempt=1, artworks=("a", "b"))


def blind() -> HandWritten:
    ledger = visited()
    ledger.rows["viewer"].clear()
    return ledger


def invents() -> HandWritten:
    return visited().saw(2.5, ViewShown(user="ann", tab="tab-1", artwork="c"))


def loses_an_event() -> HandWritten:
    ledger = visited().shown("d", 3.2)
    return ledger.reported(Attempt, 4.0, batch="c", attempt=1, artworks=("d",))


def makes_up_an_id() -> HandWritten:
    """The page sends what the viewer never meant to show: a phantom, and no lost event."""
    return visited().reported(Attempt, 4.0, batch="c", attempt=1, artworks=("a-again",))


def adopts() -> HandWritten:
    return loses_an_event().reported(Adopted, 3.5, reason="tab-0")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (blind, "the viewer saw nothing of tab tab-1"),
        (invents, "the viewer saw 1 views that it never meant to show"),
        (loses_an_event, "tab tab-1 sent 1 views that no event of it records"),
    ],
)
def test_a_contradiction_is_found(
    make: Callable[[], HandWritten], words: str, tmp_path: Path
) -> None:
    assert words in contradictions(read_ledger(make().write(tmp_path / "run")))


@pytest.mark.parametrize("make", [visited, adopts, makes_up_an_id, HandWritten])
def test_what_agrees_is_left_alone(make: Callable[[], HandWritten], tmp_path: Path) -> None:
    assert contradictions(read_ledger(make().write(tmp_path / "run"))) == []
