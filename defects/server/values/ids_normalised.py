"""The server stores ids in Unicode normal form C."""

from __future__ import annotations

import unicodedata

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id in normal form C."""
    return unicodedata.normalize("NFC", artwork)


DEFECT = ServerDefect(
    about="Ids that look alike and are written differently become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
