"""The log of accesses: whole for admins, bounded for those who are turned away."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from servers.ingest.admin.access import AdminPart
from servers.ingest.admin.audit import ADMITTED, REFUSALS_MAX, Audit

pytestmark = pytest.mark.asyncio


class Kept:
    """What would be stored."""

    def __init__(self) -> None:
        self.rows: list[tuple[object, ...]] = []
        self.is_away = False
        self.now_s = 0.0

    async def ask(self, query: str, parameters: tuple[object, ...]) -> list[TupleRow]:
        if self.is_away:
            raise psycopg.OperationalError("away")
        self.rows.append(parameters)
        return []

    def audit(self) -> Audit:
        return Audit(self.ask, b"key", lambda: self.now_s)


async def test_who_was_looked_at_is_no_name() -> None:
    kept = Kept()
    audit = kept.audit()
    await audit.write("boss", AdminPart.TIMELINE, ADMITTED, about="ann", origin="http://site")
    ((actor, part, outcome, about, origin, omitted),) = kept.rows
    assert (actor, part, outcome, origin, omitted) == (
        "boss",
        "timeline",
        "admitted",
        "http://site",
        0,
    )
    assert about == audit.digest("ann") != audit.digest("bob")
    assert "ann" not in str(about)
    assert about != Audit(kept.ask, b"another").digest("ann")


async def test_refusals_beyond_the_bound_are_counted_and_admins_are_kept_all_the_same() -> None:
    kept = Kept()
    audit = kept.audit()
    for _ in range(REFUSALS_MAX + 7):
        await audit.write(None, AdminPart.PAGE, "not_signed_in")
    await audit.write("boss", AdminPart.PAGE, ADMITTED)
    assert len(kept.rows) == REFUSALS_MAX + 1
    assert kept.rows[-1][-1] == 7
    kept.now_s = 60.0
    await audit.write(None, AdminPart.PAGE, "not_signed_in", origin="x" * 1000)
    last: Any = kept.rows[-1]
    assert (last[-1], len(last[-2])) == (0, 200)


async def test_what_cannot_be_kept_is_raised_and_the_count_stays() -> None:
    kept = Kept()
    audit = kept.audit()
    for _ in range(REFUSALS_MAX + 1):
        await audit.write(None, AdminPart.PAGE, "not_signed_in")
    kept.is_away = True
    with pytest.raises(psycopg.OperationalError):
        await audit.write("boss", AdminPart.PAGE, ADMITTED)
    kept.is_away = False
    await audit.write("boss", AdminPart.PAGE, ADMITTED)
    assert kept.rows[-1][-1] == 1
