"""The server stores ids that look like UUIDs as UUIDs."""

from __future__ import annotations

import uuid

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id as a UUID would be written, or as it is."""
    try:
        return str(uuid.UUID(artwork))
    except ValueError:
        return artwork


DEFECT = ServerDefect(
    about="Two ways to write a UUID become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
