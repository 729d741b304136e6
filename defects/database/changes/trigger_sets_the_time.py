"""A trigger sets the time of an impression to that of the year before."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect
from defects.overrides.table import with_trigger

DEFECT = ServerDefect(
    about="A trigger changes the time of what is stored.",
    expected={"corrupt", "nothing_corrupt"},
    trials=[VISIT],
    overrides=with_trigger("new.viewed_at := new.viewed_at - interval '1 year'; RETURN new;"),
)
