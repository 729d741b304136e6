"""Views that a load generator showed and never sent."""

from __future__ import annotations

from pathlib import Path

from harness.core.outcome import Outcome
from harness.ledger.kinds.load import CAPPED
from reports.evidence.exchange.unsent import load_views
from tests.reports.ledgers import HandWritten, evidence_of, lived


def generated(*artworks: str) -> HandWritten:
    """A generated user, whose tab has the user's name, and a visitor beside it."""
    ledger = lived().shown("page", 1.0)
    for artwork in artworks:
        ledger.shown(artwork, 1.0, user="ann", tab="ann")
    return ledger


def test_what_no_request_carries_was_not_sent(tmp_path: Path) -> None:
    ledger = generated("a", "b").sent(1.1, artworks=["a"], outcome=Outcome.UNKNOWN)
    views = load_views(evidence_of(ledger, tmp_path).ledger)
    assert views.count == 2
    assert views.shown[views.unsent]["artwork"].tolist() == ["b"]
    shown = evidence_of(ledger, tmp_path / "2").fates.impressions
    assert set(shown["artwork"]) == {"page", "a"}


def test_what_the_in_flight_cap_refused_was_not_sent(tmp_path: Path) -> None:
    ledger = generated("a", "b").sent(1.1, artworks=["a"])
    ledger.sent(1.2, artworks=["b"], batch="c", error=CAPPED, outcome=Outcome.UNKNOWN)
    views = load_views(evidence_of(ledger, tmp_path / "1").ledger)
    assert (int(views.unsent.sum()), views.refused) == (1, 1)
    ledger.sent(1.3, artworks=["b"], batch="c", attempt=2)
    assert not load_views(evidence_of(ledger, tmp_path / "2").ledger).unsent.any()


def test_what_a_page_showed_is_never_taken_for_a_load(tmp_path: Path) -> None:
    views = load_views(evidence_of(lived().shown("a", 1.0), tmp_path).ledger)
    assert (views.count, views.unsent.any()) == (0, False)
