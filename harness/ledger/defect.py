"""The level of the factor ``defect`` in an arm: which defect was put into what is tried.

``ID`` is the defect; ``ID.twin`` is its healthy twin, the same path with sound behaviour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.core.errors import UsageError
from harness.ledger.rundir import Arm

FACTOR = "defect"
_TWIN = ".twin"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDefect:
    """A defect by its id, or its healthy twin."""

    id: str
    twin: bool = False

    def __str__(self) -> str:
        return self.id + (_TWIN if self.twin else "")

    @classmethod
    def parse(cls, text: str) -> PlannedDefect:
        """Return what a level means. Raises UsageError for what cannot be the id of a defect."""
        name = text.removesuffix(_TWIN)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise UsageError(
                f"defect={text} names no defect", hint="`harness selftest --list` shows all"
            )
        return cls(id=name, twin=name != text)

    @classmethod
    def of(cls, arm: Arm) -> PlannedDefect | None:
        """Return the defect that an arm has, or None. Raises UsageError for one it cannot mean."""
        return cls.parse(arm[FACTOR]) if FACTOR in arm else None
