"""Artworks that are added do not enter the pool's counts."""

from __future__ import annotations

from defects.base import ServerDefect
from defects.overrides.monitoring import caused, counts_changed

DEFECT = ServerDefect(
    about="Artworks that are added are not counted as part of the pool.",
    expected={"alert_fired", "alert_notified"},
    trials=[caused("PoolExhausted")],
    overrides=counts_changed("DROP TRIGGER IF EXISTS count_added ON art_sessions"),
)
