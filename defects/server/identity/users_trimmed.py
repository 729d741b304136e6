"""The server trims spaces around users."""

from __future__ import annotations

from defects.base import USERS, ServerDefect
from defects.overrides.values import users_changed


def changed(user: str) -> str:
    """Return a user without the spaces around it."""
    return user.strip() or user


DEFECT = ServerDefect(
    about="Users who differ by a space at an end become one.",
    expected={"lost_acked", "phantom", "nothing_lost", "nothing_unshown", "nothing_for_another"},
    trials=[USERS],
    overrides=users_changed(changed),
)
