"""Rows that a witness wrote twice are found, and leave its evidence in doubt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from harness.core.clock import seeded_random
from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.client import Acknowledged, PageDefectReached, Recorded
from harness.ledger.kinds.database import Appeared, FinalRow, LogSentinel, Violations
from harness.ledger.kinds.network import BrowserUsed, Quiet
from harness.ledger.kinds.viewer import ViewShown
from reports.evidence.exchange.rows_twice import _copies, rows_twice
from reports.evidence.frame import read_ledger
from tests.reports.ledgers import HandWritten, evidence_of, find, healthy, witness_of


def watched() -> HandWritten:
    """Return a healthy run in which a browser was driven."""
    used = BrowserUsed(name="b", product="p", version="1", platform="x", kind="stock")
    return healthy().saw(0.1, used)


def twice(ledger: HandWritten, directory: Path) -> list[str]:
    return [one.words for one in rows_twice(read_ledger(ledger.write(directory)))]


def doubled(kind: type[LedgerRow]) -> HandWritten:
    """Return a healthy run in which the first row of a kind is there once more."""
    ledger = watched().reported(Recorded, 0.9, batch="b", artworks=("a",))
    ledger.tallied = False
    rows = ledger.rows[witness_of(kind).name]
    rows.append(next(row for row in rows if isinstance(row[1], kind)))
    return ledger


@pytest.mark.parametrize("kind", [Acknowledged, ViewShown, Appeared, FinalRow, Quiet])
def test_a_row_that_is_there_twice_is_named(tmp_path: Path, kind: type[LedgerRow]) -> None:
    name = witness_of(kind).name
    words = f"the {name} witness holds 1 rows twice that it wrote once"
    assert twice(doubled(kind), tmp_path / "twice") == [words]
    finding = find("witnesses_whole", doubled(kind), tmp_path / "whole")
    assert words in finding.summary
    assert name in evidence_of(doubled(kind), tmp_path / "damaged").damaged


def test_each_row_once_is_whole(tmp_path: Path) -> None:
    assert twice(watched(), tmp_path) == []


def test_a_receipt_that_is_there_twice_is_named(tmp_path: Path) -> None:
    ledger = watched().receipt(["a", "b"], 1.1)
    words = ["the server witness holds 1 rows twice that it wrote once"]
    assert twice(ledger, tmp_path / "twice") == words
    again = watched().receipt(["a", "b"], 1.15, duplicate=2)
    assert twice(again, tmp_path / "again") == []


@pytest.mark.parametrize("seed", range(20))
def test_as_many_are_counted_as_pandas_counts(seed: int) -> None:
    chance = seeded_random(seed, "rows twice")
    few = range(chance.choice((2, 3, 9)))

    def drawn(values: Sequence[object]) -> list[object]:
        return [chance.choice(values) for _ in range(chance.choice((0, 1, 60)))]

    count = len(rows := drawn(few))
    frame = pd.DataFrame(
        {
            "mono_ns": pd.array(rows, dtype="Int64"),
            "sent_ns": pd.array([chance.choice([*few, None]) for _ in rows], dtype="Int64"),
            "value": pd.array([chance.choice([0.5, math.nan]) for _ in rows], dtype="float64"),
            "artwork": pd.Categorical([chance.choice(["a", "b", None]) for _ in rows]),
            "artworks": [chance.choice([["a"], ["b"], ["a", "b"], None]) for _ in rows],
        }
    )
    expected = frame.assign(artworks=frame["artworks"].map(repr)).duplicated().sum()
    assert _copies(frame) == expected
    assert _copies(pd.concat([frame, frame], ignore_index=True)) == expected + count


def test_an_event_that_arrived_twice_is_one(tmp_path: Path) -> None:
    """It is heard at two moments, and its page's clock gives one."""
    event = {"batch": "b", "artworks": ("a",)}
    ledger = watched().reported(Recorded, 0.9, **event)
    ledger.reported(Recorded, 0.92, clock_s=-0.02, **event)
    words = ["the client witness holds 1 rows twice that a page reported once"]
    assert twice(ledger, tmp_path / "same") == words
    other = watched().reported(Recorded, 0.9, **event)
    other.reported(Recorded, 0.92, clock_s=-0.02, **event | {"artworks": ("b",)})
    assert twice(other, tmp_path / "other") == []


def test_hits_of_a_defect_come_at_any_pace(tmp_path: Path) -> None:
    ledger = watched()
    for _ in range(2):
        ledger.reported(PageDefectReached, 1.0, reason="d")
    assert twice(ledger, tmp_path) == []


def test_what_the_harness_writes_of_a_tab_has_no_page_s_time(tmp_path: Path) -> None:
    ledger = watched().acknowledged(["a"], 1.3, batch="x").acknowledged(["a"], 1.4, batch="x")
    assert twice(ledger, tmp_path) == []


def test_in_a_simulation_two_events_may_share_a_moment(tmp_path: Path) -> None:
    ledger = healthy().reported(Recorded, 0.9, batch="b", artworks=("a",))
    assert twice(ledger.reported(Recorded, 0.9, batch="b", artworks=("a",)), tmp_path) == []


def log_read(*sentinels_s: tuple[float, ...]) -> HandWritten:
    """A run whose database's log is read so often, each time with the sentinels until then."""
    ledger = watched()
    for number, moments in enumerate(sentinels_s):
        for at_s in moments:
            ledger.saw(at_s, LogSentinel(is_logged=True))
        ledger.saw(9.5 + number, Violations(count=0))
    return ledger


def test_a_sentinel_is_there_for_each_time_that_the_log_was_read(tmp_path: Path) -> None:
    """A scenario may settle twice: the second time what the log shows of the first is asked again,
    and may be another answer."""
    assert twice(log_read((0.4, 9.4), (0.4, 9.4, 10.4)), tmp_path / "each") == []
    words = ["the database witness holds 2 rows twice that it wrote once"]
    assert twice(log_read((0.4, 0.4, 9.4, 9.4)), tmp_path / "once") == words
    later = log_read((0.4, 9.4), (0.4, 9.4, 10.4, 10.4, 10.4))
    assert twice(later, tmp_path / "later") == words
