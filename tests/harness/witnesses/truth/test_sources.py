"""Truth is read from pages, commands and a SELECT; what cannot be read is never "nothing"."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from harness.core.errors import HarnessError
from harness.target.described.form import SqlTable
from harness.witnesses.truth import sources
from harness.witnesses.truth.sources import SqlSource, StoredView, source_of, with_markers
from tests.harness.witnesses.truth.served import answering, described_by, serving

PAGES = '[truth.http]\npath = "/all?after={after}"\nitems = "/v"\nid = "/id"\nnext = "/n"\n'
ONE_PAGE = '[truth.http]\npath = "/all"\nitems = "/v"\nid = "/id"\nuser_id = "/u"\n'

pytestmark = pytest.mark.asyncio


async def read(folder: Path, truth: str, url: str = "http://127.0.0.1:1") -> list[StoredView]:
    source = source_of(described_by(folder, truth), base_url=url, data=folder)
    try:
        return await source.read()
    finally:
        await source.close()


async def test_pages_are_read_to_the_last(tmp_path: Path) -> None:
    asked: list[str] = []

    async def page(request: web.Request) -> web.Response:
        asked.append(request.query["after"])
        number = int(asked[-1] or 0)
        nothing_more = None if number == 2 else number + 1
        return web.json_response({"v": [{"id": number}, {"id": f"x{number}"}], "n": nothing_more})

    async with serving(web.get("/all", page)) as url:
        found = await read(tmp_path, PAGES, url)
    assert [view.id for view in found] == ["0", "x0", "1", "x1", "2", "x2"]
    assert list(dict.fromkeys(asked)) == ["", "0", "1", "2"]


class Paged:
    """Rows numbered from 1 in pages of three; ``skips`` as many more after another page's end,
    and goes ``down`` from the newest."""

    def __init__(self, rows: int, *, skips: int = 0, down: bool = False) -> None:
        self.numbers = list(range(1, rows + 1))
        self.skips, self.down = skips, down
        self.requests = 0

    async def page(self, request: web.Request) -> web.Response:
        self.requests += 1
        after = int(request.query["after"] or 0)
        if self.down:
            rows = [n for n in reversed(self.numbers) if not after or n < after]
        else:
            rows = [n for n in self.numbers if n > after + (self.skips if after else 0)]
        page = rows[:3]
        more = page[-1] if len(page) == 3 else None
        return web.json_response({"v": [{"id": f"x{n}"} for n in page], "n": more})


@pytest.mark.parametrize("skips", [1, 2])
async def test_what_is_left_out_between_two_pages_is_no_loss_of_the_system_s(
    tmp_path: Path, skips: int
) -> None:
    paged = Paged(9, skips=skips)
    async with serving(web.get("/all", paged.page)) as url:
        source = source_of(described_by(tmp_path, PAGES), base_url=url, data=tmp_path)
        for _ in range(2):  # not only where it is looked for
            with pytest.raises(HarnessError, match=r"leaves out what lies between two pages: x"):
                await source.read()


@pytest.mark.parametrize("down", [False, True])
async def test_pages_that_leave_out_nothing_are_looked_at_a_few_times(
    tmp_path: Path, down: bool
) -> None:
    paged = Paged(40, down=down)
    async with serving(web.get("/all", paged.page)) as url:
        source = source_of(described_by(tmp_path, PAGES), base_url=url, data=tmp_path)
        for _ in range(2):
            assert len(await source.read()) == 40
    assert paged.requests == 2 * 14 + 4 * sources.ENDS_MOST


async def test_a_page_in_between_that_cannot_be_asked_for_is_no_trouble(tmp_path: Path) -> None:
    async def page(request: web.Request) -> web.Response:
        after = request.query["after"]
        known = {"": ("a", 8), "8": ("b", None)}
        if after not in known:
            return web.Response(status=400)
        one, more = known[after]
        return web.json_response({"v": [{"id": one}], "n": more})

    async with serving(web.get("/all", page)) as url:
        assert [one.id for one in await read(tmp_path, PAGES, url)] == ["a", "b"]


async def test_users_are_read_where_the_file_points_at_them(tmp_path: Path) -> None:
    async with serving(web.get("/all", answering({"v": [{"id": 5, "u": "ann"}]}))) as url:
        assert await read(tmp_path, ONE_PAGE, url) == [StoredView("5", "ann")]


async def test_a_page_that_comes_in_pieces_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = asyncio.Event()

    async def page(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b'{"v": [{"id": 5, ')
        await asyncio.wait_for(taken.wait(), 20)
        await answer.write(b'"u": "ann"}]}')
        return answer

    read_on = aiohttp.StreamReader.readany

    async def seen(self: aiohttp.StreamReader) -> bytes:
        piece = await read_on(self)
        taken.set()
        return piece

    monkeypatch.setattr(aiohttp.StreamReader, "readany", seen)
    async with serving(web.get("/all", page)) as url:
        assert await read(tmp_path, ONE_PAGE, url) == [StoredView("5", "ann")]


async def test_a_page_without_an_end_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "BODY_BYTES_MAX", 40)
    views = {"v": [{"id": number, "u": "ann"} for number in range(9)]}
    async with serving(web.get("/all", answering(views))) as url:
        with pytest.raises(HarnessError, match="answered with more than 40 bytes"):
            await read(tmp_path, ONE_PAGE, url)


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (answering({"v": [{"id": 1}], "n": 7}), "page '7' leads to itself"),
        (
            answering({"error": "no"}),
            r"no list at items = '/v'. The answer is an object with error",
        ),
        (
            answering({"v": [{"name": 1}], "n": None}),
            "an item has nothing at id = '/id'. It is an object with name",
        ),
        (
            answering({"v": {"id": 1}}),
            "no list at items = '/v', it is an object with id. The answer is an object with v",
        ),
        (answering({}, 500), "answered 500"),
        (answering({}, 302, Location="http://elsewhere.example/x"), "http://elsewhere.example"),
    ],
)
async def test_what_is_no_list_of_views_is_an_error(
    tmp_path: Path, handler: Any, words: str
) -> None:
    async with serving(web.get("/all", handler)) as url:
        with pytest.raises(HarnessError) as caught:
            await read(tmp_path, PAGES, url)
    assert words in caught.value.line.replace("\\", "")


async def test_a_list_that_is_null_holds_nothing(tmp_path: Path) -> None:
    """What Go writes for a slice that was never made; a key that is not there is an error."""
    async with serving(web.get("/all", answering({"v": None}))) as url:
        assert await read(tmp_path, ONE_PAGE, url) == []


async def test_a_system_that_is_down_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"\[truth.http\] GET /all"):
        await read(tmp_path, ONE_PAGE)


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


async def test_more_rows_than_a_run_can_store_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "ROWS_MAX", 1)
    with pytest.raises(HarnessError, match="more than 1 rows"):
        await read(tmp_path, command("print('a'); print('b')"))


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
