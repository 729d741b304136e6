"""Without a fault the gateway changes nothing, and adds nothing of its own."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.faults.request import messages
from harness.faults.request.answers import Answers, HalfAnswer, Hangs
from harness.faults.request.gateway import Gateway
from harness.ledger.files import Ledger
from harness.ledger.kinds import NETWORK
from harness.target.reference.dialect import BATCH_PATH
from tests.harness.faults.request.wire import (
    DIALECT,
    OK,
    STORED,
    Bench,
    Target,
    batch,
    benched,
    get,
    header,
    listening,
    post,
    visiting,
)

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with benched(tmp_path, record=True) as bench:
        yield bench


def fields(head: bytes) -> list[str]:
    """Return the header lines but Connection, which belongs to each hop."""
    lines = head.decode("latin-1").split("\r\n")[1:-2]
    lines = [line.replace("X-twice", "X-Twice") for line in lines]  # repeated: spelt alike
    return sorted(line for line in lines if not line.lower().startswith("connection:"))


async def test_a_request_arrives_byte_for_byte(bench: Bench) -> None:
    request = post(
        "/a//b/%7E%2f/../c;d?q=%20+%C3%BC%c3%bc&r=1&r=2&s",
        bytes(range(256)),
        Origin="http://a.example",
        Cookie="session=x; other=y",
        Content_Type="text/plain;charset=UTF-8",
        X_Twice="one",
        X_twice="two",
        Accept_Encoding="gzip, deflate, br, zstd",
        sec_fetch_mode="no-cors",
    )
    async with visiting(bench.gateway) as visitor:
        await visitor.ask(request)
    head, _, body = request.partition(b"\r\n\r\n")
    assert bench.target.heads[0].split(b"\r\n")[0] == head.split(b"\r\n")[0]
    assert fields(bench.target.heads[0]) == fields(head + b"\r\n\r\n")
    assert bench.target.bodies == [body]


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 418 I'm odd\r\nx-lower: 1\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; "
        b"HttpOnly\r\nContent-Length: 3\r\n\r\nodd",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Odd: \xe9\xff\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
        b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 900\r\n\r\n',
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_an_answer_arrives_byte_for_byte(bench: Bench, answer: bytes) -> None:
    bench.target.answers["/x"] = answer
    async with visiting(bench.gateway) as visitor:
        head, body = await visitor.ask(get("/x"))
        assert head + body == answer
        assert (await visitor.ask(batch()))[1] == STORED  # the connection is still in step
    assert len(bench.target.heads) == 2


async def test_a_compressed_body_stays_compressed_both_ways(bench: Bench) -> None:
    squeezed = gzip.compress(json.dumps({"batchId": "z", "transport": "beacon"}).encode())
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    bench.target.answers[BATCH_PATH] = head % len(squeezed) + squeezed
    async with visiting(bench.gateway) as visitor:
        _, body = await visitor.ask(post(BATCH_PATH, squeezed, Content_Encoding="gzip"))
    assert (bench.target.bodies, body) == ([squeezed], squeezed)
    assert bench.rows("request")[0]["detail"]["batch"] == "z"


async def test_the_answer_to_head_keeps_its_length(bench: Bench) -> None:
    bench.target.answers["/x"] = b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n"
    async with visiting(bench.gateway) as visitor:
        head, _ = await visitor.ask(get("/x", "HEAD"))
        assert header(head, "Content-Length") == "77"
        await visitor.ask(get("/y"))


async def test_chunks_become_one_body_of_a_known_length(bench: Bench) -> None:
    bench.target.answers["/x"] = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    chunked = get("/x", "POST", Transfer_Encoding="chunked") + b"2\r\nhi\r\n0\r\n\r\n"
    async with visiting(bench.gateway) as visitor:
        assert (await visitor.ask(chunked))[1] == b"abcde"
    assert bench.target.bodies == [b"hi"]


async def test_a_large_body_and_a_long_header_pass(bench: Bench) -> None:
    body = b"x" * (2**20 + 1)
    async with visiting(bench.gateway) as visitor:
        await visitor.ask(post("/x", body, Cookie="c" * 20_000))
    assert bench.target.bodies == [body]


async def test_a_connection_is_kept_for_as_long_as_the_target_keeps_its_own(bench: Bench) -> None:
    bench.target.answers["/bye"] = (
        b"HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
    async with visiting(bench.gateway) as visitor:
        for number in range(3):
            await visitor.ask(batch(number))
        came, end = await visitor.lose(get("/bye"))
    assert came.startswith(b"HTTP/1.1 503 No\r\n")
    assert (header(came, "Connection"), end) == ("close", "fin")


async def test_a_visitor_who_wants_no_further_answer_gets_none(bench: Bench) -> None:
    async with visiting(bench.gateway) as visitor:
        came, end = await visitor.lose(get("/x", Connection="close"))
    assert came.endswith(STORED)
    assert end == "fin"


async def test_many_visitors_at_once_get_each_their_own_answer(bench: Bench) -> None:
    for n in range(40):
        text = str(n).encode()
        bench.target.answers[f"/{n}"] = (
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text
        )

    async def ask(n: int) -> bytes:
        async with visiting(bench.gateway) as visitor:
            return (await visitor.ask(post(f"/{n}", b"x" * n)))[1]

    answers = await asyncio.gather(*(ask(n) for n in range(40)))
    assert answers == [str(n).encode() for n in range(40)]


@pytest.mark.parametrize(("ends", "how"), [(b"", "fin"), (None, "rst")])
async def test_a_target_that_ends_without_an_answer_looks_just_so(
    bench: Bench, ends: bytes | None, how: str
) -> None:
    bench.target.answers["/x"] = ends
    async with visiting(bench.gateway) as visitor:
        assert await visitor.lose(get("/x")) == (b"", how)
    assert len(bench.target.heads) == 1  # and it was not asked a second time


async def test_an_answer_that_breaks_off_breaks_off(bench: Bench) -> None:
    broken = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nhalf"
    bench.target.answers["/x"] = broken
    bench.target.answers["/y"] = (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
    )
    for path in ("/x", "/y"):
        async with visiting(bench.gateway) as visitor:
            came, _ = await visitor.lose(get(path))
        head, _, body = came.partition(b"\r\n\r\n")
        assert body == b"half"
        assert int(header(head, "Content-Length") or 0) > len(body)


async def test_a_target_that_is_away_gives_no_answer(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        async with listening(Target()) as target:
            url = target.url
        away = Gateway(url, ledger.witness(NETWORK), dialect=DIALECT)
        async with away as gateway, visiting(gateway) as visitor:
            assert await visitor.lose(batch()) == (b"", "fin")


async def test_what_left_the_browser_is_stored_though_the_visitor_went(bench: Bench) -> None:
    bench.target.answering.clear()
    async with visiting(bench.gateway) as visitor:
        visitor.writer.write(batch())
        await wait_until("the target has it", lambda: bench.target.stored, timeout_s=60)
    bench.target.answering.set()
    async with visiting(bench.gateway) as visitor:
        assert (await visitor.ask(batch(2)))[1] == STORED
    assert bench.target.stored == 2


async def test_a_request_that_is_cut_off_is_not_forwarded(bench: Bench) -> None:
    async with visiting(bench.gateway) as visitor:
        visitor.writer.write(batch()[:-5])
    async with visiting(bench.gateway) as visitor:
        await visitor.ask(batch(2))
    assert bench.target.stored == 1
    assert bench.gateway.requests == {("POST", BATCH_PATH): 1}


async def test_every_request_is_recorded_when_asked(bench: Bench) -> None:
    async with visiting(bench.gateway) as visitor:
        await visitor.ask(get(BATCH_PATH, "OPTIONS", Origin="http://b.example"))
        await visitor.ask(batch(7, transport="beacon", attempt=2, Content_Type="text/plain"))
    preflight, beacon = [row["detail"] for row in bench.rows("request")]
    assert (preflight["method"], preflight["origin"]) == ("OPTIONS", "http://b.example")
    assert beacon == {
        "method": "POST",
        "path": BATCH_PATH,
        "content_type": "text/plain",
        "batch": "batch-7",
        "attempt": 2,
        "transport": "beacon",
        "to_batches": True,
    }
    assert bench.gateway.requests == {("OPTIONS", BATCH_PATH): 1, ("POST", BATCH_PATH): 1}


async def test_what_a_visitor_is_given_for_a_batch_is_recorded(bench: Bench) -> None:
    """After every fault: what stands in the way of an answer is what the page sees."""
    async with visiting(bench.gateway) as visitor:
        await visitor.ask(batch(1))
    refused = Answers(bench.gateway, 503, times=1)
    await refused.inject()
    async with visiting(bench.gateway) as visitor:
        await visitor.ask(batch(2, attempt=3))
    await refused.heal()
    half = HalfAnswer(bench.gateway, times=1)
    await half.inject()
    async with visiting(bench.gateway) as visitor:
        await visitor.lose(batch(3))
    await half.heal()
    given = [row["detail"] for row in bench.rows("answered")]
    assert [(one["batch"], one["status"], one.get("is_whole", True)) for one in given] == [
        ("batch-1", 200, True),
        ("batch-2", 503, True),
        ("batch-3", 200, False),
    ]
    assert all(one["artworks"] for one in given)


async def test_nothing_is_recorded_unasked(tmp_path: Path) -> None:
    async with benched(tmp_path) as bench, visiting(bench.gateway) as visitor:
        await visitor.ask(batch())
        assert bench.kinds() == []


async def test_another_host_makes_it_a_foreign_origin(tmp_path: Path) -> None:
    async with benched(tmp_path, host="target.example") as bench:
        async with visiting(bench.gateway) as visitor:
            await visitor.ask(batch(Origin="http://a.example"))
        [head] = bench.target.heads
    assert (header(head, "Host"), header(head, "Origin")) == ("target.example", "http://a.example")


async def test_closing_it_lets_go_of_everything(tmp_path: Path) -> None:
    async with benched(tmp_path) as bench, visiting(bench.gateway) as visitor:
        await Hangs(bench.gateway).inject()
        lost = asyncio.create_task(visitor.lose(batch()))
        await wait_until("it hangs", lambda: bench.gateway.requests, timeout_s=60)
        await bench.gateway.__aexit__(None, None, None)
        assert await lost == (b"", "fin")
        with pytest.raises(HarnessError, match="not open"):
            _ = bench.gateway.url


async def test_trouble_of_its_own_is_raised_and_never_looks_like_an_answer(tmp_path: Path) -> None:
    class Broken(Answers):
        def takes(self, call: object) -> bool:
            raise RuntimeError("a slip of ours")

    async def stumble() -> None:
        async with benched(tmp_path) as bench:
            await Broken(bench.gateway, 500).inject()
            async with visiting(bench.gateway) as visitor:
                assert await visitor.lose(batch()) == (b"", "fin")

    with pytest.raises(HarnessError, match="a slip of ours"):
        await stumble()


async def test_it_leads_to_another_target_and_keeps_its_origin(tmp_path: Path) -> None:
    one, other = Target(), Target()
    with Ledger(tmp_path) as ledger:
        network = ledger.witness(NETWORK)
        async with listening(one), listening(other), Gateway(dialect=DIALECT) as gateway:
            async with visiting(gateway) as visitor:
                assert await visitor.lose(get("/missing")) == (b"", "fin")
            await Answers(gateway, 503, times=1).inject()  # its row has nowhere to go
            async with visiting(gateway) as visitor:
                assert (await visitor.ask(batch()))[0].startswith(b"HTTP/1.1 503")
            for target in (one, other):
                gateway.lead_to(target.url, network)
                async with visiting(gateway) as visitor:
                    await visitor.ask(get("/here"))
    assert [len(target.heads) for target in (one, other)] == [1, 1]


async def test_it_listens_where_it_is_bound_and_raises_when_it_cannot(bench: Bench) -> None:
    taken = int(bench.gateway.url.rpartition(":")[2])
    async with Gateway(bench.target.url, dialect=DIALECT, bind="0.0.0.0") as gateway:
        assert gateway.url.startswith("http://127.0.0.1:")
        async with visiting(gateway) as visitor:
            await visitor.ask(get("/here"))
    with pytest.raises(HarnessError, match=f"cannot listen at 127.0.0.1:{taken}"):
        async with Gateway(dialect=DIALECT, port=taken):
            pass


CHUNK = b"80\r\n" + b"x" * 128 + b"\r\n"
IN_CHUNKS = b"POST /a HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "is_whole"),
    [
        (post("/a", b"x" * 1024), True),
        (post("/a", b"x" * 1025), False),
        (post("/a", b"").replace(b"Length: 0", b"Length: 400000000"), False),
        (IN_CHUNKS + CHUNK * 8 + b"0\r\n\r\n", True),
        (IN_CHUNKS + CHUNK * 9, False),  # and more to come
    ],
)
async def test_no_body_is_held_beyond_a_bound(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, request_bytes: bytes, is_whole: bool
) -> None:
    monkeypatch.setattr(messages, "BODY_BYTES_MAX", 1024)
    async with visiting(bench.gateway) as visitor:
        head, _ = await visitor.ask(request_bytes)
    assert head.startswith(b"HTTP/1.1 200" if is_whole else b"HTTP/1.1 413")
    assert len(bench.target.heads) == int(is_whole)
    assert len(bench.rows("request")) == int(is_whole)
