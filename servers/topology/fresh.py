"""A fresh database in somebody's PostgreSQL: made, set up for us, tried before a run needs it."""

from __future__ import annotations

import contextlib
import re
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

CONNECT_TIMEOUT_S = 15
CONNECTIONS = 12
"""How many connections a run has at once: the server's seven, and those of the witnesses."""

SETTINGS = {
    "statement_timeout": "0",
    "client_encoding": "UTF8",
    "datestyle": "ISO, MDY",
    "default_transaction_read_only": "off",
    "lock_timeout": "0",
    "search_path": "public",
    "timezone": "UTC",
}
"""What a role may have set otherwise for itself. Durability is not among them: it is observed."""

_TRIAL = (
    "CREATE TABLE impressions_trial (at timestamptz NOT NULL DEFAULT now())",
    "INSERT INTO impressions_trial DEFAULT VALUES",
    "DROP TABLE impressions_trial",
)
_NO_LIMIT = "-c statement_timeout=0"
_NO_OPTIONS = "unsupported startup parameter"
"""What PgBouncer answers to a session that begins with options."""
_POOLER_HINT = (
    "Name PostgreSQL itself instead of the pooler, or set pool_mode = session for this user"
)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a PostgreSQL cannot be used, in one line, and what its owner can do about it."""

    reason: str
    hint: str


@contextmanager
def session(url: str) -> Iterator[psycopg.Connection]:
    """Yield a connection that prepares nothing and is free of its role's own settings.

    Raises psycopg.Error.
    """
    with _connected(url) as connection:
        for name, value in SETTINGS.items():
            connection.execute(sql.SQL("SET {} TO {}").format(sql.Identifier(name), value))
        yield connection


def _connected(url: str) -> psycopg.Connection:
    """Return a connection no statement of which its role's own time limit can end.

    A limit of a millisecond would end the very statement that lifts it, so the session begins
    without one; a pooler that takes no options is connected to as it is.
    """
    options = conninfo_to_dict(url).get("options") or ""
    for conninfo in (make_conninfo(url, options=f"{options} {_NO_LIMIT}".strip()), url):
        try:
            return psycopg.connect(
                conninfo, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, prepare_threshold=None
            )
        except psycopg.OperationalError as error:
            if conninfo == url or _NO_OPTIONS not in str(error):
                raise
    raise AssertionError("the last of two connections is returned or raises")


def make_database(connection: psycopg.Connection, name: str, *, owner: str = "") -> None:
    """Make a database; without ``owner`` it is this role's, whose sessions there are set up."""
    create = "CREATE DATABASE {} OWNER {}" if owner else "CREATE DATABASE {}"
    connection.execute(sql.SQL(create).format(*map(sql.Identifier, (name, owner))))
    if owner:
        return
    for setting, value in SETTINGS.items():
        alter = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET {} TO {}")
        connection.execute(alter.format(sql.Identifier(name), sql.Identifier(setting), value))


def drop_database(connection: psycopg.Connection, name: str) -> None:
    """Drop a database, and end whatever is connected to it."""
    connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def on_database(connection: psycopg.Connection, statement: str, name: str) -> None:
    """Execute a statement in which ``{}`` is the name of a database."""
    connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def mark_as_ours(connection: psycopg.Connection, name: str, tag: str) -> None:
    """Note in a database's comment that it is an owner's of processes, who has this tag."""
    on_database(connection, f"COMMENT ON DATABASE {{}} IS '{owner_mark(tag)}'", name)


def drop_orphans(connection: psycopg.Connection, is_orphan: Callable[[str], bool]) -> None:
    """Drop the databases that a killed harness of this host left in a PostgreSQL not ours;
    ``is_orphan`` says whether the owner with a tag is dead."""
    query = "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
    for name, comment in connection.execute(query).fetchall():
        owner = str(comment or "").rpartition(":")[2]
        ours = name.startswith("impressions_") and comment == owner_mark(owner)
        if ours and is_orphan(owner):
            drop_database(connection, name)


def with_database(url: str, name: str) -> str:
    """Return a connection string of another database of the same PostgreSQL."""
    return make_conninfo(url, dbname=name)


def obstacle(url: str) -> Obstacle | None:
    """Return what keeps a run from using a PostgreSQL, None when nothing does.

    A database is made there, used as a run uses it, and dropped.
    """
    name = f"impressions_{secrets.token_hex(6)}"
    user = "this role"
    try:
        with session(url) as connection:
            user = connection.info.user
            if pooled := _pooled(url, connection):
                return pooled
            make_database(connection, name)
            try:
                return _tried(make_conninfo(url, dbname=name))
            finally:
                drop_database(connection, name)
    except errors.InsufficientPrivilege:
        role = sql.Identifier(user).as_string()
        reason = f"the role {role} may not create a database, and each run needs one of its own"
        return Obstacle(reason, f"As a superuser: ALTER ROLE {role} CREATEDB")
    except errors.ReadOnlySqlTransaction:
        return Obstacle("it is a standby: nothing can be written", "Name the primary server")
    except psycopg.Error as error:
        hint = "Is it up, and is the URL right? Without --database the harness starts its own"
        return Obstacle(_line(error), hint)


def owner_mark(tag: str) -> str:
    """Return the comment by which a database is known as ours while we live."""
    host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())
    return f"impression-harness@{host}:{tag}"


def _tried(url: str) -> Obstacle | None:
    try:
        with ExitStack() as opened:
            for _ in range(CONNECTIONS - 1):
                connection = opened.enter_context(session(url))
            for statement in _TRIAL:
                connection.execute(statement.encode())
    except errors.InsufficientPrivilege as error:
        hint = "In template1, as a superuser: GRANT CREATE ON SCHEMA public TO PUBLIC"
        return Obstacle(f"no table can be made in a fresh database: {_line(error)}", hint)
    except psycopg.OperationalError as error:
        hint = (
            f"A run makes a database and opens {CONNECTIONS} connections: raise the limit of the "
            "role, of max_connections or of the pooler; a pooler needs an entry for every database"
        )
        return Obstacle(f"a fresh database cannot be used: {_line(error)}", hint)
    return None


def _pooled(url: str, connection: psycopg.Connection) -> Obstacle | None:
    """Return that a pooler gives each transaction another session, where one does.

    It lends a session from the beginning of a transaction to its end: of two clients the second
    gets the session that the first has just had, and the first another one. Neither prepared
    statements nor settings are there the next time, and a name may be another client's statement.
    """
    mine = _session_of(connection)
    with session(url) as other, other.transaction():
        theirs = _session_of(other)
        again = _session_of(connection)
    if mine == again != theirs:
        return None
    return Obstacle(
        "a connection does not keep its session, so a pooler in transaction mode stands before it: "
        "the server's prepared statements and settings would be lost, or another client's",
        _POOLER_HINT,
    )


def _session_of(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0


def _line(error: psycopg.Error) -> str:
    with contextlib.suppress(AttributeError):
        if error.diag.message_primary:
            return " ".join(error.diag.message_primary.split())
    return " ".join(str(error).split()) or type(error).__name__
