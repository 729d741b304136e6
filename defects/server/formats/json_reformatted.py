"""The server parses ids that look like JSON and writes them anew."""

from __future__ import annotations

import json

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id as JSON would be written, or as it is."""
    try:
        value = json.loads(artwork)
    except ValueError:
        return artwork
    return value if isinstance(value, str) else json.dumps(value)


DEFECT = ServerDefect(
    about="Ids that are JSON become what a parser makes of them.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
