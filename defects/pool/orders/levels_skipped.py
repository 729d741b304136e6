"""Of several levels that one batch crosses only the highest has a job."""

from __future__ import annotations

from defects.base import ServerDefect
from defects.overrides.orders import pool_trial, with_order

DEFECT = ServerDefect(
    about="A batch that jumps from 80 to 96 % has a job for 95 % alone.",
    expected={"jobs_once_per_crossing"},
    trials=[pool_trial()],
    overrides=with_order(
        "l.percent > m.before AND l.percent <= m.percent", "l.percent = m.percent"
    ),
)
