"""Truth is read by commands and a SELECT; what cannot be read is never "nothing"."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import HarnessError
from harness.target.described.form import SqlTable
from harness.witnesses.truth.sources import SqlSource, source_of, with_markers
from harness.witnesses.truth.stored import StoredView
from tests.harness.witnesses.truth.served import described_by

pytestmark = pytest.mark.asyncio


async def read(folder: Path, truth: str, url: str = "http://127.0.0.1:1") -> list[StoredView]:
    source = source_of(described_by(folder, truth), base_url=url, data=folder)
    try:
        return await source.read()
    finally:
        await source.close()


def command(script: str, *, names_users: bool = False) -> str:
    users = "names_users = true\n" if names_users else ""
    return f"[truth.command]\nrun = ['{{python}}', '-c', '''{script}''', '{{data}}']\n{users}"


async def test_a_command_prints_ids_or_objects(tmp_path: Path) -> None:
    assert await read(tmp_path, command("print('a'); print(); print(' b ')")) == [
        StoredView("a", None),
        StoredView("b", None),
    ]
    text = 'print(\'{"id": 7, "user_id": "ann"}\')'
    assert await read(tmp_path, command(text, names_users=True)) == [StoredView("7", "ann")]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("raise SystemExit('no table')", r"\[truth.command\] ended with 1: no table"),
        ("raise SystemExit(3)", r"\[truth.command\] ended with 3: it printed no reason"),
        ("print('x')", "no object with id and user_id"),
    ],
)
async def test_a_command_that_fails_is_an_error(tmp_path: Path, script: str, words: str) -> None:
    with pytest.raises(HarnessError, match=words):
        await read(tmp_path, command(script, names_users=True))


async def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    script = "import threading; threading.Event().wait()"
    truth = (
        command(script)
        .replace("]\n", "]\ntimeout_s = 0.3\n", 2)
        .replace("[truth.command]\ntimeout_s = 0.3\n", "[truth.command]\n")
    )
    with pytest.raises(HarnessError, match=r"did not end within 0\.3 s"):
        await read(tmp_path, truth)


async def test_a_file_without_truth_has_no_source(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"has no \[truth\]"):
        source_of(described_by(tmp_path, ""), base_url="", data=None)


async def test_markers_of_a_command() -> None:
    argv = with_markers(["{python}", "{data}/x", "--port={port}"], data=Path("/d"), port=8)
    assert argv == [sys.executable, "/d/x", "--port=8"]


class FakeCursor:
    """A server-side cursor over rows that a test gives."""

    def __init__(self, names: list[str], rows: list[tuple[Any, ...]]) -> None:
        self.description = [type("Column", (), {"name": name}) for name in names]
        self._pages = [rows, []]

    async def execute(self, query: bytes) -> None: ...

    async def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        return self._pages.pop(0)


class FakeConnection:
    """A connection that takes note of what it is asked."""

    closed = False

    def __init__(self, cursor: FakeCursor) -> None:
        self._cursor = cursor
        self.asked: list[str] = []

    async def execute(self, query: bytes) -> None:
        self.asked.append(query.decode())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield

    @asynccontextmanager
    async def cursor(self, name: str) -> AsyncIterator[FakeCursor]:
        yield self._cursor


def sql_source(names: list[str], rows: list[tuple[Any, ...]]) -> tuple[SqlSource, FakeConnection]:
    source = SqlSource(SqlTable(dsn="", select="SELECT 1", timeout_s=2), str)
    connection = FakeConnection(FakeCursor(names, rows))
    source._connection = connection  # type: ignore[assignment]
    return source, connection


async def test_a_select_s_columns_are_found_by_name_and_bounded_in_time() -> None:
    source, connection = sql_source(["user_id", "x", "id"], [("ann", 0, 7), ("bob", 0, 8)])
    assert await source.read() == [StoredView("7", "ann"), StoredView("8", "bob")]
    assert connection.asked == ["SET LOCAL statement_timeout = 2000"]


async def test_a_select_without_an_id_is_an_error() -> None:
    source, _ = sql_source(["picture"], [])
    with pytest.raises(HarnessError, match="returns picture, and no column id"):
        await source.read()
