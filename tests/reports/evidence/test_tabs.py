"""What each tab lived through, as the ledger has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ledger.kinds.client import (
    Acknowledged,
    Adopted,
    Attempt,
    BeaconQueued,
    PageHide,
    PageShow,
    QueueState,
    TabClosed,
    TabClosing,
    TabKilled,
    TabLeaving,
    TabOpened,
    Unanswered,
)
from harness.ledger.kinds.network import BrowserKilled, BrowserRestored
from reports.evidence.tabs import (
    ANSWERED,
    AWAY,
    CACHED,
    CLOSED,
    FAILED,
    HIDDEN,
    KILLED,
    OPEN,
    SENT,
    VISIBLE,
    Adoption,
    Crash,
    TabLife,
    adoptions,
    crashes,
    tab_lives,
)
from tests.reports.ledgers import HandWritten, back, evidence_of, healthy, hidden, lived


def opened(
    ledger: HandWritten, seconds: float, tab: str = "tab-1", restored: bool = False
) -> HandWritten:
    how = {"restored": "by the browser"} if restored else {"options": {"preset": "durable"}}
    return ledger.noted(TabOpened, seconds, tab=tab, **how)


def lives_of(ledger: HandWritten, directory: Path) -> list[TabLife]:
    evidence = evidence_of(ledger, directory)
    return tab_lives(evidence.ledger, evidence.fates)


def states(life: TabLife) -> list[tuple[str, float, float]]:
    return [(one.state, round(one.start_s, 3), round(one.end_s, 3)) for one in life.spells]


def test_a_tab_is_visible_until_it_says_otherwise_and_ends_when_it_is_closed(
    tmp_path: Path,
) -> None:
    ledger = back(hidden(opened(lived(), 1.0), 2.0), 3.0)
    ledger.noted(TabClosing, 4.0).noted(TabClosed, 4.1)
    [life] = lives_of(ledger, tmp_path)
    assert states(life) == [(VISIBLE, 1.0, 2.0), (HIDDEN, 2.0, 3.0), (VISIBLE, 3.0, 4.1)]
    assert (life.end, life.end_s, life.switches) == (CLOSED, pytest.approx(4.1), 2)
    assert life.in_state(VISIBLE) == pytest.approx(2.1)


def test_a_tab_that_is_first_reported_visible_was_opened_behind_another(tmp_path: Path) -> None:
    [life] = lives_of(back(opened(lived(), 1.0), 2.0), tmp_path)
    assert states(life)[0] == (HIDDEN, 1.0, 2.0)


@pytest.mark.parametrize("state", [VISIBLE, HIDDEN])
def test_a_tab_that_was_looked_at_when_it_had_loaded_is_as_it_was_seen(
    tmp_path: Path, state: str
) -> None:
    ledger = lived().noted(TabOpened, 1.0, visibility=state).noted(QueueState, 2.0)
    [life] = lives_of(ledger, tmp_path)
    assert states(life) == [(state, 1.0, 2.0)]


def test_tabs_stand_in_the_order_of_opening_and_stay_open_to_the_runs_last_word(
    tmp_path: Path,
) -> None:
    ledger = opened(opened(lived(), 2.0, "zoe"), 1.0, "abe").noted(QueueState, 9.0, tab="abe")
    lives = lives_of(ledger, tmp_path)
    assert [(life.tab, life.end, life.end_s) for life in lives] == [
        ("abe", OPEN, 9.0),
        ("zoe", OPEN, 9.0),
    ]


def test_a_page_that_left_and_came_back_alive_was_cached_meanwhile(tmp_path: Path) -> None:
    ledger = opened(lived(), 1.0).noted(TabLeaving, 2.0)
    hidden(ledger.reported(PageHide, 2.1, reason="persisted=true isTrusted=true"), 2.2)
    ledger.reported(PageShow, 5.0, reason="persisted=true isTrusted=true")
    ledger.noted(QueueState, 6.0)
    [life] = lives_of(ledger, tmp_path)
    assert states(life) == [(VISIBLE, 1.0, 2.0), (CACHED, 2.0, 5.0), (VISIBLE, 5.0, 6.0)]
    assert life.end == OPEN


def test_a_page_that_left_for_good_ends_there(tmp_path: Path) -> None:
    ledger = opened(lived(), 1.0).noted(TabLeaving, 2.0)
    ledger.reported(PageHide, 2.1, reason="persisted=false isTrusted=true")
    ledger.noted(TabOpened, 3.0, tab="tab-2")
    first, second = lives_of(ledger, tmp_path)
    assert (first.end, first.end_s) == (AWAY, pytest.approx(2.1))
    assert second.end == OPEN


def test_a_killed_browser_ends_its_tabs_and_a_restored_one_is_marked(tmp_path: Path) -> None:
    ledger = opened(lived(), 1.0).noted(TabKilled, 3.4)
    opened(ledger, 5.0, "tab-2", restored=True)
    ledger.reported(Adopted, 5.1, tab="tab-2", reason="tab-1", artworks=["a", "b"])
    ledger.saw(3.0, BrowserKilled(tabs=1.0))
    ledger.saw(4.5, BrowserRestored(tabs=1.0))
    evidence = evidence_of(ledger, tmp_path)
    dead, heir = tab_lives(evidence.ledger, evidence.fates)
    assert (dead.end, dead.end_s, dead.restored) == (KILLED, 3.0, False)
    assert heir.restored
    assert adoptions(evidence.ledger) == [Adoption(pytest.approx(5.1), "tab-2", "tab-1", 2)]
    assert crashes(evidence.ledger) == [
        Crash(3.0, True, 1),
        Crash(4.5, False, 1),
    ]


def test_each_attempt_has_its_end_even_if_that_names_a_later_number(tmp_path: Path) -> None:
    ledger = opened(lived(), 0.5).request("b1", 1.0, 0.5).request("b2", 2.0, end=Unanswered)
    ledger.request("b3", 3.0, transport="beacon", end=BeaconQueued)
    ledger.request("b4", 4.0, None)
    ledger.reported(Attempt, 5.0, batch="b5", attempt=1, transport="fetch")
    ledger.reported(Acknowledged, 5.5, batch="b5", attempt=2, transport="fetch", status=200)
    [life] = lives_of(ledger, tmp_path)
    found = [(one.start_s, one.transport, one.end, one.end_s) for one in life.flushes]
    assert found == [
        (1.0, "fetch", ANSWERED, pytest.approx(1.5)),
        (2.0, "fetch", FAILED, pytest.approx(2.05)),
        (3.0, "beacon", SENT, None),
        (4.0, "fetch", SENT, None),
        (5.0, "fetch", ANSWERED, pytest.approx(5.5)),
    ]


def test_a_view_without_a_good_end_is_lost(tmp_path: Path) -> None:
    ledger = opened(healthy().shown("c", 2.0), 0.9)
    [life] = lives_of(ledger, tmp_path)
    assert life.views == (pytest.approx(1.0), pytest.approx(1.02))
    assert life.lost == (pytest.approx(2.0),)


def test_without_a_final_read_no_view_is_called_lost(tmp_path: Path) -> None:
    [life] = lives_of(opened(lived().shown("a", 2.0), 1.0), tmp_path)
    assert (len(life.views), life.lost) == (1, ())


def test_the_users_of_a_tab_are_all_named(tmp_path: Path) -> None:
    ledger = opened(lived(), 1.0).noted(QueueState, 2.0, user="bob")
    assert lives_of(ledger, tmp_path)[0].user == "ann, bob"
