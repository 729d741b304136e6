"""A trigger drops every fifth row or so without an error."""

from __future__ import annotations

from defects.base import VISIT, ServerDefect
from defects.overrides.table import with_trigger

BODY = """
IF hashtext(new.artwork_id) % 5 = 0 AND new.user_id NOT LIKE 'impression-harness%' THEN
    RETURN null;
END IF;
RETURN new;
"""

DEFECT = ServerDefect(
    about="A trigger drops one row in five.",
    expected={"lost_acked", "absorbed_explained"},
    trials=[VISIT],
    overrides=with_trigger(BODY),
)
