"""Every fate has a hand-written ledger that makes it, and none is given without cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ledger.kinds.client import Adopted, TabClosed
from harness.ledger.kinds.database import Appeared, FinalRow
from harness.ledger.kinds.network import FaultEnd, FaultStart
from harness.ledger.kinds.viewer import ViewIntent, ViewShown
from reports.evidence.fates import Fate
from tests.reports.histories import (
    duplicate_stored,
    late,
    lost_acked,
    lost_unacked,
    phantom,
    recovered,
    undelivered,
    vanished,
    viewed_after_commit,
    viewed_too_early,
)
from tests.reports.ledgers import HandWritten, at, evidence_of, healthy, without


def fate_of(
    ledger: HandWritten, directory: Path, artwork: str, late_after_s: float | None = None
) -> str:
    impressions = evidence_of(ledger, directory, late_after_s).fates.impressions
    [fate] = impressions[impressions["artwork"] == artwork]["fate"]
    return str(fate)


@pytest.mark.parametrize(
    ("spoil", "artwork", "fate"),
    [
        (lost_acked, "b", Fate.LOST_ACKED),
        (vanished, "b", Fate.VANISHED),
        (duplicate_stored, "b", Fate.DUPLICATE_STORED),
        (viewed_too_early, "b", Fate.CORRUPT),
        (viewed_after_commit, "b", Fate.CORRUPT),
        (phantom, "c", Fate.PHANTOM),
        (lost_unacked, "c", Fate.LOST_UNACKED),
        (undelivered, "c", Fate.UNDELIVERED),
        (late, "c", Fate.LATE),
        (recovered, "b", Fate.RECOVERED),
        (healthy, "b", Fate.RECORDED_ONCE),
    ],
)
def test_each_fate_has_its_ledger(tmp_path: Path, spoil, artwork: str, fate: Fate) -> None:  # type: ignore[no-untyped-def]
    late_after_s = 5.0 if fate is Fate.LATE else None
    assert fate_of(spoil(), tmp_path, artwork, late_after_s) == fate.value


def test_the_table_above_names_every_fate() -> None:
    [mark] = [m for m in test_each_fate_has_its_ledger.pytestmark if m.name == "parametrize"]
    assert {row[2] for row in mark.args[1]} == set(Fate)


def test_an_acknowledgement_that_the_client_never_saw_does_not_upgrade(tmp_path: Path) -> None:
    """A receipt says 200, the page saw nothing, the row is there: recovered, not recorded."""
    assert fate_of(recovered(), tmp_path, "a") == "recovered"


def test_a_receipt_without_a_row_is_a_loss(tmp_path: Path) -> None:
    ledger = healthy().shown("c", 2.0).receipt(["c"], 2.2)
    assert fate_of(ledger, tmp_path, "c") == "lost_unacked"


def test_an_intended_view_is_neither_lost_nor_a_phantom(tmp_path: Path) -> None:
    """The page was asked to show it and died: stored is fine, not stored is no loss."""
    ledger = healthy().saw(2.0, ViewIntent(user="ann", tab="tab-1", artwork="c"))
    assert "c" not in set(evidence_of(ledger, tmp_path / "1").fates.impressions["artwork"])
    ledger.receipt(["c"], 2.3).final(9.1, viewed_s=2.2, c=1)
    assert fate_of(ledger, tmp_path / "2", "c") == "recovered"


def test_a_view_stored_for_another_user_is_a_phantom_and_a_loss(tmp_path: Path) -> None:
    ledger = healthy().shown("c", 2.0).final(9.1, user="bob", viewed_s=2.1, c=1)
    fates = evidence_of(ledger, tmp_path).fates.impressions.set_index(["user", "artwork"])["fate"]
    assert fates["ann", "c"] == "lost_unacked"
    assert fates["bob", "c"] == "phantom"


def test_what_a_tab_held_before_it_closed_is_not_queued(tmp_path: Path) -> None:
    ledger = undelivered().saw(8.5, TabClosed(user="ann", tab="tab-1"))
    assert fate_of(ledger, tmp_path, "c") == "lost_unacked"


def test_lateness_counts_from_the_end_of_the_last_fault(tmp_path: Path) -> None:
    ledger = late().saw(1.5, FaultStart(fault="f"))
    ledger.saw(7.0, FaultEnd(fault="f"))
    assert fate_of(ledger, tmp_path, "c", late_after_s=5.0) == "recovered"


def test_the_first_commit_makes_it_durable_not_a_later_duplicate(tmp_path: Path) -> None:
    ledger = healthy().receipt(["a"], 5.0, inserted=0, duplicate=1, attempt=2)
    impressions = evidence_of(ledger, tmp_path).fates.impressions.set_index("artwork")
    assert impressions.loc["a", "waited_s"] == pytest.approx(0.1)


def test_without_a_receipt_the_first_poll_is_the_upper_bound(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.receipts = [r for r in ledger.receipts if r["kind"] != "batch"]
    impressions = evidence_of(ledger, tmp_path).fates.impressions.set_index("artwork")
    assert impressions.loc["a", "waited_s"] == pytest.approx(0.5)


def test_a_moving_wall_clock_accuses_no_row_of_corruption(tmp_path: Path) -> None:
    ledger = viewed_too_early()
    jumped, row = ledger.rows["database"][0]
    ledger.rows["database"][0] = jumped._replace(wall_ns=jumped.wall_ns + 50_000_000), row
    evidence = evidence_of(ledger, tmp_path)
    assert not evidence.fates.clock_is_steady
    assert "corrupt" not in evidence.fates.counts()


def test_times_keep_every_nanosecond(tmp_path: Path) -> None:
    """Nanoseconds since boot pass 2**53 after 104 days of uptime: no float may touch them."""
    odd = 2**53 + 1
    shown = ViewShown(user="u", tab="t", artwork="a")
    ledger = HandWritten()
    ledger.rows["viewer"].append((at(0)._replace(mono_ns=odd), shown))
    assert evidence_of(ledger, tmp_path).fates.impressions["shown_ns"].tolist() == [odd]


def test_a_view_is_carried_covered_or_uncarried(tmp_path: Path) -> None:
    ledger = healthy().shown("a", 3.0, tab="tab-2").shown("c", 3.0, tab="tab-2")
    views = evidence_of(ledger, tmp_path).fates.views.set_index(["tab", "artwork"])["carriage"]
    assert views["tab-1", "a"] == "carried"
    assert views["tab-2", "a"] == "covered"
    assert views["tab-2", "c"] == "uncarried"


def test_an_adopted_batch_keeps_the_tab_that_showed_it(tmp_path: Path) -> None:
    """The heir sends it, the receipt names the dead tab: carried. Named after the heir: not."""
    ledger = healthy().shown("c", 3.0, tab="dead").receipt(["c"], 4.0, tab="dead")
    ledger.saw(3.9, Adopted(user="ann", tab="heir", reason="dead"))
    ledger.final(9.1, viewed_s=3.95, c=1)
    views = evidence_of(ledger, tmp_path / "kept").fates.views.set_index("artwork")["carriage"]
    assert views["c"] == "carried"
    ledger.receipts[-1]["tab"] = "heir"
    views = evidence_of(ledger, tmp_path / "named").fates.views.set_index("artwork")["carriage"]
    assert views["c"] == "covered"


def test_what_polls_saw_and_the_final_read_does_not_vanished_whatever_its_client_read(
    tmp_path: Path,
) -> None:
    """a and b were acknowledged; of b the polls saw a row."""
    ledger = without(healthy(), FinalRow)
    ledger = without(ledger, Appeared, artwork="a")
    found = evidence_of(ledger, tmp_path).fates.impressions.set_index("artwork")["fate"]
    assert found.to_dict() == {"a": "lost_acked", "b": "vanished"}


def test_the_fates_of_a_healthy_run_add_up(tmp_path: Path) -> None:
    assert evidence_of(healthy(), tmp_path).fates.counts() == {"recorded_once": 2}


def test_an_answer_to_the_load_counts_as_acknowledged(tmp_path: Path) -> None:
    ledger = healthy().sent(2.0, artworks=["c"]).shown("c", 1.9)
    assert "lost_acked" in evidence_of(ledger, tmp_path).fates.counts()
