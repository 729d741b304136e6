"""A run's tabs in words and as a table."""

from __future__ import annotations

import pytest

from reports.evidence.tabs import (
    ANSWERED,
    CLOSED,
    FAILED,
    HIDDEN,
    OPEN,
    SENT,
    VISIBLE,
    Adoption,
    Crash,
    Flush,
    Spell,
    TabLife,
)
from reports.plots.tabs_table import describe, short, table
from tests.reports.report_samples import HOSTILE

LIFE = TabLife(
    tab="0123456789",
    user="ann",
    start_s=1.0,
    end_s=9.0,
    end=CLOSED,
    spells=(Spell(1.0, 4.0, VISIBLE), Spell(4.0, 8.0, HIDDEN), Spell(8.0, 9.0, VISIBLE)),
    views=(1.5, 2.5),
    lost=(3.5,),
    flushes=(
        Flush(2.0, 2.1, "fetch", ANSWERED),
        Flush(3.0, 3.1, "fetch", FAILED),
        Flush(8.5, None, "beacon", SENT),
    ),
)


@pytest.mark.parametrize(("tab", "text"), [("123456", "123456"), ("1234567", "1234…")])
def test_a_long_id_is_cut(tab: str, text: str) -> None:
    assert short(tab) == text


def test_the_words_count_views_changes_and_attempts() -> None:
    assert describe([LIFE], [], []) == (
        "1 tab showed 3 views, 1 of them without a good end; 2 changes between visible and hidden. "
        "3 attempts to send: 1 failed, 1 of which the page saw no answer."
    )


def test_a_crash_and_a_handover_have_a_sentence_each() -> None:
    words = describe(
        [LIFE],
        [Adoption(6.0, LIFE.tab, "other", 7)],
        [Crash(5.0, True, 2), Crash(5.5, False, 1)],
    )
    assert words.endswith(
        "The browser was killed with 2 tabs at 5 s. It came back with 1 tab at 5.5 s. "
        "1 time a tab took over another's queue, 7 ids in all."
    )


def test_the_table_has_a_row_for_each_tab() -> None:
    header, row = table([LIFE], [Adoption(6.0, LIFE.tab, "other", 7)])
    assert dict(zip(header, row, strict=True)) == {
        "tab": "0123…", "user": "ann", "from second": "1", "to": "9", "end": "closed",
        "visible s": "4", "changes": "2", "views": "3", "lost": "1", "attempts": "3",
        "answered": "1", "failed": "1", "ids taken over": "7",
    }  # fmt: skip


def test_a_tab_that_stayed_open_says_so() -> None:
    still = TabLife(tab="a", user=HOSTILE, start_s=0.0, end_s=1.0, end=OPEN)
    row = table([still], [])[1]
    assert row[4] == "still open"
    assert "\n" not in row[1]
    assert "\x00" not in row[1]
