"""The tabs' timeline: a lane for each tab, its parts, its key and its words."""

from __future__ import annotations

import pytest

from reports.evidence.faults import FaultSpan
from reports.evidence.tabs import (
    ANSWERED,
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
)
from reports.plots.drawing.picture import Picture
from reports.plots.tabs import MOST_LANES, tabs_over_time
from tests.reports.plots.reading import by_class, dots_in, labels, read


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
        crashes=(Crash(5.0, True, 3), Crash(6.8, False, 3)),
        adoptions=[Adoption(7.1, heirs[0].tab, one.tab, 2) for one in dead],
    )
    assert {"browser killed", "came back, 3 tabs"} <= set(labels(picture))
    assert len(by_class(picture, "crash")) == len(by_class(picture, "restore")) == 1
    assert dots_in(picture, "estate") == dots_in(picture, "handover") == 3
    assert dots_in(picture, "handover-dot") == 3 + 1  # one of them in the key
    words = "was killed with 3 tabs at 5 s. It came back with 3 tabs at 6.8 s. 3 times a tab took"
    assert words in picture.description
    assert picture.rows[4][-1] == "6"
    assert labels(picture).count("1 view, killed") == 3


def test_many_crashes_are_summed_up() -> None:
    many = [Crash(n, is_kill, 2) for n in range(5) for is_kill in (True, False)]
    picture = drawn(life(1), crashes=many)
    assert "killed 5 times with 10 tabs in all; 10 tabs came back." in picture.description
    assert len(by_class(picture, "crash")) == 5


def test_a_queue_of_an_unknown_tab_is_still_taken_over() -> None:
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


def test_no_tab_is_reported() -> None:
    assert drawn().description == "No data: no page reported anything."
