"""The server takes what follows a replacement character for damage."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id without replacement characters."""
    return artwork.replace("\ufffd", "") or artwork


DEFECT = ServerDefect(
    about="Ids that differ by a replacement character become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
