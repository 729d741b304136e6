"""The server stores what follows the last slash of an id."""

from __future__ import annotations

from defects.base import ServerDefect, Trial
from defects.overrides.values import ids_changed


def changed(artwork: str) -> str:
    """Return the last part of a path."""
    return artwork.rpartition("/")[2] or artwork


DEFECT = ServerDefect(
    about="Ids that hold a slash become their last part.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown"},
    trials=[Trial("first_visit", seed=9, browser="chromium")],
    overrides=ids_changed(changed),
)
