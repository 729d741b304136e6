"""A policy of the table hides some rows from whoever reads it and is not the server."""

from __future__ import annotations

from collections.abc import Sequence

from defects.base import VISIT, ServerDefect, Switch
from defects.overrides.signatures import PREPARE, WRITE, Prepare, Write, execute
from servers.ingest.storage.store import Pool, Share, Store, Written

_HIDING = (
    "SET ROLE NONE",
    # Policies do not bind a superuser: sessions that begin from now on act as another role, which
    # may do all that the owner of the table may.
    """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'impressions_reader') THEN
            CREATE ROLE impressions_reader NOLOGIN;
        END IF;
        EXECUTE format('GRANT %I TO impressions_reader', session_user);
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET role = impressions_reader',
                       session_user, current_database());
    END $$
    """,
    "ALTER TABLE user_art_impressions ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE user_art_impressions FORCE ROW LEVEL SECURITY",
    "DROP POLICY IF EXISTS written ON user_art_impressions",
    "DROP POLICY IF EXISTS seen ON user_art_impressions",
    "CREATE POLICY written ON user_art_impressions FOR INSERT WITH CHECK (true)",
    """
    CREATE POLICY seen ON user_art_impressions FOR SELECT USING (
        current_setting('application_name') LIKE 'ingest%'
        OR ascii(md5(artwork_id)) % 4 > 0)
    """,
)
"""Of the artworks about a quarter is hidden, the same ones from every reader."""


async def prepare(switch: Switch, original: Prepare, store: Store, pool: Pool) -> None:
    """Create the policies once the table is there."""
    await original(store, pool)
    if not switch.twin:
        await execute(pool, *_HIDING)


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Count what is written under the policies."""
    switch.reached()
    return await original(store, shares)


DEFECT = ServerDefect(
    about="Row-level security hides a quarter of the rows from the harness, which reads the rest.",
    expected={"table_read_back", "witnesses_whole"},
    verdict="unknown",
    trials=[VISIT],
    overrides={PREPARE: prepare, WRITE: write},
)
