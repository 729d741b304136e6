"""The server stores the first 64 characters of a user."""

from __future__ import annotations

from defects.base import USERS, ServerDefect
from defects.overrides.values import users_changed

LONGEST = 64


def changed(user: str) -> str:
    """Return the beginning of a user's name."""
    return user[:LONGEST]


DEFECT = ServerDefect(
    about="Users who differ after 64 characters become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown", "nothing_for_another"},
    trials=[USERS],
    overrides=users_changed(changed),
)
