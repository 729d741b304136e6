"""The server knows a repetition for ten seconds."""

from __future__ import annotations

from defects.base import ServerDefect, Trial
from defects.overrides.table import Memory, remembering

KEPT_S = 10.0


def forget(memory: Memory, now_s: float) -> None:
    """Forget what is older than ``KEPT_S``."""
    for key in [key for key, at_s in memory.items() if now_s - at_s > KEPT_S]:
        del memory[key]


DEFECT = ServerDefect(
    about="A repetition that comes later than ten seconds is stored again.",
    expected={"duplicate_stored", "nothing_twice", "roadmap_sql"},
    trials=[Trial("late_repeat", browser="chromium", preset="durable", first="stored")],
    overrides=remembering(forget),
)
