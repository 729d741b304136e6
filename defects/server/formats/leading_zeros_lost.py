"""The server takes ids that look like numbers for numbers."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id as a number would be written."""
    try:
        number = float(artwork)
    except ValueError:
        return artwork
    return str(int(number)) if number.is_integer() else str(number)


DEFECT = ServerDefect(
    about="Ids such as 007 and 7, or 1e5 and 100000, become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
