"""The server decodes ids as if they were parts of a URL."""

from __future__ import annotations

from urllib.parse import unquote

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id without percent escapes."""
    return unquote(artwork)


DEFECT = ServerDefect(
    about="Ids that differ by a percent sign and what follows become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
