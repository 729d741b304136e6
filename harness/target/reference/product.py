"""The product of the reference system: its pages, its requests and its tables."""

from __future__ import annotations

IMPROVEMENT = "product"
"""The level of the factor ``improvement`` with which the server has it."""

HISTORY_PATH = "/gallery/history"
HISTORY_URL = f"() => location.origin + '{HISTORY_PATH}' + location.search"
"""Returns the address of the history, with the options of the display page that asks."""
HISTORY_LISTS = "(count) => document.querySelectorAll('[data-artwork]').length >= count"
"""Returns whether the history lists that number of entries."""
HISTORY_ENTRIES = """() => [...document.querySelectorAll('a[data-artwork]')]
  .map((entry) => entry.dataset.artwork)"""
"""Returns the artworks of the history's entries, newest first."""

SHOWS = "(id) => document.getElementById('artwork')?.dataset.artwork === id"
"""Returns whether the display page shows this artwork."""
IS_REPLAYING = "() => document.getElementById('replay') !== null"
"""Returns whether the display page says that it records nothing."""

NEXT = "#next"
LEAVE_REPLAY = "#leave-replay"
"""What is clicked on the display page."""


def history_entry(place: int) -> str:
    """Return the selector of an entry of the history, from 0."""
    return f"#entry-{place}"


REPLAYS_PATH = "/api/history/replays"
"""Where pages report what they showed again."""

REPLAY_COUNTS = """
SELECT user_id, artwork_id, replay_count FROM user_art_impressions WHERE replay_count > 0
ORDER BY 1, 2
"""
