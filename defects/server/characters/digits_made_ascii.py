"""The server writes digits of any script in ASCII."""

from __future__ import annotations

import unicodedata

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id with the digits 0 to 9."""
    return "".join(str(unicodedata.digit(letter, letter)) for letter in artwork)


DEFECT = ServerDefect(
    about="Ids that differ by the script of their digits become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
