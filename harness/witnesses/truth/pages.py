"""Truth in pages of JSON."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import aiohttp

from harness.core.errors import HarnessError
from harness.target.described.form import HttpTable
from harness.target.described.template import pointed
from harness.target.dialect import Reply
from harness.target.http import head_of, trusted
from harness.witnesses.truth.seams import left_out, shown_by_both
from harness.witnesses.truth.stored import StoredView, bounded

BODY_BYTES_MAX = 64 << 20
ENDS_MOST = 5
"""At how many ends of pages it is looked whether a row is left out there, or shown twice."""
EMPTY_MOST = 20
"""How many empty pages may follow one another: some stores return what is left of a page by a
filter, and a list that never ends would be read forever."""
_NOTHING = object()


class _Page(NamedTuple):
    """What a page shows: its views, what distinguishes their rows (where the file says what does),
    and what follows it, empty where nothing does."""

    views: list[StoredView]
    rows: list[str] | None
    next: str


class HttpSource:
    """Pages of JSON. No redirect is followed: what is read is where the file says.

    A page that begins one later than it should leaves out a view at each end of a page, which would
    look like the system's loss; one that begins one earlier shows a row again, which would look
    like a view that is stored twice. Where pages follow one another by a number, one that begins
    one earlier is asked for too, and what it shows decides. Where that cannot be asked nothing
    follows. Where the file says what distinguishes rows, a row that two pages show is one.
    """

    def __init__(self, table: HttpTable, base_url: str, authority: str = "") -> None:
        """``authority`` is the file of the certificate authority, empty for this machine's."""
        self._table = table
        self._trusted = trusted(authority)
        self._base_url = base_url
        self._ends: set[str] = set()
        self._wrong: HarnessError | None = None

    async def read(self) -> list[StoredView]:
        """Read page after page to the last one. Raises HarnessError too where pages leave out what
        lies between them, or show it twice."""
        table, found, seen = self._table, list[StoredView](), set[str]()
        known, after, empty = _Known(), table.first, 0
        timeout = aiohttp.ClientTimeout(total=table.timeout_s)
        async with aiohttp.ClientSession(
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=dict(table.headers),
            connector=aiohttp.TCPConnector(ssl=self._trusted),
        ) as session:
            while True:
                page = await self._page(session, after)
                found += known.new(page, after)
                bounded(len(found), "[truth.http]")
                if not page.next or (not page.views and page.next == after):
                    return found
                empty = 0 if page.views else empty + 1
                if empty > EMPTY_MOST:
                    raise HarnessError(
                        f"[truth.http] {empty} pages one after another are empty, and each says "
                        "that another follows",
                        hint="The last page has nothing at `next`, or itself",
                    )
                before, after = after, page.next
                if after in seen:
                    raise HarnessError(f"[truth.http] page {after!r} leads to itself")
                seen.add(after)
                await self._look_between(session, before, after)

    async def close(self) -> None:
        """Do nothing: every read has a connection of its own."""

    async def _look_between(self, session: aiohttp.ClientSession, before: str, after: str) -> None:
        """Look once what becomes of rows between the pages that follow ``before`` and ``after``.

        Raises HarnessError where one is left out or shown twice, and at every later end.
        """
        is_new = after not in self._ends and len(self._ends) < ENDS_MOST
        if is_new and after.isdecimal() and int(after):
            self._ends.add(after)
            earlier = str(int(after) - 1)
            with contextlib.suppress(HarnessError):  # a number that is no place in between
                across = (await self._page(session, earlier)).views
                # Read after it: what has come since, or late, is on them.
                first = (await self._page(session, before)).views
                second = (await self._page(session, after)).views
                if across == (await self._page(session, earlier)).views:
                    self._wrong = self._found_wrong(across, first, second, (earlier, before, after))
        if self._wrong is not None:
            raise self._wrong

    def _found_wrong(
        self,
        across: Sequence[StoredView],
        first: Sequence[StoredView],
        second: Sequence[StoredView],
        places: tuple[str, str, str],
    ) -> HarnessError | None:
        """Return what is wrong between two pages, by one ``across`` their ends; ``places`` are what
        the three follow."""
        earlier, before, after = places
        if (one := left_out(across, first, second)) is not None:
            return HarnessError(
                f"[truth.http] leaves out what lies between two pages: {one.id} is on the page "
                f"that follows {earlier}, and neither on that which follows {before!r} nor on the "
                f"next, which follows {after}",
                hint="Does a page begin right after the last row of the one before?",
            )
        one = None if self._table.row else shown_by_both(across, first, second)
        if one is not None:
            return HarnessError(
                f"[truth.http] shows a row on two pages: {one.id} is on the page that follows "
                f"{before!r} and on the next, which follows {after}, but once on that which "
                f"follows {earlier}: it would count as stored twice",
                hint="Let a page begin right after the last row of the one before, or write `row`, "
                "which distinguishes rows",
            )
        return None

    async def _page(self, session: aiohttp.ClientSession, after: str) -> _Page:
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
            content = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise HarnessError(f"{where} did not answer with JSON") from error
        return self._read(content)

    def _read(self, content: Any) -> _Page:
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
        views = [
            StoredView(
                _in_item(item, "id", table.id),
                None if table.user_id is None else _in_item(item, "user_id", table.user_id),
            )
            for item in items
        ]
        rows = None if table.row is None else [_in_item(one, "row", table.row) for one in items]
        return _Page(views, rows, self._next(content))

    def _next(self, content: Any) -> str:
        """Return what follows the page; empty where it is the last."""
        if self._table.next is None:
            return ""
        try:
            coming = pointed(content, self._table.next)
        except LookupError:
            return ""
        return "" if coming is None or coming is False else str(coming)


class _Known:
    """What the pages of one read have shown so far."""

    def __init__(self) -> None:
        self._rows: set[str] = set()
        self._pages: dict[tuple[StoredView, ...], str] = {}

    def new(self, page: _Page, after: str) -> list[StoredView]:
        """Return the views of rows that no page before showed. Raises HarnessError where that is
        not known: a page is the same as one before, and nothing distinguishes its rows."""
        if page.rows is not None:
            if len({*page.rows}) < len(page.rows):
                raise HarnessError(
                    "[truth.http] row does not distinguish rows: two of one page have the same",
                    hint="Point at what is different in every row, such as its number",
                )
            known, self._rows = self._rows, self._rows | {*page.rows}
            pairs = zip(page.views, page.rows, strict=True)
            return [view for view, row in pairs if row not in known]
        content = tuple(page.views)
        first = self._pages.setdefault(content, after)
        if first != after and len(content) > 1:
            raise HarnessError(
                f"[truth.http] the pages that follow {first!r} and {after!r} are the same: whether "
                "their rows are is not known",
                hint="Write `row`, which points at what is different in every row",
            )
        return page.views


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
