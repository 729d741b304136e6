"""A session with the target's database: it prepares nothing and ignores its role's settings."""

from __future__ import annotations

import psycopg

CONNECT_TIMEOUT_S = 5

_SETTINGS = (
    "SET client_encoding TO UTF8; SET datestyle TO ISO; SET timezone TO UTC; "
    "SET default_transaction_read_only TO off; SET statement_timeout TO 0; SET lock_timeout TO 0"
)


async def connected(dsn: str, *, autocommit: bool = True) -> psycopg.AsyncConnection:
    """Return a connection to the database. Raises psycopg.Error.

    A prepared statement is found again by its name: behind a pooler that may be another client's.
    """
    connection = await psycopg.AsyncConnection.connect(
        dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, prepare_threshold=None
    )
    try:
        await connection.execute(_SETTINGS)
        await connection.set_autocommit(autocommit)
    except BaseException:
        await connection.close()
        raise
    return connection
