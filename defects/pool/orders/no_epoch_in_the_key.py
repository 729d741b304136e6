"""A job is made once for a user and a level, in whatever epoch of the pool."""

from __future__ import annotations

from defects.base import ServerDefect
from defects.overrides.orders import pool_trial, with_order

DEFECT = ServerDefect(
    about="A user who crosses a level again, after the pool has grown, has no job for it.",
    expected={"jobs_once_per_crossing"},
    trials=[pool_trial()],
    overrides=with_order(
        "ON CONFLICT (user_id, level, epoch)",
        "ON CONFLICT (user_id, level) WHERE level <> 'pace'",
        "CREATE UNIQUE INDEX jobs_once ON pool_jobs (user_id, level) WHERE level <> 'pace'",
    ),
)
