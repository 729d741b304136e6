"""The feed waits for its viewers before a batch is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from defects.base import ServerDefect, Switch, Trial
from servers.ingest.admin.feed import Feed
from servers.ingest.receipts import Receipt

Tap = Callable[[Feed, Sequence[Receipt]], None]
WAIT_S = 12.0
"""How long it waits for a viewer that reads nothing."""


def tap(switch: Switch, original: Tap, feed: Feed, receipts: Sequence[Receipt]) -> None:
    """Wait for the slowest viewer first."""
    if feed.viewers and switch.reached():
        threading.Event().wait(WAIT_S)
    original(feed, receipts)


DEFECT = ServerDefect(
    about="A viewer of the feed that does not read holds up every batch.",
    expected={"drained_in_time", "undelivered", "nothing_lost"},
    trials=[
        Trial("dashboard_feed", browser="chromium", preset="durable", improvement="admin"),
    ],
    overrides={"servers.ingest.admin.feed:Feed.tap": tap},
)
