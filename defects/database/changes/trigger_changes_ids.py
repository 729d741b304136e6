"""A trigger writes ids in upper case."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect
from defects.overrides.table import with_trigger

DEFECT = ServerDefect(
    about="A trigger changes what is stored.",
    expected={"phantom", "lost_acked"},
    trials=[VISIT],
    overrides=with_trigger("new.artwork_id := upper(new.artwork_id); RETURN new;"),
)
