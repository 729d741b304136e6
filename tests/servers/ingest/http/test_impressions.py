"""What the batch endpoint promises, one rule a test, over HTTP and against PostgreSQL."""

from __future__ import annotations

import datetime as dt
import gzip
import zlib
from pathlib import Path

import psycopg
import pytest

from servers.ingest.config import Limits
from tests.servers.ingest.site import (
    BATCHES,
    balance,
    make_config,
    read_receipts,
    rows,
    running,
    visitor,
)

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

SMALL = Limits(body_bytes=2_000, ids=5)


async def test_new_ids_are_inserted_and_repeats_are_duplicates(
    database: str, receipts: Path
) -> None:
    async with running(make_config(database, receipts)) as site, visitor(site.url) as ann:
        first = await ann.send(["a", "b", "a"], batchId="x", tabId="t", seq=1, attempt=2)
        second = await ann.send(["b", "c"])
    assert (first.status, first.body) == (200, {"received": 3, "inserted": 2, "duplicate": 1})
    assert (second.status, second.body) == (200, {"received": 2, "inserted": 1, "duplicate": 1})
    assert rows(database) == [("ann", "a"), ("ann", "b"), ("ann", "c")]


async def test_two_users_do_not_share_what_they_saw(database: str) -> None:
    async with (
        running(make_config(database)) as site,
        visitor(site.url, "ann") as ann,
        visitor(site.url, "bob") as bob,
    ):
        await ann.send(["a"])
        answer = await bob.send(["a"])
    assert answer.body["inserted"] == 1
    assert rows(database) == [("ann", "a"), ("bob", "a")]


async def test_the_time_of_a_view_is_the_servers_and_before_its_commit(
    database: str, receipts: Path
) -> None:
    before = dt.datetime.now(dt.UTC)
    async with running(make_config(database, receipts)) as site, visitor(site.url) as ann:
        await ann.send(["a"])
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT viewed_at FROM user_art_impressions").fetchone()
    assert row is not None
    committed_s = read_receipts(receipts)[0]["committed_wall_ns"] / 1e9
    assert before <= row[0] <= dt.datetime.fromtimestamp(committed_s, dt.UTC)


async def test_a_receipt_says_everything_about_its_request(database: str, receipts: Path) -> None:
    async with running(make_config(database, receipts)) as site, visitor(site.url) as ann:
        await ann.send(
            ["b", "a"], batchId="x", tabId="t", seq=7, attempt=2, transport="beacon", counters={}
        )
    (receipt,) = read_receipts(receipts)
    times = {name: receipt.pop(name) for name in list(receipt) if name.endswith("_ns")}
    assert 0 < times["received_mono_ns"] <= times["committed_mono_ns"]
    assert 0 < times["received_wall_ns"] <= times["committed_wall_ns"]
    assert receipt == {
        "format": 1,
        "kind": "batch",
        "lifetime": "test",
        "user": "ann",
        "batch": "x",
        "tab": "t",
        "seq": 7,
        "attempt": 2,
        "transport": "beacon",
        "artworks": ["b", "a"],
        "status": 200,
        "reason": None,
        "received": 2,
        "inserted": 2,
        "duplicate": 0,
        "rejected": 0,
        "bytes": 119,
    }


@pytest.mark.parametrize(
    ("artworks", "item", "why"),
    [
        (["a", ""], 1, "artworkIds[1] is empty"),
        (["a\x00b"], 0, "U+0000"),
        (["a", "b\x1f"], 1, "U+001F"),
        (["\x85"], 0, "U+0085"),
        (["a", "b", "x" * 513], 2, "513 bytes"),
        (["é" * 257], 0, "514 bytes"),
        (["a", 1], 1, "Expected `str`"),
        (["a", None], 1, "Expected `str`"),
        (["a", ["b"]], 1, "Expected `str`"),
    ],
)
async def test_a_bad_id_is_named_and_nothing_is_stored(
    database: str, artworks: list[object], item: int, why: str
) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        answer = await ann.send(artworks)
    assert (answer.status, answer.body["item"]) == (400, item)
    assert why in answer.body["message"]
    assert rows(database) == []


@pytest.mark.parametrize("artwork", ["x" * 512, "é" * 256, "\u2028 \U0001f3a8", " ", "'; --", "{}"])
async def test_every_other_text_is_an_id_and_comes_back_as_sent(
    database: str, artwork: str
) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        answer = await ann.send([artwork])
    assert answer.body == {"received": 1, "inserted": 1, "duplicate": 0}
    assert rows(database) == [("ann", artwork)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b'{"artworkIds":["\xff"]}', "bad_json"),
        (b'{"artworkIds":["\\ud800"]}', "bad_json"),
        (b"[]", "bad_field"),
        (b"{}", "bad_field"),
        (b'{"artworkIds":[]}', "empty_batch"),
        (b'{"artworkIds":"a"}', "bad_field"),
        (b'{"artworkIds":["a"],"artworkIDs":[]}', "bad_field"),
        (b'{"artworkIds":["a"],"seq":-1}', "bad_field"),
        (b'{"artworkIds":["a"],"seq":1e400}', "bad_field"),
        (b'{"artworkIds":["a"],"seq":0.5}', "bad_field"),
        (b'{"artworkIds":["a"],"attempt":-1.0}', "bad_field"),
        (b'{"artworkIds":["a"],"batchId":"\\u0000"}', "bad_id"),
        (b'{"artworkIds":["a"],"x":' + b"[" * 100_000, "bad_field"),
        (b'{"artworkIds":["a"],"counters":{"x":' + b"[" * 100_000, "bad_json"),
    ],
)
async def test_a_body_that_is_not_a_batch_is_a_400_that_says_why(
    database: str, body: bytes, code: str
) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        answer = await ann.post(body)
    assert (answer.status, answer.body["error"]) == (400, code)
    assert answer.body["message"]


async def test_a_whole_number_may_be_written_with_a_point(database: str, receipts: Path) -> None:
    async with running(make_config(database, receipts)) as site, visitor(site.url) as ann:
        answer = await ann.post(b'{"artworkIds":["a"],"seq":3.0,"attempt":1e0}')
    assert answer.status == 200
    (receipt,) = read_receipts(receipts)
    assert (repr(receipt["seq"]), repr(receipt["attempt"])) == ("3", "1")


async def test_a_refused_batch_is_accounted_as_rejected(database: str, receipts: Path) -> None:
    async with running(make_config(database, receipts)) as site, visitor(site.url) as ann:
        await ann.send(["a", "a", ""], batchId="x")
    (receipt,) = read_receipts(receipts)
    assert (receipt["status"], receipt["reason"], receipt["batch"]) == (400, "bad_id", "x")
    assert balance([receipt]) == {"received": 3, "inserted": 0, "duplicate": 0, "rejected": 3}
    assert receipt["committed_mono_ns"] is None


@pytest.mark.parametrize(("count", "status"), [(5, 200), (6, 400)])
async def test_the_limit_on_ids_counts_repeats(database: str, count: int, status: int) -> None:
    async with running(make_config(database, limits=SMALL)) as site, visitor(site.url) as ann:
        answer = await ann.send(["a"] * count)
    assert answer.status == status


@pytest.mark.parametrize(("length", "status"), [(2_000, 200), (2_001, 413)])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_the_limit_on_bytes_holds_after_decompression(
    database: str, length: int, status: int, coding: str
) -> None:
    body = b'{"artworkIds":["a"]' + b" " * (length - 20) + b"}"
    if coding == "gzip":
        body = gzip.compress(body)
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    async with running(make_config(database, limits=SMALL)) as site, visitor(site.url) as ann:
        answer = await ann.post(body, headers=headers)
        after = await ann.send(["b"])
    assert answer.status == status
    assert after.status == 200


@pytest.mark.parametrize("change", ["cut", "longer", "not gzip"])
async def test_broken_gzip_is_refused_with_a_receipt(
    database: str, receipts: Path, change: str
) -> None:
    whole = gzip.compress(b'{"artworkIds":["a"]}')
    body = {"cut": whole[:-5], "longer": whole + whole, "not gzip": whole[4:]}[change]
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with running(make_config(database, receipts)) as site, visitor(site.url) as ann:
        answer = await ann.post(body, headers=headers)
    assert (answer.status, answer.body["error"]) == (400, "broken_body")
    assert read_receipts(receipts)[0]["reason"] == "broken_body"


async def test_a_gzip_bomb_is_dropped_early(database: str) -> None:
    squeezer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(squeezer.compress(bytes(1 << 20)) for _ in range(64)) + squeezer.flush()
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        answer = await ann.post(bomb, headers=headers)
        after = await ann.send(["b"])
    assert (answer.status, answer.body["error"]) == (413, "too_large")
    assert after.status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
        ({"Content-Type": "application/json; charset=latin-1"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "br"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "deflate"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 400),
        ({}, 415),
    ],
)
async def test_other_types_and_codings_are_refused(
    database: str, headers: dict[str, str], status: int
) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        answer = await ann.post({"artworkIds": ["a"]}, headers=headers)
    assert answer.status == status
    if status != 200:
        assert set(answer.body) == {"error", "message"}


async def test_a_stranger_stores_nothing(database: str, receipts: Path) -> None:
    async with running(make_config(database, receipts)) as site, visitor(site.url, None) as anyone:
        answer = await anyone.send(["a"])
    assert (answer.status, answer.body["error"]) == (401, "not_signed_in")
    assert rows(database) == []
    assert read_receipts(receipts)[0]["status"] == 401


async def test_a_batch_of_another_user_is_a_conflict(database: str, receipts: Path) -> None:
    async with running(make_config(database, receipts)) as site, visitor(site.url) as ann:
        answer = await ann.send(["a"], subject="bob")
        own = await ann.send(["a"], subject="ann")
    assert (answer.status, own.status) == (409, 200)
    assert rows(database) == [("ann", "a")]
    assert balance(read_receipts(receipts)) == {
        "received": 2,
        "inserted": 1,
        "duplicate": 0,
        "rejected": 1,
    }


async def test_the_body_cannot_say_who_the_user_is(database: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        answer = await ann.post({"artworkIds": ["a"], "userId": "bob"})
    assert answer.status == 400
    assert rows(database) == []


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", BATCHES, 405), ("GET", "/nothing", 404)]
)
async def test_what_does_not_exist_is_answered_in_json(
    database: str, method: str, path: str, status: int
) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        answer = await ann.get(path)
    assert answer.status == status
    assert set(answer.body) == {"error", "message"}
