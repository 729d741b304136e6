"""The feed: all that fits, the rest counted; memory bounded however it is read."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.core.clock import seeded_random
from servers.ingest.admin.feed import FRAME_LINES, RING_IDS, RING_LINES, Feed, FeedViewer
from servers.ingest.receipts import Receipt


def receipts(count: int, **changes: Any) -> list[Receipt]:
    settings: dict[str, Any] = {"user": "ann", "artworks": ["a"], "status": 200, "received": 1}
    return [Receipt(1, "batch", "life", **{**settings, **changes}) for _ in range(count)]


def frame(feed: Feed, viewer: FeedViewer) -> Any:
    data = feed.frame(viewer)
    return None if data is None else msgspec.json.decode(data)


def test_a_viewer_gets_what_comes_after_it_once() -> None:
    feed = Feed("life")
    feed.tap(receipts(2))
    viewer = feed.viewer()
    assert frame(feed, viewer) is None
    feed.tap(receipts(3))
    found = frame(feed, viewer)
    assert ([one["seq"] for one in found["lines"]], found["lost"]) == ([3, 4, 5], 0)
    assert frame(feed, viewer) is None


def test_a_line_has_the_latency_from_arrival_to_commit() -> None:
    feed = Feed("life")
    viewer = feed.viewer()
    at = {"received_mono_ns": 1_000_000, "committed_mono_ns": 3_500_000}
    feed.tap(receipts(1, received_wall_ns=7_000_000, artworks=["x"] * 30, **at))
    feed.tap(receipts(1, status=409, reason="other_user"))
    first, second = frame(feed, viewer)["lines"]
    assert (first["latencyMs"], first["atMs"], len(first["artworks"])) == (2.5, 7, 20)
    assert (second["latencyMs"], second["reason"]) == (None, "other_user")


def test_a_slow_viewer_loses_lines_and_each_is_counted() -> None:
    feed = Feed("life")
    viewer = feed.viewer()
    feed.tap(receipts(RING_LINES + 50))
    found = frame(feed, viewer)
    assert len(found["lines"]) == FRAME_LINES
    assert found["lost"] + len(found["lines"]) == RING_LINES + 50
    assert found["lines"][-1]["seq"] == feed.seq


def test_the_ring_is_bounded_in_lines_and_in_ids() -> None:
    feed = Feed("life")
    feed.tap(receipts(3 * RING_LINES))
    assert len(feed._ring) == RING_LINES
    feed.tap(receipts(200, artworks=["a"] * 2_000))
    assert sum(len(one.artworks) for one in feed._ring) <= RING_IDS
    assert feed.seq == 3 * RING_LINES + 200


def test_filters_let_pass_what_they_name() -> None:
    feed = Feed("life")
    of_bob, of_x = feed.viewer(user="bob"), feed.viewer(artwork="x")
    feed.tap(receipts(2) + receipts(1, user="bob", artworks=["a", "x"]))
    for viewer in (of_bob, of_x):
        found = frame(feed, viewer)
        assert ([one["seq"] for one in found["lines"]], found["lost"]) == ([3], 0)


def test_what_filters_leave_out_is_not_lost() -> None:
    feed = Feed("life")
    viewer = feed.viewer(user="bob")
    feed.tap(receipts(500))
    assert frame(feed, viewer)["lost"] == 0


def test_a_viewer_goes_on_after_a_cut() -> None:
    feed = Feed("life")
    feed.tap(receipts(5))
    again = feed.viewer(after=3, lifetime="life")
    found = frame(feed, again)
    assert ([one["seq"] for one in found["lines"]], found["lost"]) == ([4, 5], 0)


@pytest.mark.parametrize(("after", "lifetime"), [(3, "before"), (9, "life")])
def test_of_another_lifetime_it_is_not_known_what_was_lost(after: int, lifetime: str) -> None:
    feed = Feed("life")
    feed.tap(receipts(2))
    viewer = feed.viewer(after=after, lifetime=lifetime)
    found = frame(feed, viewer)
    assert (found["lost"], len(found["lines"])) == (None, 2)
    feed.tap(receipts(1))
    assert frame(feed, viewer)["lost"] == 0


def test_viewers_at_one_place_share_one_frame() -> None:
    feed = Feed("life")
    many = [feed.viewer() for _ in range(50)]
    feed.tap(receipts(3))
    frames = [feed.frame(one) for one in many]
    assert len({id(one) for one in frames}) == 1
    feed.tap(receipts(1))
    assert [one["seq"] for one in frame(feed, many[0])["lines"]] == [4]


FILTERS = [
    {"user": "ann"},
    {"user": "bob"},
    {"artwork": "x"},
    {"artwork": "y"},
    {"user": "bob", "artwork": "x"},
    {"user": "who saw nothing"},
    {},
]


def test_what_filters_let_pass_does_not_depend_on_other_viewers() -> None:
    """From its second frame on a viewer's lines are found together with those of the others."""
    together, chance = Feed("life"), seeded_random(3, "feed")
    watching = [together.viewer(**one) for one in FILTERS for _ in range(2)]
    for _ in range(5):
        new = [
            receipts(1, user=chance.choice(["ann", "bob", None]), artworks=chance.sample("xyz", 2))
            for _ in range(30)
        ]
        together.tap([receipt for (receipt,) in new])
        for viewer in watching:
            begin = viewer.seq
            alone = FeedViewer(begin, viewer.user, viewer.artwork)
            expected = [
                number for number, (receipt,) in enumerate(new, begin + 1) if alone.wants(receipt)
            ]
            found = frame(together, viewer)
            assert [one["seq"] for one in found["lines"]] == expected
            assert found["lost"] == 0


def test_a_viewer_who_comes_between_two_frames_gets_its_lines() -> None:
    """Its filter was not expected when those of the others were looked for."""
    feed = Feed("life")
    early = feed.viewer(user="ann")
    feed.tap(receipts(1))
    assert frame(feed, early)["lines"]
    feed.tap(receipts(2) + receipts(1, user="bob", artworks=["x"]))
    assert len(frame(feed, early)["lines"]) == 2
    late = feed.viewer(user="bob", after=1, lifetime="life")
    assert [one["seq"] for one in frame(feed, late)["lines"]] == [4]


def test_viewers_with_one_filter_share_one_frame() -> None:
    feed = Feed("life")
    many = [feed.viewer(user="bob") for _ in range(20)]
    for _ in range(2):
        feed.tap(receipts(3) + receipts(1, user="bob"))
        assert len({id(feed.frame(one)) for one in many}) == 1


def test_frames_are_kept_no_longer_than_until_the_next_receipts() -> None:
    feed = Feed("life")
    for _ in range(10):
        feed.tap(receipts(3))
        for begin in range(feed.seq):
            feed.frame(FeedViewer(begin, "ann"))
        assert len(feed._frames) <= feed.seq
    feed.tap(receipts(1))
    feed.frame(feed.viewer(user="ann", after=0, lifetime="life"))
    assert (len(feed._frames), len(feed._asked), len(feed._expected)) == (1, 1, 1)
