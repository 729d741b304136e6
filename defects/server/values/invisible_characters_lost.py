"""The server takes characters that are not seen out of ids."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed

INVISIBLE = str.maketrans("", "", "\u200b\u00ad\ufeff\ufe0f\u200d")


def changed(artwork: str) -> str:
    """Return an id without invisible characters."""
    return artwork.translate(INVISIBLE) or artwork


DEFECT = ServerDefect(
    about="Ids that differ by an invisible character become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
