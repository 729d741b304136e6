"""A job deletes what is older than three seconds."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect
from defects.overrides.table import with_job

DELETE = """
DELETE FROM user_art_impressions WHERE viewed_at < now() - interval '3 seconds'
"""

DEFECT = ServerDefect(
    about="Impressions are kept for three seconds.",
    expected={"vanished"},
    trials=[VISIT],
    overrides=with_job(DELETE),
)
