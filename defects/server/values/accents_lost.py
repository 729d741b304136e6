"""The server takes accents off letters."""

from __future__ import annotations

import unicodedata

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id without accents."""
    plain = unicodedata.normalize("NFD", artwork)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)) or artwork


DEFECT = ServerDefect(
    about="Ids that differ by an accent become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
