"""The server stores ids in Latin-1."""

from __future__ import annotations

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id with question marks for what Latin-1 does not have."""
    return artwork.encode("latin-1", "replace").decode("latin-1")


DEFECT = ServerDefect(
    about="Characters that Latin-1 does not have become question marks.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
