"""Rows of pages that others demand: what is on disk, what was hidden, what was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.ledger.kinds.client import (
    Attempt,
    FlushStarted,
    MemoryMode,
    PageHide,
    Persisted,
    QueueState,
    Recorded,
    RecorderLeftOut,
    RetryScheduled,
    SignedIn,
    TabClosed,
    TabClosing,
    TabHidden,
    TabKilled,
    TabLeaving,
    TabOpened,
    Unanswered,
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


@pytest.mark.parametrize("sign", ["of its own", "asked for"])
def test_each_tab_that_is_hidden_reports_it(tmp_path: Path, sign: str) -> None:
    ledger = hidden_twice()
    if sign == "of its own":
        ledger.reported(MemoryMode, 2.55, tab="tab-2")
    else:
        ledger.noted(QueueState, 3.6, tab="tab-2")
    words = ["1 tabs were hidden, and their pages never reported it"]
    assert due(ledger, tmp_path) == words


@pytest.mark.parametrize("excuse", ["left before", "opened behind another", "no recorder"])
def test_a_tab_whose_page_sees_no_change_need_not(tmp_path: Path, excuse: str) -> None:
    ledger = hidden_twice().reported(MemoryMode, 2.9, tab="tab-2")
    if excuse == "left before":
        ledger.noted(TabLeaving, 2.4, tab="tab-2")
    elif excuse == "no recorder":
        ledger.noted(RecorderLeftOut, 2.4, tab="tab-2")
    else:
        altered(
            ledger, TabOpened, lambda row: {"visibility": "hidden"} if row.tab == "tab-2" else {}
        )
    assert due(ledger, tmp_path) == []


@pytest.mark.parametrize("way", ["killed", "closed", "led away", "heard late", "asked at once"])
def test_a_page_of_which_nothing_later_was_heard_need_not_report_that_it_was_hidden(
    tmp_path: Path, way: str
) -> None:
    """A browser is killed a fifth of a second after it was hidden: the report was under way."""
    ledger = hidden_twice()
    if way == "killed":
        ledger.noted(TabKilled, 2.707, tab="tab-2")
    elif way == "closed":
        ledger.noted(TabClosing, 2.5, tab="tab-2").noted(TabClosed, 2.55, tab="tab-2")
    elif way == "led away":
        ledger.noted(TabLeaving, 2.51, tab="tab-2")
    elif way == "heard late":  # and reported before
        ledger.reported(MemoryMode, 2.6, tab="tab-2", clock_s=-0.15)
    else:
        ledger.noted(QueueState, 2.6, tab="tab-2")
    assert due(ledger, tmp_path) == []


def fell_back(first: str, then: str, after_s: float) -> HandWritten:
    """A page whose plan is known has no answer over one transport, and tries another."""
    ledger = without(full(), RetryScheduled)
    ledger = without(without(ledger, Attempt, batch="c"), Unanswered, batch="c")
    one = {"batch": "c", "artworks": ("a", "b")}
    ledger.reported(Attempt, 1.5, **one, attempt=1, transport=first)
    ledger.reported(Unanswered, 1.9, **one, attempt=1, transport=first, reason="timeout")
    return ledger.reported(Attempt, 1.9 + after_s, **one, attempt=2, transport=then)


@pytest.mark.parametrize(
    ("first", "then"), [("fetch", "fetch"), ("keepalive", "fetch"), ("fetch", "keepalive")]
)
def test_the_next_transport_at_once_is_no_retry(tmp_path: Path, first: str, then: str) -> None:
    """Fetch follows fetch where a batch is too large for keepalive."""
    assert due(fell_back(first, then, 0.03), tmp_path) == []


def test_the_same_batch_after_a_wait_is_a_retry(tmp_path: Path) -> None:
    words = ["pages with a known plan tried again, and no row is of the kind 'retry_scheduled'"]
    assert due(fell_back("fetch", "fetch", 0.6), tmp_path) == words


def test_what_a_page_sends_as_it_hides_has_no_plan(tmp_path: Path) -> None:
    ledger = fell_back("fetch", "fetch", 0.8)
    ledger.reported(VisibilityChanged, 1.45, reason="hidden isTrusted=true")
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
