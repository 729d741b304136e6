"""The server writes typographic signs as a typewriter has them."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed

PLAIN = str.maketrans({"\u2019": "'", "\u201d": '"', "\u2013": "-", "\u2026": "..."})


def changed(artwork: str) -> str:
    """Return an id with plain quotes, hyphens and dots."""
    return artwork.translate(PLAIN)


DEFECT = ServerDefect(
    about="Ids that differ by a typographic sign become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
