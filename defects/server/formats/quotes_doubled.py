"""The server escapes quotes that its driver escapes too."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id as an SQL literal would hold it."""
    return artwork.replace("'", "''").replace("\\", "\\\\")


DEFECT = ServerDefect(
    about="Ids with a quote or a backslash are stored with two.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
