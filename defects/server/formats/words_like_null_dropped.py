"""The server takes ids such as null for none."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed

NOTHING = frozenset({"null", "undefined", "None", "NaN", "nil"})


def changed(artwork: str) -> str:
    """Return one id for all words for nothing, or an id as it is."""
    return "null" if artwork in NOTHING else artwork


DEFECT = ServerDefect(
    about="Ids that are words for nothing become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
