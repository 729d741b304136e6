"""One way to speak to SQLite and PostgreSQL: what the index asks, both of them understand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg

from harness.core.environment import caller_environment
from harness.core.errors import HarnessError
from harness.target.database import complete, shown
from harness.target.session import opened

BUSY_TIMEOUT_S = 30
Row = Sequence[Any]


class Sql(Protocol):
    """A database; ``?`` stands for a value in every statement. All may raise HarnessError."""

    def rows(self, statement: str, values: Row = ()) -> list[Any]:
        """Run a statement and return its rows, none for one that yields none."""

    def many(self, statement: str, rows: Iterable[Row]) -> None:
        """Run a statement once for each of the rows."""

    def has_table(self, name: str) -> bool:
        """Return whether there is a table of this name."""

    def transaction(self) -> AbstractContextManager[None]:
        """Return a context that is one transaction, the only writer's."""


class SqliteSql:
    """A SQLite database in a file, in one transaction at a time.

    It keeps a rollback journal: a write-ahead log is damaged on network file systems, and the file
    itself would carry that mode along.
    """

    def __init__(self, path: str) -> None:
        """Open it, ``:memory:`` for one that nothing is left of. Raises HarnessError."""
        self._path = path
        with self._named():
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = DELETE")
            # It can be made again: what a power failure leaves of it is found by its first reader.
            self._connection.execute("PRAGMA synchronous = OFF")

    def rows(self, statement: str, values: Row = ()) -> list[Any]:
        with self._named():
            return self._connection.execute(statement, values).fetchall()

    def many(self, statement: str, rows: Iterable[Row]) -> None:
        with self._named():
            self._connection.executemany(statement, rows)

    def has_table(self, name: str) -> bool:
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.rows("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self.rows("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            # A mistake of ours, such as values that fit no statement, has no name of SQLite's.
            _, _, name = str(getattr(error, "sqlite_errorname", "")).partition("_")
            kind = _KINDS.get(name.partition("_")[0], HarnessError)
            raise kind(f"the index {self._path}: {error}") from error


class IndexDamaged(HarnessError):
    """The file holds no index, or half of one: it can be made again."""


class IndexUnwritable(HarnessError):
    """The file cannot be written here."""


_KINDS: Mapping[str, type[HarnessError]] = {
    "NOTADB": IndexDamaged,
    "CORRUPT": IndexDamaged,
    "READONLY": IndexUnwritable,
    "CANTOPEN": IndexUnwritable,
    "IOERR": IndexUnwritable,
    "FULL": IndexUnwritable,
}
"""The second word of SQLite's name for an error → what it means; anything else is nothing of ours:
another process holds the index, say."""


class PostgresSql:
    """A PostgreSQL, in one transaction at a time."""

    def __init__(self, connection: psycopg.Connection[Any], place: str) -> None:
        """``place`` is what errors call it."""
        self._connection, self.place = connection, place

    def rows(self, statement: str, values: Row = ()) -> list[Any]:
        with self._named():
            cursor = self._connection.execute(_marked(statement), values)
            return cursor.fetchall() if cursor.description else []

    def many(self, statement: str, rows: Iterable[Row]) -> None:
        with self._named(), self._connection.cursor() as cursor:
            cursor.executemany(_marked(statement), rows)

    def has_table(self, name: str) -> bool:
        [[found]] = self.rows("SELECT to_regclass(?) IS NOT NULL", (name,))
        return bool(found)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._named(), self._connection.transaction():
            # Two that write the same suite would wait for each other's rows in any order.
            self._connection.execute("SELECT pg_advisory_xact_lock(7165082)")
            yield

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            reason = error.diag.message_primary or " ".join(str(error).split())
            raise HarnessError(f"the history {self.place}: {reason}") from None


@contextmanager
def sqlite_file(path: Path | None) -> Iterator[SqliteSql]:
    """Open a SQLite file, or a database in memory, and close it. Raises IndexDamaged."""
    with closing(SqliteSql(str(path) if path else ":memory:")) as found:
        yield found


@contextmanager
def postgres(url: str) -> Iterator[PostgresSql]:
    """Connect to a PostgreSQL; what the URL leaves out comes from libpq's variables.

    Raises HarnessError, UsageError for a URL that cannot be read; neither repeats a password.
    """
    conninfo = complete(url, caller_environment())
    with opened(conninfo, "open the history", name="harness history") as connection:
        yield PostgresSql(connection, shown(conninfo))


def _marked(statement: str) -> bytes:
    """Return a statement with psycopg's marks; none of ours holds a question mark or percent."""
    return statement.replace("?", "%s").encode()
