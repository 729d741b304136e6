"""The server stores one space where an id has two."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id with single spaces."""
    return " ".join(artwork.split()) or artwork


DEFECT = ServerDefect(
    about="Ids that differ by the number of their inner spaces become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
