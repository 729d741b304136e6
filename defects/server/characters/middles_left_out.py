"""The server leaves out the middle of long ids."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed

LONGEST = 203


def changed(artwork: str) -> str:
    """Return the two ends of a long id."""
    return artwork if len(artwork) <= LONGEST else f"{artwork[:100]}...{artwork[-100:]}"


DEFECT = ServerDefect(
    about="Long ids that differ in their middle become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
