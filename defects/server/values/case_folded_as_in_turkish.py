"""The server writes ids in lower case as in Turkish."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed

TURKISH = str.maketrans({"I": "\u0131", "\u0130": "i"})


def changed(artwork: str) -> str:
    """Return an id with the letters I in lower case, as Turkish has them."""
    return artwork.translate(TURKISH)


DEFECT = ServerDefect(
    about="Ids that differ by the case of a Turkish letter become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
