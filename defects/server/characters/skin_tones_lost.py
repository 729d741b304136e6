"""The server takes skin tones off emoji."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id without skin tones."""
    return "".join(c for c in artwork if not 0x1F3FB <= ord(c) <= 0x1F3FF)


DEFECT = ServerDefect(
    about="Emoji that differ by the tone of their skin become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
