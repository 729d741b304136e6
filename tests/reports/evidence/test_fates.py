"""Every fate has a hand-written ledger that makes it, and none is given without cause."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from harness.ledger.kinds.client import Acknowledged, QueueState, TabClosed, TabKilled
from harness.ledger.kinds.database import Appeared, Final, FinalRow, Poll, Vanished
from harness.ledger.kinds.network import FaultEnd, FaultStart
from harness.ledger.kinds.viewer import ViewIntent, ViewShown
from reports.evidence.fates import CLOCK_SPREAD, Fate, names_of
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
from tests.reports.ledgers import HandWritten, at, evidence_of, healthy, lived, without


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
    impressions = evidence_of(ledger, tmp_path / "1").fates.impressions
    assert "c" not in set(impressions["artwork"])
    assert list(impressions.columns) == list(
        evidence_of(healthy(), tmp_path / "0").fates.impressions
    )
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
    ledger = viewed_too_early().shown("c", 2.0)
    jumped, row = ledger.rows["database"][0]
    ledger.rows["database"][0] = jumped._replace(wall_ns=jumped.wall_ns + 50_000_000), row
    evidence = evidence_of(ledger, tmp_path)
    assert not evidence.fates.clock_is_steady
    assert "corrupt" not in evidence.fates.counts()
    assert evidence.fates.impressions["altered"].tolist() == [False] * 3


def test_a_part_of_a_ledger_is_judged_by_the_clocks_of_the_whole(tmp_path: Path) -> None:
    evidence = evidence_of(viewed_too_early(), tmp_path)
    evidence.ledger.remembered(CLOCK_SPREAD, lambda: 7_000_000)
    assert evidence.fates.clock_error_ns == 7_000_000


def test_times_keep_every_nanosecond(tmp_path: Path) -> None:
    """Nanoseconds since boot pass 2**53 after 104 days of uptime: no float may touch them."""
    odd = 2**53 + 1
    shown = ViewShown(user="u", tab="t", artwork="a")
    ledger = HandWritten()
    ledger.rows["viewer"].append((at(0)._replace(mono_ns=odd), shown))
    assert evidence_of(ledger, tmp_path).fates.impressions["shown_ns"].tolist() == [odd]


def test_what_polls_saw_and_the_final_read_does_not_vanished_whatever_its_client_read(
    tmp_path: Path,
) -> None:
    """a and b were acknowledged; of b the polls saw a row."""
    ledger = without(healthy(), FinalRow)
    ledger = without(ledger, Appeared, artwork="a")
    found = evidence_of(ledger, tmp_path).fates.impressions.set_index("artwork")["fate"]
    assert found.to_dict() == {"a": "lost_acked", "b": "vanished"}


def test_what_is_stored_and_still_in_a_queue_is_not_undelivered(tmp_path: Path) -> None:
    ledger = healthy().noted(QueueState, 8.0, artworks=["a", "b"], queue_depth=2)
    assert evidence_of(ledger, tmp_path / "1").fates.counts() == {"recorded_once": 2}
    ledger = without(ledger, Acknowledged)
    assert evidence_of(ledger, tmp_path / "2").fates.counts() == {"recovered": 2}


def test_a_run_without_views_has_no_impression_and_no_clock_error(tmp_path: Path) -> None:
    fates = evidence_of(lived(), tmp_path).fates
    assert fates.impressions.empty
    assert fates.clock_error_ns == 0


def test_an_answer_to_the_load_counts_as_acknowledged(tmp_path: Path) -> None:
    ledger = healthy().sent(2.0, artworks=["c"]).shown("c", 1.9)
    assert "lost_acked" in evidence_of(ledger, tmp_path).fates.counts()


def rows_of(
    ledger: HandWritten, directory: Path, late_after_s: float | None = None
) -> pd.DataFrame:
    return evidence_of(ledger, directory, late_after_s).fates.impressions.set_index("artwork")


@pytest.mark.parametrize(("after_ns", "fate"), [(0, "recorded_once"), (1, "late")])
def test_late_is_later_than_its_deadline_by_a_nanosecond(
    tmp_path: Path, after_ns: int, fate: str
) -> None:
    ledger = healthy().shown("c", 2.0).acknowledged(["c"], 7.1).receipt(["c"], 7.0)
    ledger.receipts[-1]["committed_mono_ns"] += after_ns
    ledger.final(9.1, viewed_s=6.9, c=1)
    assert rows_of(ledger, tmp_path, 5.0).loc["c", "fate"] == fate


@pytest.mark.parametrize(
    ("viewed_ns", "fate"),
    [
        (at(1.99).wall_ns - 1_000, "recovered"),
        (at(1.99).wall_ns - 1_001, "corrupt"),
        (at(3.0).wall_ns + 1_000, "recovered"),
        (at(3.0).wall_ns + 1_001, "corrupt"),
        (None, "recovered"),
    ],
)
def test_a_views_time_lies_between_its_intent_and_its_commit_to_a_microsecond(
    tmp_path: Path, viewed_ns: int | None, fate: str
) -> None:
    ledger = healthy().shown("c", 2.0).receipt(["c"], 3.0)
    ledger.saw(9.0, FinalRow(user="ann", artwork="c", copies=1, viewed_wall_ns=viewed_ns))
    assert fate_of(ledger, tmp_path, "c") == fate


@pytest.mark.parametrize(("later_ns", "fate"), [(1_000, "recovered"), (1_001, "corrupt")])
def test_without_a_receipt_a_views_time_is_not_after_the_poll_that_first_saw_it(
    tmp_path: Path, later_ns: int, fate: str
) -> None:
    seen_ns = at(3.0).wall_ns + later_ns
    ledger = healthy().shown("c", 2.0)
    ledger.saw(3.0, Appeared(user="ann", artwork="c", copies=1, viewed_wall_ns=seen_ns))
    ledger.saw(9.0, FinalRow(user="ann", artwork="c", copies=1, viewed_wall_ns=seen_ns))
    assert fate_of(ledger, tmp_path, "c") == fate


@pytest.mark.parametrize(("change_ns", "fate"), [(0, "recovered"), (1, "corrupt")])
def test_a_views_time_stays_what_the_first_poll_saw(
    tmp_path: Path, change_ns: int, fate: str
) -> None:
    seen_ns = at(2.5).wall_ns
    ledger = healthy().shown("c", 2.0)
    ledger.saw(3.0, Appeared(user="ann", artwork="c", copies=1, viewed_wall_ns=seen_ns))
    ledger.saw(9.0, FinalRow(user="ann", artwork="c", copies=1, viewed_wall_ns=seen_ns + change_ns))
    assert fate_of(ledger, tmp_path, "c") == fate


@pytest.mark.parametrize(("moved_ns", "steady"), [(5_000_000, True), (5_000_001, False)])
def test_the_wall_clock_is_steady_within_five_milliseconds(
    tmp_path: Path, moved_ns: int, steady: bool
) -> None:
    ledger = viewed_too_early()
    jumped, row = ledger.rows["database"][0]
    ledger.rows["database"][0] = jumped._replace(wall_ns=jumped.wall_ns + moved_ns), row
    fates = evidence_of(ledger, tmp_path).fates
    assert fates.clock_error_ns == moved_ns
    assert fates.clock_is_steady is steady
    assert ("corrupt" in fates.counts()) is steady


def test_a_clock_that_moved_a_little_widens_the_bounds_by_as_much(tmp_path: Path) -> None:
    ledger = healthy().shown("c", 2.0).receipt(["c"], 3.0)
    moved, row = ledger.rows["viewer"][0]
    ledger.rows["viewer"][0] = moved._replace(wall_ns=moved.wall_ns - 2_000_000), row
    outside_ns = at(3.0).wall_ns + 2_001_000
    ledger.saw(9.0, FinalRow(user="ann", artwork="c", copies=1, viewed_wall_ns=outside_ns))
    assert fate_of(ledger, tmp_path / "1", "c") == "recovered"
    late = FinalRow(user="ann", artwork="c", copies=1, viewed_wall_ns=outside_ns + 1)
    ledger.rows["database"][-1] = at(9.0), late
    assert fate_of(ledger, tmp_path / "2", "c") == "corrupt"


def test_two_copies_in_a_poll_are_a_duplicate_though_the_final_read_has_one(tmp_path: Path) -> None:
    ledger = healthy().polled(2.0, b=2)
    assert fate_of(ledger, tmp_path, "b") == "duplicate_stored"
    assert rows_of(healthy(), tmp_path / "2").loc["b", "copies_most"] == 1
    rows = rows_of(duplicate_stored().shown("c", 2.0), tmp_path / "3")
    assert rows.loc["b", ["copies", "copies_most"]].tolist() == [2, 2]
    assert rows.loc["c", ["copies", "copies_most"]].tolist() == [0, 0]


def test_a_poll_that_no_longer_sees_a_row_makes_it_vanished_though_it_came_back(
    tmp_path: Path,
) -> None:
    ledger = healthy().saw(2.0, Vanished(user="ann", artwork="b"))
    row = rows_of(ledger, tmp_path).loc["b"]
    assert (row["fate"], row["gone_ns"]) == ("vanished", at(2.0).mono_ns)
    after = healthy().saw(9.5, Vanished(user="ann", artwork="b"))
    assert fate_of(after, tmp_path / "after", "b") == "recorded_once"


@pytest.mark.parametrize(
    ("seen_s", "fate"), [(9.0, "vanished"), (9.5, "lost_unacked")], ids=["at", "after"]
)
def test_what_polls_saw_until_the_final_read_counts(
    tmp_path: Path, seen_s: float, fate: str
) -> None:
    ledger = healthy().shown("c", 2.0).saw(seen_s, Appeared(user="ann", artwork="c", copies=1))
    assert fate_of(ledger, tmp_path / "1", "c") == fate
    rows = rows_of(without(healthy(), Appeared, artwork="a"), tmp_path / "2")
    assert rows["first_seen_ns"].isna().tolist() == [True, False]


def test_a_row_that_is_gone_and_was_on_no_screen_is_not_stored(tmp_path: Path) -> None:
    row = rows_of(healthy().polled(1.6, c=1), tmp_path).loc["c"]
    assert (row["fate"], row["unshown"]) == ("vanished", False)


def test_a_final_read_without_its_end_stores_nothing_and_polls_still_count(tmp_path: Path) -> None:
    rows = rows_of(without(healthy(), Final).saw(2.0, Vanished(user="ann", artwork="a")), tmp_path)
    assert rows["copies"].tolist() == [0, 0]
    assert rows["first_seen_ns"].tolist() == [at(1.5).mono_ns] * 2
    assert rows["gone_ns"].isna().tolist() == [False, True]


def test_the_last_final_read_counts_and_each_time_is_its_first(tmp_path: Path) -> None:
    ledger = healthy().final(8.0, a=1).final(9.5, a=1, b=1).shown("a", 4.0, tab="tab-2")
    ledger.acknowledged(["a"], 5.0).receipt(["a"], 5.0, inserted=0, duplicate=1)
    rows = rows_of(ledger.polled(6.0, a=1), tmp_path)
    times = ["intended_ns", "shown_ns", "acked_ns", "committed_ns", "first_seen_ns"]
    expected_s = [0.99, 1.0, 1.2, 1.1, 1.5]
    assert rows.loc["a", times].tolist() == [at(second).mono_ns for second in expected_s]
    walls = ["intended_wall_ns", "committed_wall_ns", "first_seen_wall_ns"]
    assert rows.loc["a", walls].tolist() == [at(second).wall_ns for second in (0.99, 1.1, 1.5)]
    assert rows.loc["a", ["copies", "queued"]].tolist() == [1, 0]


def test_nothing_is_decided_without_a_final_read(tmp_path: Path) -> None:
    assert evidence_of(healthy(), tmp_path / "1").fates.decided is True
    fates = evidence_of(healthy_but_unread(), tmp_path / "2").fates
    assert fates.decided is False
    assert fates.impressions["copies"].tolist() == [0, 0]


def healthy_but_unread() -> HandWritten:
    return without(without(healthy(), FinalRow), Final)


@pytest.mark.parametrize(
    ("moment_s", "fate"), [(8.5, "lost_unacked"), (7.5, "undelivered")], ids=["after", "before"]
)
def test_a_tab_that_was_killed_after_its_last_word_holds_nothing(
    tmp_path: Path, moment_s: float, fate: str
) -> None:
    ledger = undelivered()
    ledger.rows["client"].insert(0, (at(moment_s), TabKilled(user="ann", tab="tab-1")))
    assert fate_of(ledger, tmp_path, "c") == fate


def test_each_tabs_last_word_counts(tmp_path: Path) -> None:
    ledger = undelivered().noted(QueueState, 8.5, tab="tab-2", artworks=[], queue_depth=0)
    assert fate_of(ledger, tmp_path / "1", "c") == "undelivered"
    ledger.noted(QueueState, 8.6, artworks=[], queue_depth=0)
    assert fate_of(ledger, tmp_path / "2", "c") == "lost_unacked"


@pytest.mark.parametrize(
    ("poll_s", "durable_s"),
    [(1.05, 1.1), (1.2, 1.5), (1.1, 1.1)],
    ids=["before the commit", "after it", "at it"],
)
def test_a_poll_that_began_after_the_commit_and_saw_nothing_contradicts_it(
    tmp_path: Path, poll_s: float, durable_s: float
) -> None:
    """The poll before the one that saw the row is what counts."""
    ledger = healthy()
    ledger.saw(poll_s, Poll(rows=0))
    durable_ns = rows_of(ledger, tmp_path).loc["a", "durable_ns"]
    assert durable_ns == at(durable_s).mono_ns


@pytest.mark.parametrize(
    ("fault_s", "waited_s"),
    [((1.5, 7.0), 1.0), ((1.5, 1.9), 6.0), ((8.0, 9.0), 6.0), ((7.9, 8.5), -0.5)],
    ids=["while it waited", "before it was shown", "as it was stored", "just before"],
)
def test_a_wait_counts_from_the_end_of_a_fault_that_delayed_it(
    tmp_path: Path, fault_s: tuple[float, float], waited_s: float
) -> None:
    ledger = late().saw(fault_s[0], FaultStart(fault="f")).saw(fault_s[1], FaultEnd(fault="f"))
    assert rows_of(ledger, tmp_path).loc["c", "waited_s"] == pytest.approx(waited_s)


def test_of_two_faults_the_later_end_counts(tmp_path: Path) -> None:
    ledger = late()
    for name, begin_s, end_s in (("f", 1.5, 7.0), ("g", 2.5, 5.0), ("f", 7.1, 7.5)):
        ledger.saw(begin_s, FaultStart(fault=name)).saw(end_s, FaultEnd(fault=name))
    assert rows_of(ledger, tmp_path).loc["c", "waited_s"] == pytest.approx(0.5)


@pytest.mark.parametrize("fault", [False, True])
def test_what_is_stored_and_was_on_no_screen_is_not_late(tmp_path: Path, fault: bool) -> None:
    ledger = healthy().saw(2.0, ViewIntent(user="ann", tab="tab-1", artwork="c"))
    if fault:
        ledger.saw(2.1, FaultStart(fault="f")).saw(2.2, FaultEnd(fault="f"))
    ledger.receipt(["c"], 8.3).final(9.1, viewed_s=2.2, c=1)
    assert fate_of(ledger, tmp_path, "c", late_after_s=5.0) == "recovered"


def test_a_fault_that_never_ends_moves_no_deadline(tmp_path: Path) -> None:
    ledger = late().saw(1.5, FaultStart(fault="f"))
    assert rows_of(ledger, tmp_path).loc["c", "waited_s"] == pytest.approx(6.0)


def test_impressions_are_chosen_by_fate_and_named_worst_first(tmp_path: Path) -> None:
    ledger = lost_acked().shown("d", 2.0).shown("a1", 2.0)
    fates = evidence_of(ledger, tmp_path).fates
    assert fates.counts() == {"lost_acked": 1, "lost_unacked": 2, "recorded_once": 1}
    assert list(fates.counts()) == ["lost_acked", "lost_unacked", "recorded_once"]
    some = fates.with_fate(Fate.LOST_UNACKED, Fate.LOST_ACKED)
    assert sorted(some["artwork"]) == ["a1", "b", "d"]
    assert names_of(some) == ("ann/b", "ann/a1", "ann/d")
    assert names_of(some.drop(columns="fate")[::-1]) == ("ann/d", "ann/b", "ann/a1")


def test_eight_are_named_at_most(tmp_path: Path) -> None:
    ledger = healthy()
    for number in range(9):
        ledger.shown(f"c{number}", 2.0)
    fates = evidence_of(ledger, tmp_path).fates
    assert names_of(fates.with_fate(Fate.LOST_UNACKED)) == tuple(f"ann/c{n}" for n in range(8))
