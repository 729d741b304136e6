"""The server stores the last 255 characters of an id."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed

LONGEST = 255


def changed(artwork: str) -> str:
    """Return the end of an id."""
    return artwork[-LONGEST:]


DEFECT = ServerDefect(
    about="Ids that differ before their last 255 characters become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
