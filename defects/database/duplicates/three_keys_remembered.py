"""The server knows the last three impressions."""

from __future__ import annotations

from defects.base import ServerDefect, Trial
from defects.overrides.table import Memory, remembering

KEPT = 3


def forget(memory: Memory, now_s: float) -> None:
    """Forget all but the last ``KEPT``."""
    for key in list(memory)[:-KEPT]:
        del memory[key]


DEFECT = ServerDefect(
    about="A repetition of anything but the last three impressions is stored again.",
    expected={"duplicate_stored", "nothing_twice", "roadmap_sql", "unique_index_holds"},
    trials=[Trial("ack_lost", browser="chromium")],
    overrides=remembering(forget),
)
