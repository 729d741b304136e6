"""The server unescapes ids as if they were HTML."""

from __future__ import annotations

import html

from defects.base import LOOK_ALIKES, ServerDefect
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return an id without escapes."""
    return html.unescape(artwork)


DEFECT = ServerDefect(
    about="Ids that differ by an escape of HTML become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[LOOK_ALIKES],
    overrides=ids_changed(changed),
)
