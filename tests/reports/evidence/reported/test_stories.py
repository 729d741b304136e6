"""Pages whose reports cannot be so: numbers, order, lives of views and of requests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.ledger.kinds.base import LedgerRow
from harness.ledger.kinds.client import (
    Acknowledged,
    Attempt,
    PageShow,
    Persisted,
    RecorderEvent,
    RecorderLeftOut,
    RetryScheduled,
    TabHidden,
    VisibilityChanged,
)
from reports.evidence.frame import read_ledger
from reports.evidence.reported.stories import contradictory_reports, page_stories
from tests.reports.evidence.reported.whole_story import whole_story
from tests.reports.ledgers import HandWritten, altered, without


def found(ledger: HandWritten, directory: Path) -> list[str]:
    return [one.words for one in contradictory_reports(read_ledger(ledger.write(directory)))]


def changed(kind: type[LedgerRow], **fields: Any) -> HandWritten:
    ledger = whole_story()
    altered(ledger, kind, lambda row: fields)
    return ledger


def of_number(which: int, **fields: Any) -> HandWritten:
    ledger = whole_story()
    altered(ledger, RecorderEvent, lambda row: fields if getattr(row, "number", 0) == which else {})
    return ledger


def swapped() -> HandWritten:
    """The moment at which ids were on disk, and that at which they were recorded, are exchanged."""
    ledger = whole_story()
    rows = ledger.rows["client"]
    (first, recorded), (second, persisted) = rows[1], rows[2]
    rows[1], rows[2] = (first, persisted), (second, recorded)
    return ledger


def later(kind: type[LedgerRow], seconds: float) -> HandWritten:
    """The rows of a kind were heard later than they came."""
    ledger = whole_story()
    rows = ledger.rows["client"]
    by_ns = round(seconds * 1e9)
    for place, (moment, row) in enumerate(rows):
        if isinstance(row, kind):
            at = moment._replace(mono_ns=moment.mono_ns + by_ns, wall_ns=moment.wall_ns + by_ns)
            rows[place] = (at, row)
    return ledger


def numbered_twice() -> HandWritten:
    return of_number(5, number=4)


WRONG: dict[str, tuple[Callable[[], HandWritten], str]] = {
    "an event is missing": (
        lambda: without(whole_story(), Acknowledged, batch="t-1"),
        "reported 11 events, 1 of which are missing",
    ),
    "a number is there twice": (numbered_twice, "in another order than they came"),
    "one has no number": (lambda: of_number(5, number=None), "numbered 10 of its 11 events"),
    "heard too late": (lambda: later(Attempt, 0.4), "in another order than they came"),
    "happened too late": (
        lambda: changed(Attempt, page_wall_ns=1_700_000_009_000_000_000),
        "in another order than they happened by its own clock",
    ),
    "some without a time": (
        lambda: changed(Attempt, page_wall_ns=None),
        "says when 8 of its 11 events happened",
    ),
    "heard before it happened": (
        lambda: later(RecorderEvent, -0.5),
        "was heard of 11 events before they happened",
    ),
    "on disk before it was recorded": (swapped, "1 ids as on disk that it had not reported"),
    "on disk in another batch": (
        lambda: changed(Persisted, batch="t-7"),
        "2 ids as on disk in another batch",
    ),
    "an end before its request": (
        lambda: later(Attempt, 0.4),
        "reported 3 ends of requests before it reported to send them",
    ),
    "an end of another size": (
        lambda: changed(Acknowledged, body_bytes=17),
        "2 ends of requests with other ids, bytes or transport",
    ),
    "an end with fewer ids": (
        lambda: changed(Acknowledged, artworks=("a",)),
        "2 ends of requests with other ids than it sent and others saw",
    ),
    "a retry of what was not sent": (
        lambda: changed(RetryScheduled, attempt=7),
        "1 retries of requests",
    ),
    "a request with other ids": (
        lambda: changed(Attempt, artworks=("a", "b", "z")),
        "requests with other ids than it recorded and others saw",
    ),
    "a request of another user": (
        lambda: changed(Attempt, user="bob"),
        "requests for another user than it recorded and others saw",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_so_is_found(name: str, tmp_path: Path) -> None:
    make, words = WRONG[name]
    assert any(words in one for one in found(make(), tmp_path)), found(make(), tmp_path / "again")


def test_two_pages_of_one_id_are_not_taken_for_a_page_that_contradicts_itself(
    tmp_path: Path,
) -> None:
    """Who gives the id of a tab to another page is the recorder: checks of tabs accuse it."""
    ledger = whole_story()
    for number, at_s in ((1, 7.0), (2, 7.1)):
        ledger.reported(VisibilityChanged, at_s, number=number, reason="visible isTrusted=true")
    assert found(ledger, tmp_path) == []


def test_a_whole_story_is_in_order(tmp_path: Path) -> None:
    assert found(whole_story(), tmp_path) == []


def test_the_last_events_of_a_page_may_be_lost_with_it(tmp_path: Path) -> None:
    assert found(without(whole_story(), Acknowledged, batch="t-2"), tmp_path) == []


def test_an_older_page_that_does_not_number_its_events_is_not_accused(tmp_path: Path) -> None:
    assert found(changed(RecorderEvent, number=None), tmp_path) == []


def test_a_page_out_of_the_cache_may_have_lost_some(tmp_path: Path) -> None:
    ledger = without(whole_story(), Acknowledged, batch="t-1")
    ledger.reported(PageShow, 2.5, number=20, reason="persisted=true isTrusted=true")
    assert found(ledger, tmp_path) == []


def test_what_a_page_did_as_it_went_into_the_cache_may_be_heard_later(tmp_path: Path) -> None:
    ledger = later(Persisted, 3.0)
    ledger.reported(PageShow, 2.5, number=12, reason="persisted=true isTrusted=true")
    ledger.rows["client"].sort(key=lambda pair: pair[0])
    assert found(ledger, tmp_path) == []


def test_other_ids_that_the_server_saw_too_are_no_wrong_report(tmp_path: Path) -> None:
    """The recorder really sent them: what it lost or invented is judged elsewhere."""
    ledger = changed(Attempt, artworks=("a", "b", "z"))
    for receipt in ledger.receipts:
        if "artworks" in receipt:
            receipt["artworks"] = ["a", "b", "z"]
    assert not any("with other ids than it recorded" in one for one in found(ledger, tmp_path))


def test_rows_of_the_harness_and_of_pages_that_it_sends_from_are_no_story(tmp_path: Path) -> None:
    ledger = whole_story().noted(TabHidden, 2.6)
    [story] = page_stories(read_ledger(ledger.write(tmp_path / "one")))
    assert len(story.rows) == 11
    left_out = whole_story().noted(RecorderLeftOut, 0.2)
    assert page_stories(read_ledger(left_out.write(tmp_path / "two"))) == []
