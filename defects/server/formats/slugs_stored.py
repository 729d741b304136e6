"""The server makes slugs of ids."""

from __future__ import annotations

import re

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id with hyphens for what is neither a letter nor a digit."""
    return re.sub(r"[\W_]+", "-", artwork).strip("-") or artwork


DEFECT = ServerDefect(
    about="Ids that differ by a punctuation mark become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
