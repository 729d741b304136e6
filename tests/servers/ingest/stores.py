"""Stores that behave oddly, so that a test can look between two moments."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from servers.ingest.config import Config
from servers.ingest.monitoring.database import Seen
from servers.ingest.storage.store import Pool, Share, Store, Written


class GatedStore(Store):
    """Writes only while its gate is open; ``arrived`` is set when a write stands before it."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.gate = asyncio.Event()
        self.arrived = asyncio.Event()
        self.groups: list[int] = []

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        self.groups.append(len(shares))
        self.arrived.set()
        await self.gate.wait()
        return await super().write(shares)


class ScriptedStore(Store):
    """Runs ``script`` once the schema is complete."""

    script = ""

    async def prepare(self, pool: Pool) -> None:
        async with pool.connection() as connection:
            await connection.execute(self.script.encode())


class PickyStore(ScriptedStore):
    """Has a constraint that ``poison`` breaks at once."""

    script = "ALTER TABLE user_art_impressions ADD CHECK (artwork_id <> 'poison')"


class LatePickyStore(ScriptedStore):
    """Has a constraint that ``poison`` breaks only at COMMIT, after INSERT succeeded."""

    script = """
    CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF new.artwork_id = 'poison' THEN
            RAISE EXCEPTION 'poison' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER refuse_poison AFTER INSERT ON user_art_impressions
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_poison();
    """


class WaitingStore(ScriptedStore):
    """Every INSERT waits inside the database for advisory lock 7."""

    script = """
    CREATE FUNCTION wait_for_lock() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(7, hashtext(current_schema()));
        RETURN new;
    END $$;
    CREATE TRIGGER wait_for_lock BEFORE INSERT ON user_art_impressions
        FOR EACH STATEMENT EXECUTE FUNCTION wait_for_lock();
    """


class UnluckyStore(Store):
    """Loses every race for locks until ``losses`` are used up."""

    losses = 0
    attempts = 0

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        type(self).attempts += 1
        if self.attempts <= self.losses:
            async with self._writing.connection() as connection:
                await connection.execute(
                    b"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40P01'; END $$"
                )
        return await super().write(shares)


class UnsortedStore(Store):
    """Takes its locks in the order in which the ids were sent."""

    insert_sql = r"""
    WITH new AS (
        INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at)
        SELECT s.u, a, to_timestamp(s.t)
        FROM unnest(string_to_array(%s, E'\x1e'), string_to_array(%s, E'\x1e')::float8[],
                    string_to_array(%s, E'\x1e')) AS s (u, t, joined),
             unnest(string_to_array(s.joined, E'\x1f')) AS a
        ON CONFLICT (user_id, artwork_id) DO NOTHING
        RETURNING user_id, artwork_id
    )
    SELECT user_id, string_agg(artwork_id, E'\x1f') FROM new GROUP BY user_id
    """


class MemoryStore(Store):
    """Keeps rows in memory: for what a request meets before and after the database."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.rows: set[tuple[str, str]] = set()

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def alive(self) -> bool:
        return True

    async def seen(self) -> Seen:
        return Seen()

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        written = []
        for share in shares:
            new = {(share.user, artwork) for artwork in share.artworks} - self.rows
            self.rows |= new
            written.append(Written(len(new), len(share.artworks) - len(new)))
        return written
