"""A job deletes the oldest row twice a second."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect
from defects.overrides.table import with_job

DELETE = """
DELETE FROM user_art_impressions
WHERE id = (SELECT id FROM user_art_impressions ORDER BY viewed_at, id LIMIT 1)
"""

DEFECT = ServerDefect(
    about="A cleaning job deletes rows that are still needed.",
    expected={"vanished", "own_row_kept"},  # the harness's own row is the oldest
    trials=[VISIT],
    smoke=True,
    overrides=with_job(DELETE),
)
