"""A job keeps the newest impression of every user."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect
from defects.overrides.table import with_job

DELETE = """
DELETE FROM user_art_impressions old USING user_art_impressions new
WHERE old.user_id = new.user_id AND old.viewed_at < new.viewed_at
"""

DEFECT = ServerDefect(
    about="Only the newest impression of a user is kept.",
    expected={"vanished"},
    trials=[VISIT],
    overrides=with_job(DELETE),
)
