"""The unique index is over users and times."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect
from defects.overrides.table import unique_over

DEFECT = ServerDefect(
    about="Of what arrives in one batch only one impression is stored.",
    expected={"lost_acked", "unique_index_holds"},
    trials=[VISIT],
    smoke=True,
    overrides=unique_over("user_id, viewed_at"),
)
