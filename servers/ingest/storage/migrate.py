"""Brings the schema up to date, once, however many servers start together."""

from __future__ import annotations

import re
from importlib import resources

import psycopg

_LOCK = 0x696D7072  # any constant will do; "impr"
_NEEDS = {"predictive_pool": ("rollups",), "admin": ("rollups",)}
_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())
"""


def improvements() -> list[str]:
    """Return the names of the optional migrations."""
    return sorted(name.removeprefix("improvement_") for name in _files("improvement_"))


async def migrate(connection: psycopg.AsyncConnection, wanted: tuple[str, ...] = ()) -> list[str]:
    """Apply what is missing in one transaction and return the names; all or nothing.

    ``wanted`` names optional improvements; what one of them needs comes with it. Raise ValueError
    for a name that does not exist.
    """
    unknown = set(wanted) - set(improvements())
    if unknown:
        raise ValueError(f"no such improvement: {', '.join(sorted(unknown))}")
    needed = dict.fromkeys(name for one in wanted for name in (*_NEEDS.get(one, ()), one))
    names = _files(r"\d{4}_") + [f"improvement_{name}" for name in needed]
    async with connection.transaction():
        # Held until the end of the transaction: the second server waits, then finds it all done.
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        await connection.execute(_LEDGER)
        rows = await (await connection.execute("SELECT name FROM schema_migrations")).fetchall()
        done = {row[0] for row in rows}
        missing = [name for name in names if name not in done]
        for name in missing:
            await connection.execute(_sql(name).encode())
            await connection.execute("INSERT INTO schema_migrations (name) VALUES (%s)", (name,))
    return missing


async def seed_pool(connection: psycopg.AsyncConnection, artworks: int) -> None:
    """Make sure that artwork-0001 … artwork-``artworks`` exist; others stay as they are."""
    await connection.execute(
        """
        INSERT INTO art_sessions (id, title, pool_status)
        SELECT 'artwork-' || lpad(n::text, greatest(4, length(n::text)), '0'), 'Artwork ' || n,
               'active'
        FROM generate_series(1, %s) AS n
        ON CONFLICT (id) DO NOTHING
        """,
        (artworks,),
    )


def _files(pattern: str) -> list[str]:
    folder = resources.files("servers.ingest.storage.migrations")
    names = (item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return sorted(name.removesuffix(".sql") for name in names if re.match(pattern, name))


def _sql(name: str) -> str:
    return (resources.files("servers.ingest.storage.migrations") / f"{name}.sql").read_text()
