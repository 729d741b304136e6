"""The feed stops after its first lines, and says nothing of what comes later."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.admin.feed import Feed, FeedViewer

Frame = Callable[[Feed, FeedViewer], bytes | None]
FIRST = 2
"""The batch from which on it is silent."""


def frame(switch: Switch, original: Frame, feed: Feed, viewer: FeedViewer) -> bytes | None:
    """Make no frame any more for a viewer who has heard of the first batch."""
    if feed.seq >= FIRST and viewer.seq and switch.reached():
        return None
    return original(feed, viewer)


DEFECT = ServerDefect(
    about="A viewer of the feed hears of the first batches and of none that comes later.",
    expected={"feed_accounts"},
    trials=[
        Trial("dashboard_feed", browser="chromium", preset="durable", improvement="admin"),
    ],
    overrides={"servers.ingest.admin.feed:Feed.frame": frame},
)
