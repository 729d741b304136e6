"""A viewer that comes back after a cut is sent again what it had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.admin.feed import Feed, FeedViewer

View = Callable[..., FeedViewer]


def viewer(switch: Switch, original: View, feed: Feed, **asked: Any) -> FeedViewer:
    """Begin with the oldest line that there is."""
    found = original(feed, **asked)
    if asked.get("after") and switch.reached():
        found.seq = 0
    return found


DEFECT = ServerDefect(
    about="After a cut the feed begins anew instead of where it was.",
    expected={"feed_accounts"},
    trials=[
        Trial("dashboard_feed", browser="chromium", preset="durable", improvement="admin"),
    ],
    overrides={"servers.ingest.admin.feed:Feed.viewer": viewer},
)
