"""The tabs' timeline: what the ledger tells of each tab, and what is drawn and said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.evidence.faults import FaultSpan
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
    Flush,
    Spell,
    TabLife,
    adoptions,
    crashes,
    tab_lives,
)
from reports.plots.drawing.picture import Picture
from reports.plots.of_run import pictures_of
from reports.plots.tabs import MOST_LANES, TITLE, tabs_over_time
from tests.reports.ledgers import HandWritten, back, evidence_of, healthy, hidden, lived
from tests.reports.plots.test_plots import by_class, dots_in, labels, read


def opened(
    ledger: HandWritten, seconds: float, tab: str = "tab-1", restored: bool = False
) -> HandWritten:
    detail = {"restored": "by the browser"} if restored else {"preset": "durable"}
    return ledger.noted("tab_opened", seconds, detail, tab=tab)


def lives_of(ledger: HandWritten, directory: Path) -> list[TabLife]:
    evidence = evidence_of(ledger, directory)
    return tab_lives(evidence.ledger, evidence.fates)


def states(life: TabLife) -> list[tuple[str, float, float]]:
    return [(one.state, round(one.start_s, 3), round(one.end_s, 3)) for one in life.spells]


# ---- from the ledger to lives --------------------------------------------------------------------


def test_a_tab_is_visible_until_it_says_otherwise_and_ends_when_it_is_closed(
    tmp_path: Path,
) -> None:
    ledger = back(hidden(opened(lived(), 1.0), 2.0), 3.0)
    ledger.noted("tab_closing", 4.0).noted("tab_closed", 4.1)
    [life] = lives_of(ledger, tmp_path)
    assert states(life) == [(VISIBLE, 1.0, 2.0), (HIDDEN, 2.0, 3.0), (VISIBLE, 3.0, 4.1)]
    assert (life.end, life.end_s, life.switches) == (CLOSED, pytest.approx(4.1), 2)
    assert life.in_state(VISIBLE) == pytest.approx(2.1)


def test_a_tab_that_is_first_told_to_be_visible_was_opened_behind_another(tmp_path: Path) -> None:
    [life] = lives_of(back(opened(lived(), 1.0), 2.0), tmp_path)
    assert states(life)[0] == (HIDDEN, 1.0, 2.0)


@pytest.mark.parametrize("state", [VISIBLE, HIDDEN])
def test_a_tab_that_was_looked_at_when_it_had_loaded_is_as_it_was_seen(
    tmp_path: Path, state: str
) -> None:
    ledger = lived().noted("tab_opened", 1.0, {"visibility": state}).noted("queue", 2.0)
    [life] = lives_of(ledger, tmp_path)
    assert states(life) == [(state, 1.0, 2.0)]


def test_tabs_stand_in_the_order_of_opening_and_stay_open_to_the_runs_last_word(
    tmp_path: Path,
) -> None:
    ledger = opened(opened(lived(), 2.0, "zoe"), 1.0, "abe").noted("queue", 9.0, tab="abe")
    lives = lives_of(ledger, tmp_path)
    assert [(life.tab, life.end, life.end_s) for life in lives] == [
        ("abe", OPEN, 9.0),
        ("zoe", OPEN, 9.0),
    ]


def test_a_page_that_left_and_came_back_alive_was_cached_meanwhile(tmp_path: Path) -> None:
    ledger = opened(lived(), 1.0).noted("tab_leaving", 2.0)
    hidden(ledger.told("pagehide", 2.1, says={"reason": "persisted=true isTrusted=true"}), 2.2)
    ledger.told("pageshow", 5.0, says={"reason": "persisted=true isTrusted=true"})
    ledger.noted("queue", 6.0)
    [life] = lives_of(ledger, tmp_path)
    assert states(life) == [(VISIBLE, 1.0, 2.0), (CACHED, 2.0, 5.0), (VISIBLE, 5.0, 6.0)]
    assert life.end == OPEN


def test_a_page_that_left_for_good_ends_there(tmp_path: Path) -> None:
    ledger = opened(lived(), 1.0).noted("tab_leaving", 2.0)
    ledger.told("pagehide", 2.1, says={"reason": "persisted=false isTrusted=true"})
    ledger.noted("tab_opened", 3.0, tab="tab-2")
    first, second = lives_of(ledger, tmp_path)
    assert (first.end, first.end_s) == (AWAY, pytest.approx(2.1))
    assert second.end == OPEN


def test_a_killed_browser_ends_its_tabs_and_a_restored_one_is_told(tmp_path: Path) -> None:
    ledger = opened(lived(), 1.0).noted("tab_killed", 3.4)
    opened(ledger, 5.0, "tab-2", restored=True)
    ledger.told("adopted", 5.1, tab="tab-2", says={"reason": "tab-1"}, artworks=["a", "b"])
    ledger.saw("network", 3.0, kind="browser_killed", value=1.0)
    ledger.saw("network", 4.5, kind="browser_restored", value=1.0)
    evidence = evidence_of(ledger, tmp_path)
    dead, heir = tab_lives(evidence.ledger, evidence.fates)
    assert (dead.end, dead.end_s, dead.restored) == (KILLED, 3.0, False)
    assert heir.restored
    assert adoptions(evidence.ledger) == [Adoption(pytest.approx(5.1), "tab-2", "tab-1", 2)]
    assert crashes(evidence.ledger) == [
        Crash(3.0, "browser_killed", 1),
        Crash(4.5, "browser_restored", 1),
    ]


def test_each_attempt_has_its_end_even_if_that_names_a_later_number(tmp_path: Path) -> None:
    ledger = opened(lived(), 0.5).request("b1", 1.0, 0.5).request("b2", 2.0, end="unknown")
    ledger.request("b3", 3.0, transport="beacon", end="beacon_queued")
    ledger.request("b4", 4.0, None)
    ledger.told("attempt", 5.0, batch="b5", attempt=1, transport="fetch")
    ledger.told("acknowledged", 5.5, batch="b5", attempt=2, transport="fetch", status=200)
    [life] = lives_of(ledger, tmp_path)
    found = [(one.start_s, one.transport, one.end, one.end_s) for one in life.flushes]
    assert found == [
        (1.0, "fetch", ANSWERED, pytest.approx(1.5)),
        (2.0, "fetch", FAILED, pytest.approx(2.05)),
        (3.0, "beacon", SENT, None),
        (4.0, "fetch", SENT, None),
        (5.0, "fetch", ANSWERED, pytest.approx(5.5)),
    ]


def test_a_view_without_a_good_end_is_told_apart(tmp_path: Path) -> None:
    ledger = opened(healthy().shown("c", 2.0), 0.9)
    [life] = lives_of(ledger, tmp_path)
    assert life.views == (pytest.approx(1.0), pytest.approx(1.02))
    assert life.lost == (pytest.approx(2.0),)


def test_without_a_final_read_no_view_is_called_lost(tmp_path: Path) -> None:
    [life] = lives_of(opened(lived().shown("a", 2.0), 1.0), tmp_path)
    assert (len(life.views), life.lost) == (1, ())


def test_the_users_of_a_tab_are_all_named(tmp_path: Path) -> None:
    ledger = opened(lived(), 1.0).noted("queue", 2.0, user="bob")
    assert lives_of(ledger, tmp_path)[0].user == "ann, bob"


# ---- from lives to the picture -------------------------------------------------------------------


def life(number: int, start_s: float = 0.0, end_s: float = 10.0, **more: object) -> TabLife:
    values: dict[str, object] = {
        "tab": f"{number:04x}aaaa",
        "user": "ann",
        "start_s": start_s,
        "end_s": end_s,
        "end": CLOSED,
        "spells": (Spell(start_s, end_s, VISIBLE),),
        "views": (start_s + 0.5,),
        "flushes": (Flush(start_s + 1.0, start_s + 1.2, "fetch", ANSWERED),),
    }
    return TabLife(**(values | more))  # type: ignore[arg-type]


def drawn(*lives: TabLife, **more: object) -> Picture:
    with_all: dict[str, object] = {"adoptions": (), "crashes": (), "faults": ()}
    return tabs_over_time(lives, **(with_all | more))  # type: ignore[arg-type]


def height(picture: Picture) -> float:
    return float((read(picture).get("viewBox") or "").split()[3])


def switching(times: int, every_s: float) -> TabLife:
    spells = [
        Spell(n * every_s, (n + 1) * every_s, HIDDEN if n % 2 else VISIBLE) for n in range(times)
    ]
    return life(1, 0.0, times * every_s, spells=tuple(spells))


@pytest.mark.parametrize("tabs", [1, 3, 10, 20])
def test_every_tab_has_a_lane_with_its_name_and_its_end(tabs: int) -> None:
    picture = drawn(*(life(n) for n in range(tabs)))
    names = [label for label in labels(picture) if label.endswith("…")]
    assert names == [f"{n:04x}…" for n in range(tabs)]
    assert labels(picture).count("1 view, closed") == tabs
    assert dots_in(picture, "tab-visible") == tabs + 1  # and one in the key
    assert 21 * tabs < height(picture) < 110 + 40 * tabs
    assert len(picture.rows) == tabs + 1


def test_tabs_after_one_another_share_a_lane_where_there_are_too_many() -> None:
    many = [life(n, n * 10.0, n * 10.0 + 9.0) for n in range(MOST_LANES + 16)]
    picture = drawn(*many)
    assert f"{MOST_LANES + 16} tabs" in labels(picture)
    assert height(picture) < 200
    assert len(picture.rows) == MOST_LANES + 17


def test_tabs_without_room_are_counted() -> None:
    picture = drawn(*(life(n) for n in range(MOST_LANES + 3)))
    assert "and 3 more tabs, in the table below" in labels(picture)
    assert picture.description.startswith(f"{MOST_LANES + 3} tabs showed")


def test_a_hundred_and_fifty_switches_are_seen_one_by_one() -> None:
    picture = drawn(switching(150, 0.2))
    assert dots_in(picture, "tab-visible") == 75 + 1
    assert dots_in(picture, "tab-hidden") == 75 + 1
    assert not by_class(picture, "tab-mixed")
    assert "149 changes" in picture.description


def test_switches_too_close_to_be_seen_are_drawn_as_switching() -> None:
    fast = switching(1500, 0.2)
    picture = drawn(fast)
    assert dots_in(picture, "tab-mixed") == 2  # one of them in the key
    assert "switching fast" in labels(picture)
    assert len(picture.svg) < 6_000
    assert picture.rows[1][6] == "1,499"


def test_each_transport_has_a_shape_and_each_end_a_look() -> None:
    flushes = (
        Flush(1.0, 1.02, "fetch", ANSWERED),
        Flush(2.0, 6.0, "keepalive", FAILED),
        Flush(7.0, None, "beacon", SENT),
        Flush(8.0, None, "carrier pigeon", SENT),
    )
    picture = drawn(life(1, flushes=flushes))
    key = {"sent over fetch", "sent over keepalive", "sent over beacon", "answered", "failed"}
    assert key | {"no answer seen", "sent over carrier pigeon"} <= set(labels(picture))
    assert dots_in(picture, "flush-wait") == 1
    assert "4 attempts to send: 1 failed, 2 of which the page saw no answer" in picture.description
    assert picture.rows[1][9:12] == ("4", "1", "1")


def test_a_lost_view_is_marked_in_its_lane_and_counted() -> None:
    picture = drawn(life(1, lost=(3.0,)))
    assert "1 of 2 views lost" in labels(picture)
    assert dots_in(picture, "view-lost") == 2  # one of them in the key
    assert "2 views, 1 of them without a good end" in picture.description
    assert not by_class(drawn(life(1)), "view-lost")


def test_a_crash_and_what_came_back_are_lines_through_all_lanes() -> None:
    dead = [life(n, 0.0, 5.0, end=KILLED) for n in range(3)]
    heirs = [life(n + 9, 7.0, 10.0, restored=True, end=OPEN) for n in range(3)]
    picture = drawn(
        *dead,
        *heirs,
        crashes=(Crash(5.0, "browser_killed", 3), Crash(6.8, "browser_restored", 3)),
        adoptions=[Adoption(7.1, heirs[0].tab, one.tab, 2) for one in dead],
    )
    assert {"browser killed", "came back, 3 tabs"} <= set(labels(picture))
    assert len(by_class(picture, "crash")) == len(by_class(picture, "restore")) == 1
    assert dots_in(picture, "estate") == dots_in(picture, "handover") == 3 + 1
    said = "was killed with 3 tabs at 5 s. It came back with 3 tabs at 6.8 s. 3 times a tab took"
    assert said in picture.description
    assert picture.rows[4][-1] == "6"
    assert labels(picture).count("1 view, killed") == 3


def test_many_crashes_are_summed_up() -> None:
    many = [Crash(n, kind, 2) for n in range(5) for kind in ("browser_killed", "browser_restored")]
    picture = drawn(life(1), crashes=many)
    assert "killed 5 times with 10 tabs in all; 10 tabs came back." in picture.description
    assert len(by_class(picture, "crash")) == 5


def test_a_queue_of_a_tab_nobody_saw_is_still_taken_over() -> None:
    picture = drawn(life(1), adoptions=[Adoption(2.0, life(1).tab, "from before", 4)])
    assert dots_in(picture, "handover-dot") == 2
    assert picture.rows[1][-1] == "4"


def test_faults_are_shaded_over_all_lanes() -> None:
    picture = drawn(life(1), life(2), faults=[FaultSpan("cut", 2.0, 4.0)])
    [shade] = by_class(picture, "fault-shade")
    assert float(shade.get("height") or 0) > 2 * 30
    assert picture.description.endswith("Faults: cut from 2 s to 4 s.")


def test_a_long_time_without_any_tab_is_left_out() -> None:
    picture = drawn(life(1, 50.0, 60.0))
    assert "0" not in labels(picture)
    assert "0" in labels(drawn(life(1, 1.0, 60.0)))


def test_two_users_are_named_beside_their_lanes() -> None:
    picture = drawn(life(1), life(2, user="bob"))
    assert {"ann", "bob"} <= set(labels(picture))
    assert "ann" not in labels(drawn(life(1), life(2)))


def test_no_tab_is_said() -> None:
    assert drawn().description == "No data: no page told of itself."


def test_a_run_with_tabs_shows_them_and_one_without_does_not(tmp_path: Path) -> None:
    with_tabs = pictures_of(evidence_of(healthy(), tmp_path / "tabs"))
    assert TITLE in [one.title for one in with_tabs]
    loaded = HandWritten().lifetime().sent(1.0).receipt(["a"], 1.1).final(2.0, a=1)
    without = pictures_of(evidence_of(loaded, tmp_path / "load"))
    assert TITLE not in [one.title for one in without]
