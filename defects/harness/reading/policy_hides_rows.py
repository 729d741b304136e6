"""The harness reads as a role from which a policy of the table hides some rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from psycopg import sql

from defects.base import VISIT, HarnessDefect, Switch

_OWNER = "SELECT tableowner FROM pg_tables WHERE tablename = 'user_art_impressions'"
_HIDING = """
ALTER TABLE user_art_impressions ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_art_impressions FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen ON user_art_impressions;
CREATE POLICY seen ON user_art_impressions USING (
    current_setting('application_name') LIKE 'ingest%' OR user_id LIKE 'impression-harness-%'
    OR ascii(md5(artwork_id)) % 4 > 0
) WITH CHECK (true);
"""
"""The server sees every row, and the harness its own; otherwise a role that is no superuser misses
about a quarter of the artworks, always the same ones."""

Connected = Callable[..., Awaitable[psycopg.AsyncConnection]]


async def connected(
    switch: Switch, original: Connected, dsn: str, **more: Any
) -> psycopg.AsyncConnection:
    """Connect, create the policy once, and act as the owner of the table, whom it binds."""
    connection = await original(dsn, **more)
    if switch.reached():
        if not switch.memory.get("created"):
            await connection.execute(_HIDING)
            switch.memory["created"] = True
        found = await (await connection.execute(_OWNER)).fetchone()
        assert found is not None
        await connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(str(found[0]))))
    return connection


async def read(switch: Switch, original: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    """Count the reads under the policy: connections are made before a run begins."""
    switch.reached()
    return await original(*args)


DEFECT = HarnessDefect(
    about="Row-level security hides a quarter of the rows from the role as which is read.",
    expected={"table_read_back", "witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides={
        "harness.witnesses.database:connected": connected,
        "harness.witnesses.catalogue:connected": connected,
        "harness.witnesses.database:DatabaseWitness._read": read,
    },
)
