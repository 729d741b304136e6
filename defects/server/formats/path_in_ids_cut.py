"""The server stores what follows the last slash of an id."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return the last part of a path."""
    return artwork.rpartition("/")[2] or artwork


DEFECT = ServerDefect(
    about="Ids that hold a slash become their last part.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
