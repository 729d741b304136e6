"""Users page by page, one user's timeline, and the export that no spreadsheet runs."""

from __future__ import annotations

import csv
import io

import pytest

from servers.ingest.admin.users import FreshUser, cell, exported, line
from tests.servers.ingest.admin.admins import dashboard, folded
from tests.servers.ingest.site import visitor

USERS = "/admin/impressions/users"


@pytest.mark.parametrize(
    ("seen", "band"), [(0, "green"), (24, "green"), (25, "yellow"), (50, "yellow"), (51, "red")]
)
def test_bands_are_the_roadmaps(seen: int, band: str) -> None:
    assert FreshUser("ann", seen, seen, 100).band == band


def test_an_empty_pool_has_nothing_unseen() -> None:
    assert (FreshUser("ann", 3, 0, 0).unseen_percent, FreshUser("ann", 3, 0, 0).band) == (0, "red")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r=1", "＝1+1", "－1", "＠a", "＋1"]
)
def test_what_could_be_a_formula_begins_as_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["ann", "1=1", "a-b", "", "'x"])
def test_another_text_is_left_alone(text: str) -> None:
    assert cell(text) == text


def test_a_line_is_read_back_as_it_was() -> None:
    cells = ('a "b", c', "x\ny", "z")
    assert next(csv.reader(io.StringIO(line(cells), newline=""))) == list(cells)
    assert exported(FreshUser("=x", 3, 2, 8)) == '"\'=x","3","2","8","75.00","yellow"\r\n'


@pytest.mark.stack
@pytest.mark.asyncio
async def test_every_user_is_on_one_page_and_in_the_export(database: str) -> None:
    names = [f"u{number}" for number in range(5)] + ["=cmd|' /C calc'!A0"]
    async with dashboard(database) as (site, boss):
        for name in names:
            async with visitor(site.url, name) as one:
                await one.send(["artwork-0001", "artwork-0002"])
        await folded(database)
        found, after, more = [], "", True
        while more:
            page = (await boss.get(USERS, params={"limit": 4, "after": after})).body
            found += page["users"]
            more, after = page["more"], page["users"][-1]["user"]
        begun = (await boss.get(USERS, params={"from": "u3"})).body["users"]
        text = (await boss.get(f"{USERS}.csv")).body.decode()
    assert [one["user"] for one in found] == sorted(names)
    assert found[0] | {"user": ""} == {"user": "", "viewed": 2, "unseen": 60.0, "band": "yellow"}
    assert [one["user"] for one in begun] == ["u3", "u4"]
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0][0] == "user_id"
    assert [row[0] for row in rows[1:]] == ["'=cmd|' /C calc'!A0", *sorted(names)[1:]]


@pytest.mark.stack
@pytest.mark.asyncio
async def test_a_timeline_is_one_users_newest_first(database: str) -> None:
    async with (
        dashboard(database) as (site, boss),
        visitor(site.url) as ann,
        visitor(site.url, "bob") as bob,
    ):
        await ann.send(["artwork-0001", "artwork-0002"])
        await bob.send(["artwork-0005"])
        await ann.send(["artwork-0003"])
        first = (await boss.get(f"{USERS}/timeline", params={"user": "ann", "limit": 2})).body
        rest = (await boss.get(f"{USERS}/timeline", params={"user": "ann", **first["next"]})).body
        assert (await boss.get(f"{USERS}/timeline")).status == 400
    assert [one["artworkId"] for one in first["entries"]] == ["artwork-0003", "artwork-0002"]
    assert ([one["artworkId"] for one in rest["entries"]], rest["next"]) == (["artwork-0001"], None)


@pytest.mark.stack
@pytest.mark.asyncio
@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=%00", "from=%7F"])
async def test_a_query_that_means_nothing_is_refused(database: str, query: str) -> None:
    async with dashboard(database) as (_, boss):
        assert (await boss.get(f"{USERS}?{query}")).status == 400
