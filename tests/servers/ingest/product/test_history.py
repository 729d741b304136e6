"""The history: complete over its pages, one's own, and shown again without an impression."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from servers.ingest.product.history import HISTORY_PATH, REPLAYS_PATH
from tests.servers.ingest.site import Visitor, make_config, rows, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

REPLAYED = """
SELECT artwork_id, replay_count, last_replayed_at IS NOT NULL FROM user_art_impressions ORDER BY 1
"""


def with_product(database: str) -> Any:
    return make_config(database, improvements=("product",))


def replay(*named: tuple[str, str], subject: str = "ann") -> dict[str, object]:
    changes = [{"id": name, "artworkId": artwork} for name, artwork in named]
    return {"subject": subject, "changes": changes}


async def pages(ann: Visitor, limit: int) -> list[list[str]]:
    """Return the artworks of every page."""
    found, query = [], f"limit={limit}"
    while True:
        page = (await ann.get(f"{HISTORY_PATH}?{query}")).body
        found.append([entry["artworkId"] for entry in page["entries"]])
        if page["next"] is None:
            return found
        key = page["next"]
        query = f"limit={limit}&before={key['before']}&beforeId={key['beforeId']}"


async def test_every_view_is_on_one_page_newest_first(database: str) -> None:
    async with running(with_product(database)) as site, visitor(site.url) as ann:
        await ann.send(["artwork-0001", "artwork-0002", "artwork-0003"])
        await ann.send(["artwork-0004", "not in the pool"])
        found = await pages(ann, 2)
    # Of one moment the ids decide: a batch's views have one time.
    assert found == [
        ["not in the pool", "artwork-0004"],
        ["artwork-0003", "artwork-0002"],
        ["artwork-0001"],
    ]


async def test_a_deletion_moves_no_entry_to_another_page(database: str) -> None:
    async with running(with_product(database)) as site, visitor(site.url) as ann:
        await ann.send([f"a{number}" for number in range(6)])
        first = (await ann.get(f"{HISTORY_PATH}?limit=2")).body
        with psycopg.connect(database) as connection:
            connection.execute("DELETE FROM user_art_impressions WHERE artwork_id IN ('a5', 'a4')")
        key = first["next"]
        query = f"limit=10&before={key['before']}&beforeId={key['beforeId']}"
        rest = (await ann.get(f"{HISTORY_PATH}?{query}")).body
    assert [entry["artworkId"] for entry in rest["entries"]] == ["a3", "a2", "a1", "a0"]


async def test_from_begins_with_the_entry_itself(database: str) -> None:
    async with running(with_product(database)) as site, visitor(site.url) as ann:
        await ann.send(["artwork-0001", "artwork-0002", "artwork-0003"])
        entry = (await ann.get(HISTORY_PATH)).body["entries"][1]
        query = f"from={entry['viewedAtUs']}&fromId={entry['artworkId']}"
        found = (await ann.get(f"{HISTORY_PATH}?{query}")).body["entries"]
    assert [entry["artworkId"] for entry in found] == ["artwork-0002", "artwork-0001"]


async def test_a_history_is_ones_own(database: str) -> None:
    async with (
        running(with_product(database)) as site,
        visitor(site.url) as ann,
        visitor(site.url, "bob") as bob,
        visitor(site.url, None) as outsider,
    ):
        await ann.send(["artwork-0001"])
        assert (await bob.get(HISTORY_PATH)).body == {"userId": "bob", "entries": [], "next": None}
        assert (await outsider.get(HISTORY_PATH)).status == 401
        answer = await bob.post(replay(("r1", "artwork-0001"), subject="bob"), path=REPLAYS_PATH)
        assert answer.body == {"counted": 0}
        answer = await bob.post(replay(("r1", "artwork-0001")), path=REPLAYS_PATH)
        assert (answer.status, answer.body["error"]) == (409, "other_user")
    assert rows(database) == [("ann", "artwork-0001")]


async def test_a_replay_counts_once_and_makes_no_impression(database: str) -> None:
    async with running(with_product(database)) as site, visitor(site.url) as ann:
        await ann.send(["artwork-0001", "artwork-0002"])
        before = (await ann.get(HISTORY_PATH)).body["entries"]
        once = replay(("r1", "artwork-0001"), ("r2", "artwork-0001"), ("r3", "never seen"))
        counted = [(await ann.post(once, path=REPLAYS_PATH)).body["counted"] for _ in range(3)]
        after = (await ann.get(HISTORY_PATH)).body["entries"]
    assert counted == [2, 0, 0]
    assert rows(database) == [("ann", "artwork-0001"), ("ann", "artwork-0002")]
    with psycopg.connect(database) as connection:
        assert connection.execute(REPLAYED).fetchall() == [
            ("artwork-0001", 2, True),
            ("artwork-0002", 0, False),
        ]
    assert [one["viewedAtUs"] for one in after] == [one["viewedAtUs"] for one in before]
    assert [one["replayCount"] for one in after] == [0, 2]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "before=1",
        "beforeId=a",
        "before=-1&beforeId=a",
        "before=99999999999999999999&beforeId=a",
        "before=9e9&beforeId=a",
        "from=1&fromId=%00",
        "fromId=a",
        "before=1&beforeId=a&from=1&fromId=a",
    ],
)
async def test_a_query_that_means_nothing_is_refused(database: str, query: str) -> None:
    async with running(with_product(database)) as site, visitor(site.url) as ann:
        assert (await ann.get(f"{HISTORY_PATH}?{query}")).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"subject": "ann", "changes": []},
        replay(*((f"r{number}", "a") for number in range(101))),
        replay(("", "a")),
        replay(("r", "\x00")),
        {"subject": "ann", "changes": [{"id": "r", "artworkId": "a", "more": 1}]},
        {"changes": []},
        [],
    ],
)
async def test_replays_that_cannot_be_meant_are_refused(database: str, body: object) -> None:
    async with running(with_product(database)) as site, visitor(site.url) as ann:
        assert (await ann.post(body, path=REPLAYS_PATH)).status == 400
