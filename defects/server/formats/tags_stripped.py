"""The server takes what looks like a tag of HTML out of ids."""

from __future__ import annotations

import re

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id without tags."""
    return re.sub(r"<[^>]*>", "", artwork) or artwork


DEFECT = ServerDefect(
    about="Ids that differ by a tag become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
