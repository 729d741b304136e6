"""The server knows repetitions as long as it lives, and the table has no index."""

from __future__ import annotations

from defects.base import ServerDefect, Trial
from defects.overrides.table import remembering

DEFECT = ServerDefect(
    about="What was stored before a restart is stored again after it.",
    expected={"duplicate_stored", "nothing_twice", "roadmap_sql", "unique_index_holds"},
    trials=[Trial("server_restart", browser="chromium", how="killed")],
    overrides=remembering(lambda memory, now_s: None),
)
