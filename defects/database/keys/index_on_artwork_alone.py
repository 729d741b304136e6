"""The unique index has one column: who saw it does not matter."""

from __future__ import annotations

from defects.base import LOAD, ServerDefect
from defects.overrides.table import unique_over

DEFECT = ServerDefect(
    about="Of everyone who sees an artwork only the first is stored.",
    expected={"lost_acked", "unique_index_holds"},
    trials=[LOAD],
    overrides=unique_over("artwork_id"),
)
