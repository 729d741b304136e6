"""Pages are read to the last; what they leave out, or show twice, is not the system's doing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from harness.core.errors import HarnessError
from harness.witnesses.truth import pages
from harness.witnesses.truth.sources import source_of
from harness.witnesses.truth.stored import StoredView
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
    """Rows numbered from 1 in pages of three; ``skips`` as many more after another page's end, or
    shows as many again where it is negative, and goes ``down`` from the newest."""

    def __init__(
        self, rows: int, *, skips: int = 0, down: bool = False, twice: int | None = None
    ) -> None:
        self.numbers = list(range(1, rows + 1))
        self.skips, self.down, self.twice = skips, down, twice
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
        views = [{"id": f"x{self._view_of(n)}", "row": n} for n in page]
        return web.json_response({"v": views, "n": more})

    def _view_of(self, number: int) -> int:
        """Return the view of a row: the row after ``twice`` has the same one."""
        return number - 1 if self.twice is not None and number == self.twice + 1 else number


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


async def test_a_row_that_two_pages_show_is_not_stored_twice(tmp_path: Path) -> None:
    paged = Paged(9, skips=-1)
    async with serving(web.get("/all", paged.page)) as url:
        source = source_of(described_by(tmp_path, PAGES), base_url=url, data=tmp_path)
        for _ in range(2):
            with pytest.raises(HarnessError, match="shows a row on two pages: x3 is on the page"):
                await source.read()
    with_rows = PAGES.replace("next", 'row = "/row"\nnext')
    async with serving(web.get("/all", paged.page)) as url:
        assert [one.id for one in await read(tmp_path, with_rows, url)] == [
            f"x{number}" for number in range(1, 10)
        ]


@pytest.mark.parametrize("with_rows", [False, True])
@pytest.mark.parametrize("twice", [2, 3, 4, 6])
async def test_a_view_that_is_stored_twice_is_read_twice_wherever_pages_end(
    tmp_path: Path, twice: int, with_rows: bool
) -> None:
    truth = PAGES.replace("next", 'row = "/row"\nnext') if with_rows else PAGES
    async with serving(web.get("/all", Paged(9, twice=twice).page)) as url:
        found = [one.id for one in await read(tmp_path, truth, url)]
    assert len(found) == 9
    assert found.count(f"x{twice}") == 2


async def test_a_page_that_comes_again_is_not_taken_for_rows_of_its_own(tmp_path: Path) -> None:
    async def page(request: web.Request) -> web.Response:
        after = request.query["after"]
        rows = [7, 8] if after in ("", "b") else [9, 10]
        views = [{"id": f"x{row}", "row": row} for row in rows]
        return web.json_response({"v": views, "n": {"": "b", "b": "c", "c": None}[after]})

    async with serving(web.get("/all", page)) as url:
        with pytest.raises(HarnessError, match=r"the pages that follow '' and 'b' are the same"):
            await read(tmp_path, PAGES, url)
        with_rows = PAGES.replace("next", 'row = "/row"\nnext')
        found = await read(tmp_path, with_rows, url)
    assert [one.id for one in found] == ["x7", "x8", "x9", "x10"]


async def test_an_empty_page_is_the_last_one_where_it_leads_to_itself(tmp_path: Path) -> None:
    async def page(request: web.Request) -> web.Response:
        is_first = request.query["after"] == ""
        return web.json_response({"v": [{"id": 1}] if is_first else [], "n": "c7"})

    async with serving(web.get("/all", page)) as url:
        assert [one.id for one in await read(tmp_path, PAGES, url)] == ["1"]


@pytest.mark.parametrize("empty", [pages.EMPTY_MOST, pages.EMPTY_MOST + 1])
async def test_a_list_whose_empty_pages_never_end_is_not_read_forever(
    tmp_path: Path, empty: int
) -> None:
    async def page(request: web.Request) -> web.Response:
        number = int((request.query["after"] or "c0")[1:])
        return web.json_response(
            {"v": [{"id": number}] if number in (0, empty + 1) else [], "n": f"c{number + 1}"}
            if number <= empty
            else {"v": [{"id": number}]}
        )

    async with serving(web.get("/all", page)) as url:
        if empty > pages.EMPTY_MOST:
            with pytest.raises(HarnessError, match="21 pages one after another are empty"):
                await read(tmp_path, PAGES, url)
        else:
            found = await read(tmp_path, PAGES, url)
            assert [one.id for one in found] == ["0", str(empty + 1)]


async def test_what_is_the_same_in_two_rows_of_a_page_distinguishes_none(tmp_path: Path) -> None:
    views = {"v": [{"id": 1, "row": 5}, {"id": 2, "row": 5}], "n": None}
    async with serving(web.get("/all", answering(views))) as url:
        with pytest.raises(HarnessError, match="row does not distinguish rows"):
            await read(tmp_path, PAGES.replace("next", 'row = "/row"\nnext'), url)


@pytest.mark.parametrize("down", [False, True])
async def test_pages_that_leave_out_nothing_are_looked_at_a_few_times(
    tmp_path: Path, down: bool
) -> None:
    paged = Paged(40, down=down)
    async with serving(web.get("/all", paged.page)) as url:
        source = source_of(described_by(tmp_path, PAGES), base_url=url, data=tmp_path)
        for _ in range(2):
            assert len(await source.read()) == 40
    assert paged.requests == 2 * 14 + 4 * pages.ENDS_MOST


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
    monkeypatch.setattr(pages, "BODY_BYTES_MAX", 40)
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
