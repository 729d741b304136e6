"""The server stores users in lower case."""

from __future__ import annotations

from defects.base import USERS, ServerDefect
from defects.overrides.values import users_changed


def changed(user: str) -> str:
    """Return a user without its case."""
    return user.lower()


DEFECT = ServerDefect(
    about="Users who differ by case alone become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown", "nothing_for_another"},
    trials=[USERS],
    overrides=users_changed(changed),
)
