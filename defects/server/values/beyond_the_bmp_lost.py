"""The server stores three bytes a character at most."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id without characters of four bytes."""
    return "".join(c if ord(c) < 0x1_0000 else "?" for c in artwork)


DEFECT = ServerDefect(
    about="Characters beyond the Basic Multilingual Plane become question marks.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
