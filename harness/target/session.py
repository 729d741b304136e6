"""Sessions with databases: nothing is prepared; with the target's, no setting of its role holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from harness.core.errors import HarnessError
from harness.target.database import shown

CONNECT_TIMEOUT_S = 5
APPLICATION = "impression harness"
"""What the target's database knows the harness's own sessions by."""

_SETTINGS = (
    "SET statement_timeout TO 0; SET lock_timeout TO 0; SET client_encoding TO UTF8; "
    "SET datestyle TO ISO; SET timezone TO UTC; SET default_transaction_read_only TO off"
)
_NO_LIMIT = "-c statement_timeout=0"
_NO_OPTIONS = "unsupported startup parameter"
"""What PgBouncer answers to a session that begins with options."""


async def connected(dsn: str, *, autocommit: bool = True) -> psycopg.AsyncConnection:
    """Return a connection to the database. Raises psycopg.Error, and HarnessError for an empty
    connection string: libpq would take that for whatever database this machine has.

    A prepared statement is found again by its name: behind a pooler that may be another client's.
    """
    if not dsn:
        raise HarnessError("the target has no database that the harness may connect to")
    connection = await _begun(dsn)
    try:
        await connection.execute(_SETTINGS)
        await connection.set_autocommit(autocommit)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _begun(dsn: str) -> psycopg.AsyncConnection:
    """Return a connection no statement of which its role's own time limit can end.

    A limit of a millisecond would end the very statement that lifts it, so the session begins
    without one; a pooler that takes no options is connected to as it is.
    """
    options = conninfo_to_dict(dsn).get("options") or ""
    for conninfo in (make_conninfo(dsn, options=f"{options} {_NO_LIMIT}".strip()), dsn):
        try:
            return await psycopg.AsyncConnection.connect(
                conninfo,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_S,
                prepare_threshold=None,
                application_name=APPLICATION,
            )
        except psycopg.OperationalError as error:
            if conninfo == dsn or _NO_OPTIONS not in str(error):
                raise
    raise AssertionError("the last of two connections is returned or raises")


@contextmanager
def opened(conninfo: str, purpose: str, *, name: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect to a database for the block's time, with every statement a transaction of its own.

    ``purpose`` ends the sentence "cannot …" of the HarnessError where that fails; ``name`` is what
    the database knows the connection by. The error repeats no password.
    """
    try:
        connection = psycopg.connect(
            conninfo,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
            prepare_threshold=None,
            application_name=name,
        )
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise HarnessError(
            f"cannot {purpose} {shown(conninfo)}: {reason}",
            hint="A password goes into PGPASSWORD or a passfile",
        ) from None
    with closing(connection):
        yield connection
