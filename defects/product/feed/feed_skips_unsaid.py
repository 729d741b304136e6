"""The feed leaves lines out and does not say so."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.admin.feed import Feed, FeedViewer

Frame = Callable[[Feed, FeedViewer], bytes | None]


def frame(switch: Switch, original: Frame, feed: Feed, viewer: FeedViewer) -> bytes | None:
    """Pass over the first line of each frame."""
    if viewer.seq < feed.seq and switch.reached():
        viewer.seq += 1
    return original(feed, viewer)


DEFECT = ServerDefect(
    about="The first batch of each frame is neither in the feed nor counted as left out.",
    expected={"feed_accounts"},
    trials=[
        Trial("dashboard_feed", browser="chromium", preset="durable", improvement="admin"),
    ],
    overrides={"servers.ingest.admin.feed:Feed.frame": frame},
)
