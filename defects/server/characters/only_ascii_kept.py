"""The server leaves out of ids what is not ASCII."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id without characters beyond ASCII."""
    return artwork.encode("ascii", "ignore").decode() or artwork


DEFECT = ServerDefect(
    about="Ids that differ by a character beyond ASCII become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
