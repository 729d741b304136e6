"""The server takes marks of the direction of writing out of ids."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed

MARKS = str.maketrans("", "", "\u200e\u200f\u202e\u2066\u2069")


def changed(artwork: str) -> str:
    """Return an id without marks of direction."""
    return artwork.translate(MARKS) or artwork


DEFECT = ServerDefect(
    about="Ids that differ by a mark of direction become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
