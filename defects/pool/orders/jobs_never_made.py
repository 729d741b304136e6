"""No statement orders new artworks: the feature is off."""

from __future__ import annotations

from defects.base import ServerDefect
from defects.overrides.orders import pool_trial, without_trigger

DEFECT = ServerDefect(
    about="No job for new artworks is ever made.",
    expected={"no_viewer_ran_out", "jobs_once_per_crossing"},
    trials=[pool_trial()],
    overrides=without_trigger(),
)
