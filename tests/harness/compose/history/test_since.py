"""Since when a suite's cells fail: from the nights before it, and only from those."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compose.history.history import open_history
from harness.compose.history.record import append
from harness.compose.history.since import since_from
from reports.judging.judge import judge_suite
from reports.pages.publish import publish
from tests.reports.compared import suite, visits
from tests.reports.pages.parsed import Page


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A history of two nights in which every impression was stored, and one that is not theirs."""
    found = str(tmp_path / "history")
    for day, name in ((1, "s"), (2, "s"), (3, "another")):
        started = f"2026010{day}T000000Z"
        directory = suite(tmp_path / str(day), *visits(0), started=started, suite=name)
        append(found, directory, judge_suite(directory))
    return found


def test_the_page_says_since_when(tmp_path: Path, place: str) -> None:
    directory = suite(tmp_path / "tonight", *visits(3), started="20260104T000000Z")
    since = since_from(place, directory)
    [words] = since(judge_suite(directory)).values()
    assert words.startswith("new, since 2026-01-04 00:00 (")
    assert "1 of 3 nights" in words
    text = Page(publish(directory, since=since).page.read_text()).text
    assert f"since when {words}" in text
    assert f"Since when: {words}." in text
    with open_history(place) as history:
        assert len(history.heads()) == 3, "it is asked and not added to"


def test_later_nights_are_not_asked(tmp_path: Path, place: str) -> None:
    directory = suite(tmp_path / "before", *visits(3), started="20251231T000000Z")
    assert since_from(place, directory)(judge_suite(directory)) == {}


def test_without_a_history_nothing_is_shown_and_nothing_is_made(tmp_path: Path) -> None:
    directory = suite(tmp_path / "tonight", *visits(3))
    place = tmp_path / "history"
    assert since_from(str(place), directory)(judge_suite(directory)) == {}
    assert not place.exists()
    assert "since when" not in Page(publish(directory).page.read_text()).text


def test_a_history_that_cannot_be_read_takes_no_verdict_along(tmp_path: Path, place: str) -> None:
    directory = suite(tmp_path / "tonight", *visits(3), started="20260104T000000Z")
    aliases = tmp_path / "history" / "aliases"
    aliases.mkdir(exist_ok=True)
    (aliases / "scenarios.json").write_text("[")
    assert since_from(place, directory)(judge_suite(directory)) == {}
    assert publish(directory, since=since_from(place, directory)).judged.suite.cells
