"""The roadmap's names over UDP: each answer once, whole lines, and no answer waits for an agent."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.wait import wait_until
from servers.ingest.monitoring.statsd import DATAGRAM_BYTES, StatsD, packed
from servers.ingest.receipts import FORMAT, Receipt
from tests.servers.ingest.site import make_config, running, visitor
from tests.servers.ingest.stores import MemoryStore


@pytest.fixture
def agent() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.setblocking(False)
        yield listening


def address_of(agent: socket.socket) -> str:
    return f"127.0.0.1:{agent.getsockname()[1]}"


def heard(agent: socket.socket) -> list[str]:
    lines: list[str] = []
    while True:
        try:
            lines += agent.recv(65_536).decode().split("\n")
        except BlockingIOError:
            return lines


def receipt(status: int, *, received: int = 0, inserted: int = 0, duplicate: int = 0) -> Receipt:
    return Receipt(
        FORMAT,
        "batch",
        "life",
        status=status,
        received=received,
        inserted=inserted,
        duplicate=duplicate,
        received_mono_ns=1_000_000_000,
    )


def test_a_group_of_answers_by_name(agent: socket.socket) -> None:
    sink = StatsD(address_of(agent))
    stored = receipt(200, received=3, inserted=2, duplicate=1)
    sink.answered([stored, receipt(503, received=5), receipt(401)], 1_012_500_000)
    sink.close()
    assert sorted(heard(agent)) == sorted(
        [
            "impression.batch.success:1|c",
            "impression.batch.failure:2|c",
            "impression.inserted:2|c",
            "impression.duplicate:1|c",
            "impression.batch.size:3|h",
            "impression.batch.size:5|h",
            *["impression.batch.latency:12.500|ms"] * 3,
            *["impression.latency:12.500|d"] * 3,
        ]
    )


def test_counters_that_did_not_move_are_not_sent(agent: socket.socket) -> None:
    sink = StatsD(address_of(agent))
    sink.answered([receipt(503)], 2_000_000_000)
    sink.close()
    assert [line for line in heard(agent) if line.endswith("|c")] == [
        "impression.batch.failure:1|c"
    ]


@given(st.lists(st.binary(min_size=1, max_size=200).filter(lambda line: b"\n" not in line)))
def test_lines_are_packed_whole_and_in_order(lines: list[bytes]) -> None:
    datagrams = list(packed(lines))
    assert [line for one in datagrams for line in one.split(b"\n")] == lines
    assert all(0 < len(one) <= DATAGRAM_BYTES for one in datagrams)
    for one, following in pairwise(datagrams):
        assert len(one) + 1 + len(following.split(b"\n")[0]) > DATAGRAM_BYTES - 1


def test_what_cannot_be_sent_is_counted_and_raises_nothing(agent: socket.socket) -> None:
    sink = StatsD(address_of(agent))
    sink.close()
    sink.answered([receipt(200, received=1, inserted=1)], 2_000_000_000)
    assert sink.dropped == 1


@pytest.mark.asyncio
async def test_every_answer_of_a_server_is_sent_once(agent: socket.socket) -> None:
    config = make_config("dbname=nowhere", statsd=address_of(agent))
    async with running(config, store_type=MemoryStore) as site, visitor(site.url) as ann:
        for number in range(5):
            assert (await ann.send([f"a{number}", "b"])).status == 200
        assert (await ann.send([])).status == 400
        lines: list[str] = []

        def all_heard() -> bool:
            lines.extend(heard(agent))
            return sum("batch.latency" in line for line in lines) == 6

        await wait_until("six answers are heard of", all_heard, timeout_s=20)
    counts: Counter[str] = Counter()
    for line in lines:
        name, _, value = line.partition(":")
        if value.endswith("|c"):
            counts[name] += int(value.removesuffix("|c"))
    assert counts == {
        "impression.batch.success": 5,
        "impression.batch.failure": 1,
        "impression.inserted": 6,
        "impression.duplicate": 4,
    }
    assert not [line for line in lines if "ann" in line or "a0" in line]
