"""Where truth is read from: a SELECT, pages of JSON, or a command that prints.

Each reads only. A source that cannot be read raises HarnessError with the reason, in which no
secret is; what it returns is never taken for "nothing is stored".
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

import psycopg

from harness.core.environment import child_environment
from harness.core.errors import HarnessError
from harness.target.described.form import CommandTable, SqlTable
from harness.target.described.loading import Described
from harness.target.session import CONNECT_TIMEOUT_S
from harness.witnesses.truth.pages import HttpSource
from harness.witnesses.truth.stored import StoredView, bounded

_AT_ONCE = 5_000
_WORDS = 300


class TruthSource(Protocol):
    """Reads everything that is stored."""

    async def read(self) -> list[StoredView]:
        """Return a row for every stored view. Raises HarnessError."""

    async def close(self) -> None:
        """Let go of the connection."""


def source_of(described: Described, *, base_url: str, data: Path | None) -> TruthSource:
    """Return the source that a target file names.

    ``base_url`` is where the system listens, ``data`` the folder of one that the harness started.
    Raises HarnessError where the file names none.
    """
    truth = described.truth
    if truth.sql is not None:
        return SqlSource(truth.sql, described.masked)
    if truth.http is not None:
        return HttpSource(truth.http, base_url + described.base_path, described.authority)
    if truth.command is not None:
        argv = with_markers(truth.command.run, data=data)
        return CommandSource(truth.command, argv, described)
    raise HarnessError("the target file has no [truth]: what is stored cannot be read back")


def with_markers(
    argv: Iterable[str], *, data: Path | None = None, port: int | None = None
) -> list[str]:
    """Return the words of a target file with ``{python}``, ``{data}`` and ``{port}`` replaced."""
    found = {"{python}": sys.executable, "{data}": str(data or ""), "{port}": str(port or "")}
    words = list(argv)
    for marker, value in found.items():
        words = [word.replace(marker, value) for word in words]
    return words


class SqlSource:
    """A SELECT on PostgreSQL: read-only transactions, a statement timeout, a cursor."""

    def __init__(self, table: SqlTable, masked: Callable[[str], str]) -> None:
        self._table = table
        self._masked = masked
        self._connection: psycopg.AsyncConnection | None = None

    async def read(self) -> list[StoredView]:
        """Run the SELECT to its end. A role that may only SELECT suffices."""
        try:
            connection = await self._connected()
            async with connection.transaction():
                timeout = f"SET LOCAL statement_timeout = {int(1000 * self._table.timeout_s)}"
                await connection.execute(timeout.encode())
                async with connection.cursor(name="harness_truth") as cursor:
                    await cursor.execute(self._table.select.encode())
                    names = [column.name for column in cursor.description or ()]
                    return await self._rows(cursor, names)
        except psycopg.Error as error:
            reason = self._masked(" ".join(str(error).split()))
            raise HarnessError(f"[truth.sql] cannot be read: {reason}") from error

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _rows(self, cursor: psycopg.AsyncServerCursor, names: list[str]) -> list[StoredView]:
        if "id" not in names:
            raise HarnessError(
                f"[truth.sql] the SELECT returns {', '.join(names)}, and no column id",
                hint="Name it: SELECT artwork_id AS id",
            )
        place, user = names.index("id"), names.index("user_id") if "user_id" in names else None
        found: list[StoredView] = []
        while rows := await cursor.fetchmany(_AT_ONCE):
            found += [
                StoredView(str(row[place]), None if user is None else str(row[user]))
                for row in rows
            ]
            bounded(len(found), "[truth.sql]")
        return found

    async def _connected(self) -> psycopg.AsyncConnection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._table.dsn, connect_timeout=CONNECT_TIMEOUT_S, prepare_threshold=None
            )
            await self._connection.set_autocommit(True)  # each read is a transaction of its own
            await self._connection.set_read_only(True)
        return self._connection


class CommandSource:
    """A command that prints; it must end with 0."""

    def __init__(self, table: CommandTable, argv: Sequence[str], described: Described) -> None:
        self._table = table
        self._argv = argv
        self._described = described

    async def read(self) -> list[StoredView]:
        """Run the command and read what it prints."""
        output = await output_of(
            self._argv,
            self._described,
            timeout_s=self._table.timeout_s,
            what="[truth.command]",
        )
        lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
        bounded(len(lines), "[truth.command]")
        if not self._table.names_users:
            return [StoredView(line.strip(), None) for line in lines]
        return [_of_object(line) for line in lines]

    async def close(self) -> None:
        """Do nothing: the command has ended."""


async def output_of(
    argv: Sequence[str], described: Described, *, timeout_s: float, what: str
) -> bytes:
    """Run a command of a target file in its folder; return what it printed.

    It has the variables that the file names. Raises HarnessError when it cannot be started, takes
    too long or does not end with 0.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=described.file.parent,
            env={**child_environment(), **described.secrets},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise HarnessError(f"{what} cannot start {argv[0]}: {error.strerror}") from error
    try:
        async with asyncio.timeout(timeout_s):
            output, words = await process.communicate()
    except TimeoutError:
        raise HarnessError(f"{what} did not end within {timeout_s:g} s") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()
    if process.returncode != 0:
        output_words = described.masked(words.decode("utf-8", "replace"))
        reason = " ".join(output_words.split())[-_WORDS:] or "it printed no reason"
        raise HarnessError(f"{what} ended with {process.returncode}: {reason}")
    return output


def _of_object(line: str) -> StoredView:
    try:
        content = json.loads(line)
        return StoredView(str(content["id"]), str(content["user_id"]))
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise HarnessError(
            "[truth.command] printed a line that is no object with id and user_id",
            hint='With names_users a line is like {"id": 7, "user_id": "ann"}',
        ) from error
