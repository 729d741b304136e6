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
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import aiohttp
import psycopg

from harness.core.environment import child_environment
from harness.core.errors import HarnessError
from harness.target.described.form import CommandTable, HttpTable, SqlTable
from harness.target.described.loading import Described
from harness.target.described.template import pointed
from harness.target.dialect import Reply
from harness.target.http import head_of, trusted
from harness.target.session import CONNECT_TIMEOUT_S

ROWS_MAX = 2_000_000
"""More would fill memory: a query that returns them is not restricted to what a run stores."""
BODY_BYTES_MAX = 64 << 20
ENDS_MOST = 5
"""At how many ends of pages it is looked whether one is left out there."""
_AT_ONCE = 5_000
_WORDS = 300
_NOTHING = object()


class StoredView(NamedTuple):
    """A view as it is stored: its id and, where truth names users, whose it is; as text."""

    id: str
    user: str | None


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
            _bounded(len(found), "[truth.sql]")
        return found

    async def _connected(self) -> psycopg.AsyncConnection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._table.dsn, connect_timeout=CONNECT_TIMEOUT_S, prepare_threshold=None
            )
            await self._connection.set_autocommit(True)  # each read is a transaction of its own
            await self._connection.set_read_only(True)
        return self._connection


class HttpSource:
    """Pages of JSON. No redirect is followed: what is read is where the file says.

    A page that begins one later than it should leaves out a view at each end of a page, which would
    look like the system's loss. Where pages follow one another by a number, one that begins one
    earlier is asked for too: what it shows first, and neither of the two pages that meet there, is
    left out. Where that cannot be asked nothing follows.
    """

    def __init__(self, table: HttpTable, base_url: str, authority: str = "") -> None:
        """``authority`` is the file of the certificate authority, empty for this machine's."""
        self._table = table
        self._trusted = trusted(authority)
        self._base_url = base_url
        self._ends: set[str] = set()
        self._left_out = ""

    async def read(self) -> list[StoredView]:
        """Read page after page to the last one. Raises HarnessError too where pages leave out what
        lies between them."""
        table, found, seen = self._table, list[StoredView](), set[str]()
        after = table.first
        timeout = aiohttp.ClientTimeout(total=table.timeout_s)
        async with aiohttp.ClientSession(
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=dict(table.headers),
            connector=aiohttp.TCPConnector(ssl=self._trusted),
        ) as session:
            while True:
                content = await self._page(session, after)
                found += self._views(content)
                _bounded(len(found), "[truth.http]")
                if table.next is None:
                    return found
                try:
                    coming = pointed(content, table.next)
                except LookupError:
                    coming = None
                if coming is None or coming == "" or coming is False:
                    return found
                before, after = after, str(coming)
                if after in seen:
                    raise HarnessError(f"[truth.http] page {after!r} leads to itself")
                seen.add(after)
                await self._look_between(session, before, after)

    async def close(self) -> None:
        """Do nothing: every read has a connection of its own."""

    async def _look_between(self, session: aiohttp.ClientSession, before: str, after: str) -> None:
        """Look once whether a view is left out between the pages that follow ``before`` and
        ``after``. Raises HarnessError where one is, and at every later end."""
        is_new = after not in self._ends and len(self._ends) < ENDS_MOST
        if is_new and after.isdecimal() and int(after):
            self._ends.add(after)
            earlier = str(int(after) - 1)
            with contextlib.suppress(HarnessError):  # a number that is no place in between
                first = self._views(await self._page(session, earlier))[:1]
                # Read after it: what has come since, or late, is on them.
                known = set(self._views(await self._page(session, before)))
                known |= set(self._views(await self._page(session, after)))
                still = self._views(await self._page(session, earlier))[:1]
                if first and first == still and first[0] not in known:
                    self._left_out = (
                        f"[truth.http] leaves out what lies between two pages: {first[0].id} is "
                        f"on the page that follows {earlier}, and neither on that which follows "
                        f"{before!r} nor on the next, which follows {after}"
                    )
        if self._left_out:
            raise HarnessError(
                self._left_out, hint="Does a page begin right after the last row of the one before?"
            )

    async def _page(self, session: aiohttp.ClientSession, after: str) -> Any:
        path = self._table.path.replace("{after}", quote(after, safe=""))
        where = f"[truth.http] GET {self._table.path}"
        try:
            async with session.get(f"{self._base_url}{path}", allow_redirects=False) as answer:
                if there := Reply(answer.status, head=head_of(answer)).leads_to(str(answer.url)):
                    raise HarnessError(
                        f"{where} is redirected to {there}, which is not followed",
                        hint="Write in the file where it is",
                    )
                if answer.status != 200:
                    raise HarnessError(f"{where} answered {answer.status}")
                body = bytearray()
                while piece := await answer.content.readany():
                    body += piece
                    if len(body) > BODY_BYTES_MAX:
                        raise HarnessError(
                            f"{where} answered with more than {BODY_BYTES_MAX:,} bytes",
                            hint="Let it answer with pages: `next` leads from one to the next",
                        )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise HarnessError(f"{where}: {str(error) or type(error).__name__}") from error
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise HarnessError(f"{where} did not answer with JSON") from error

    def _views(self, content: Any) -> list[StoredView]:
        table = self._table
        try:
            items = pointed(content, table.items)
        except LookupError:
            items = _NOTHING
        if items is None:  # as Go, for one, writes a list that was never made
            items = []
        if not isinstance(items, list):
            found = "" if items is _NOTHING else f", it is {_shape(items)}"
            raise HarnessError(
                f"[truth.http] there is no list at items = {table.items!r}{found}",
                hint=f"The answer is {_shape(content)}",
            )
        return [
            StoredView(
                _in_item(item, "id", table.id),
                None if table.user_id is None else _in_item(item, "user_id", table.user_id),
            )
            for item in items
        ]


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
        _bounded(len(lines), "[truth.command]")
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


def _bounded(rows: int, what: str) -> None:
    if rows > ROWS_MAX:
        raise HarnessError(
            f"{what} returns more than {ROWS_MAX:,} rows",
            hint="Restrict it to what was stored lately",
        )


def _in_item(item: Any, key: str, pointer: str) -> str:
    try:
        return str(pointed(item, pointer))
    except LookupError as error:
        raise HarnessError(
            f"[truth.http] an item has nothing at {key} = {pointer!r}",
            hint=f"It is {_shape(item)}",
        ) from error


def _shape(content: Any) -> str:
    if isinstance(content, dict):
        return f"an object with {', '.join(sorted(map(str, content))[:8]) or 'nothing'}"
    return "a list" if isinstance(content, list) else type(content).__name__
