"""The server stores the first 500 characters of an id."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed

LONGEST = 500


def changed(artwork: str) -> str:
    """Return the beginning of an id."""
    return artwork[:LONGEST]


DEFECT = ServerDefect(
    about="Ids that differ after 500 characters become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
