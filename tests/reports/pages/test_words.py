"""Figures, names and commands, as a reader meets them."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.terminal import unescaped
from reports.core import text
from reports.evidence.fates import FATE_MEANINGS, Fate
from reports.pages import words
from tests.reports.report_samples import failing, missing, passing, suite_of, undecided


@pytest.mark.parametrize(
    ("name", "label", "shown"),
    [
        ("shown_to_durable_p95_ms", "shown to durable p95", "12 ms"),
        ("batches_per_s", "batches", "12 per s"),
        ("server_rss_peak_mib", "server rss peak", "12 MiB"),
        ("stored_rows", "stored rows", "12"),
        ("ms", "ms", "12"),
    ],
)
def test_measures_are_named_with_their_unit(name: str, label: str, shown: str) -> None:
    assert text.measure(name, 12.0) == (label, shown)


def test_every_fate_has_a_meaning_in_the_order_of_their_gravity() -> None:
    assert list(FATE_MEANINGS) == [fate.value for fate in Fate]


def test_an_unknown_fate_is_shown_before_all_others() -> None:
    rows = words.fate_rows({"recorded_once": 3, "odd": 1, "lost_acked": 0})
    assert [(fate, n) for fate, n, _ in rows] == [("odd", 1), ("recorded_once", 3)]


def test_bad_news_comes_first_and_the_plan_s_order_is_kept() -> None:
    cells = [passing(), missing(), passing("b"), undecided(), failing()]
    names = [c.scenario for c in words.worst_first(cells)]
    assert names == ["short-outage", "steady-load", "slow-network", "first-visit", "b"]


@given(st.text())
def test_a_command_hands_the_impression_over_unchanged(impression: str) -> None:
    command = words.explain_command("runs/a b", impression)
    assert command.isprintable()
    parts = shlex.split(command)
    assert (parts[-2], unescaped(parts[-1])) == ("runs/a b", impression)
    assert ("--" in parts[2:3]) == impression.startswith("-")


@pytest.mark.parametrize(
    ("example", "shown"),
    [
        ("ann/b c", "harness explain runs/a 'ann/b c'"),
        ("tab 094d76ed took over the queue of tab 9e3f3219", None),
        ("ann/b of tab 37725bb7", None),
        ("POST without a batch", None),
    ],
)
def test_only_an_impression_is_explained_by_a_command(example: str, shown: str | None) -> None:
    assert words.example_shown("runs/a", example) == (shown or example)
    assert words.example_shown("", "ann/b") == "ann/b"


def test_a_run_s_page_is_made_by_a_command_that_can_be_copied() -> None:
    assert words.report_command("runs/a b") == "harness report 'runs/a b'"
    assert words.report_command("-odd") == "harness report -- -odd"


def test_run_directories_are_named_below_the_suite_s() -> None:
    assert words.join_path("runs/smoke/", "a/b") == "runs/smoke/a/b"
    assert words.join_path("", "a/b") == "a/b"
    assert words.join_path("/", "a/b") == "/a/b"
    assert words.join_path("runs/one", ".") == "runs/one"
    assert words.join_path("", ".") == "."


def test_a_suite_that_tried_a_defect_says_so() -> None:
    arms = ("browser=chromium,defect=no_insert", "browser=chromium,defect=no_insert.twin", "a=b")
    cells = tuple(passing(str(n), arm=arm) for n, arm in enumerate(arms))
    sentence = words.defect_warning(suite_of(*cells))
    assert "the defects no_insert, no_insert.twin" in sentence
    assert words.defect_warning(suite_of(cells[2])) == ""
    assert "the defect no_insert:" in words.defect_warning(suite_of(cells[0]))
