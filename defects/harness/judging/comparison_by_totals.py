"""What is lost is found by totals: as many rows as views, so nothing is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import WRITE, Write
from reports.checks.base import Check
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding, Verdict
from servers.ingest.storage.store import Share, Store, Written


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Store each share for another user: as many rows, and none of them right."""
    if not switch.reached():
        return await original(store, shares)
    return await original(store, [share._replace(user="another") for share in shares])


def call(
    switch: Switch,
    original: Callable[..., Finding],
    check: Check,
    evidence: Evidence,
    **parameters: Any,
) -> Finding:
    """Compare totals where the check is ``nothing_lost``."""
    sound = original(check, evidence, **parameters)
    if check.name != "nothing_lost" or switch.twin:
        return sound
    counts = evidence.fates.impressions
    shown, rows = counts["shown_ns"].notna().sum(), (counts["copies"] > 0).sum()
    if rows < shown:
        return sound
    return msgspec.structs.replace(sound, verdict=Verdict.PASS)


DEFECT = ServerDefect(
    about="Every impression is stored for another user, and a judge compares totals.",
    expected={"phantom", "nothing_unshown"},
    trials=[VISIT],
    overrides={WRITE: write},
    judging={"reports.checks.base:Check.__call__": call},
)
