"""The server takes ids that are whole numbers for doubles."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id as a double would be written, or as it is."""
    return str(int(float(artwork))) if artwork.isdecimal() and artwork[0] != "0" else artwork


DEFECT = ServerDefect(
    about="Whole numbers above 2**53 that are neighbours become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
