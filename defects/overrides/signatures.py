"""Where defects of the server sit, and what is called there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import psycopg
from aiohttp import web

from servers.ingest.batch import Batch
from servers.ingest.combiner import Combiner, Job
from servers.ingest.http.impressions import Impressions, Outcome
from servers.ingest.receipts import Receipt
from servers.ingest.refusal import Refusal
from servers.ingest.storage.store import Pool, Share, Store, Written

Write = Callable[[Store, Sequence[Share]], Awaitable[list[Written]]]
WRITE = "servers.ingest.storage.store:Store.write"
"""One statement for the requests of a group; returns after its COMMIT."""

Prepare = Callable[[Store, Pool], Awaitable[None]]
PREPARE = "servers.ingest.storage.store:Store.prepare"
"""The schema is complete, and no request has been served."""

Tell = Callable[[Refusal | None], None]
Submit = Callable[[Combiner, str, Sequence[str], Receipt, Tell], None]
SUBMIT = "servers.ingest.combiner:Combiner.submit"
"""A request that was understood enters the queue; the last argument hears how it ended."""

StoreGroup = Callable[[Combiner, list[Job]], Awaitable[None]]
STORE_FRESH = "servers.ingest.combiner:Combiner._store_fresh"
"""A group of requests is written; each job has its outcome afterwards."""

Answer = Callable[[Combiner, list[Job]], None]
ANSWER = "servers.ingest.combiner:Combiner._answer"
"""The receipts of a group are written, and its clients answered."""

Understood = Callable[[Impressions, str, bytes, Receipt], Batch]
UNDERSTOOD = "servers.ingest.http.impressions:Impressions._understood"
"""The body of a signed-in user's request becomes a batch; raises Refusal."""

StoreRequest = Callable[[Impressions, web.Request, Receipt], Awaitable[None]]
STORE = "servers.ingest.http.impressions:Impressions._store"
"""A request is admitted, its session known and its batch written; raises Refusal."""

Body = Callable[[Outcome], bytes]
BODY = "servers.ingest.http.impressions:Outcome.body"
"""The JSON of a success."""


def all_new(shares: Sequence[Share]) -> list[Written]:
    """Return what a server says that calls every id new."""
    return [Written(inserted=len(share.artworks), duplicate=0) for share in shares]


async def execute(pool: Pool, *statements: str) -> None:
    """Execute SQL statements, one after the other, each its own transaction."""
    async with pool.connection() as connection:
        for statement in statements:
            await connection.execute(statement.encode())


async def turn_off(pool: Pool, setting: str) -> None:
    """Turn a setting of PostgreSQL off for every connection, where this user may."""
    with suppress(psycopg.errors.InsufficientPrivilege):
        await execute(pool, f"ALTER SYSTEM SET {setting} = off", "SELECT pg_reload_conf()")
