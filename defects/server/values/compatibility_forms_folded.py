"""The server stores ids in Unicode normal form KC."""

from __future__ import annotations

import unicodedata

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id in its compatibility form."""
    return unicodedata.normalize("NFKC", artwork)


DEFECT = ServerDefect(
    about="Ligatures, full-width letters and their plain forms become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
