"""The server takes a backslash for an escape of what follows."""

from __future__ import annotations

import re

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id without its escapes."""
    return re.sub(r"\\(.?)", r"\1", artwork) or artwork


DEFECT = ServerDefect(
    about="Ids that differ by a backslash become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
