"""The server stores ids in a list, with commas between."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id up to its first comma."""
    return artwork.partition(",")[0] or artwork


DEFECT = ServerDefect(
    about="An id ends at its first comma.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
