"""Rows of pages that others demand: what is on disk, what was hidden, what was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.ledger.kinds.client import (
    FlushStarted,
    MemoryMode,
    PageHide,
    Persisted,
    Recorded,
    RecorderLeftOut,
    SignedIn,
    TabHidden,
    TabKilled,
    TabLeaving,
    TabOpened,
    VisibilityChanged,
)
from harness.ledger.kinds.network import (
    BrowserUsed,
)
from tests.reports.evidence.exchange.whole_run import BROWSER, due, full
from tests.reports.ledgers import (
    USER,
    HandWritten,
    altered,
    without,
)


def hidden_twice() -> HandWritten:
    """A second tab is hidden too, and its page reports nothing of it."""
    ledger = full().noted(TabOpened, 2.0, tab="tab-2", visibility="visible")
    return ledger.noted(TabHidden, 2.5, tab="tab-2")


def test_each_tab_that_is_hidden_reports_it(tmp_path: Path) -> None:
    words = ["1 tabs were hidden, and their pages never reported it"]
    assert due(hidden_twice(), tmp_path) == words


@pytest.mark.parametrize("excuse", ["left before", "opened behind another", "no recorder"])
def test_a_tab_whose_page_sees_no_change_need_not(tmp_path: Path, excuse: str) -> None:
    ledger = hidden_twice()
    if excuse == "left before":
        ledger.noted(TabLeaving, 2.4, tab="tab-2")
    elif excuse == "no recorder":
        ledger.noted(RecorderLeftOut, 2.4, tab="tab-2")
    else:
        altered(
            ledger, TabOpened, lambda row: {"visibility": "hidden"} if row.tab == "tab-2" else {}
        )
    assert due(ledger, tmp_path) == []


def test_pages_that_never_report_their_lives_need_not_report_that_they_hide(
    tmp_path: Path,
) -> None:
    ledger = without(without(full(), VisibilityChanged), PageHide)
    assert due(ledger, tmp_path) == []


@pytest.mark.parametrize("excuse", ["not on disk", "storage failed", "just recorded"])
def test_what_is_not_on_disk_yet_is_not_missed(tmp_path: Path, excuse: str) -> None:
    ledger = without(full(), Persisted)
    if excuse == "not on disk":
        altered(ledger, TabOpened, lambda row: {"journals": False})
    elif excuse == "storage failed":
        ledger.reported(MemoryMode, 0.9)
    else:
        ledger = without(without(ledger, Recorded, artworks=("a",)), Recorded, artworks=("b",))
        ledger.reported(Recorded, 5.6, artworks=("a", "b"))
    assert due(ledger, tmp_path) == []


def test_a_tab_that_was_killed_may_never_begin_to_flush(tmp_path: Path) -> None:
    ledger = without(full(), FlushStarted).noted(TabKilled, 3.05)
    assert due(ledger, tmp_path) == []


def test_an_emulated_phone_that_the_harness_drives_is_a_browser_like_any_other(
    tmp_path: Path,
) -> None:
    """One that a person leads signs in by itself, and reports when it can."""
    for number, role in enumerate((None, "show")):
        ledger = without(without(full(), BrowserUsed), SignedIn)
        ledger.saw(0.1, replace(BROWSER, kind="emulated"))
        altered(
            ledger,
            TabOpened,
            lambda row, role=role: {"role": role or ""} if role else {"user": USER},
        )
        found = due(without(ledger, Persisted), tmp_path / str(number))
        assert bool(found) is (role is None), found
