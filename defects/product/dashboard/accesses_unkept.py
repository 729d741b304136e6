"""Accesses are not kept."""

from __future__ import annotations

from typing import Any

from defects.base import ServerDefect, Switch, Trial
from defects.overrides.dashboard import WRITE, Write
from servers.ingest.admin.access import AdminPart
from servers.ingest.admin.audit import ADMITTED, Audit


async def write(
    switch: Switch,
    original: Write,
    audit: Audit,
    actor: str | None,
    part: AdminPart,
    outcome: str,
    **more: Any,
) -> None:
    """Keep refusals alone."""
    if outcome != ADMITTED or not switch.reached():
        await original(audit, actor, part, outcome, **more)


DEFECT = ServerDefect(
    about="Who was let in is not kept in the log of accesses.",
    expected={"accesses_kept"},
    trials=[Trial("dashboard_access", improvement="admin")],
    overrides={WRITE: write},
)
