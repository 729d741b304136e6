"""The server trims spaces around ids."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id without the spaces around it."""
    return artwork.strip() or artwork


DEFECT = ServerDefect(
    about="Ids that differ by a space at an end become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
