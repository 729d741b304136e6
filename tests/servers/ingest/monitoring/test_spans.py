"""Spans reach a collector whole: request, wait and statement, tied together, without a name."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import psycopg
import pytest

pytest.importorskip("opentelemetry.proto", reason="the extra `monitoring` is not installed")
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from harness.core.wait import wait_until
from servers.ingest.config import Config
from servers.ingest.monitoring import spans
from servers.ingest.monitoring.otlp import EXPORT_S
from servers.ingest.monitoring.spans import REQUEST, WAIT, WRITE
from servers.ingest.storage.store import Share, Written
from tests.servers.ingest.monitoring.planted import Planted, must_be_noticed
from tests.servers.ingest.monitoring.receiver import Receiver, receiving
from tests.servers.ingest.site import Site, make_config, running, visitor
from tests.servers.ingest.stores import MemoryStore

pytestmark = pytest.mark.asyncio
SERVER, CLIENT, ERROR = 2, 3, 2  # of OTLP's enumerations


class Gated(MemoryStore):
    """Writes while its gate is open; a share that says ``poison`` fails its whole statement."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.gate = asyncio.Event()
        self.arrived = asyncio.Event()

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        self.arrived.set()
        await self.gate.wait()
        if any("poison" in share.artworks for share in shares):
            raise psycopg.errors.CheckViolation("Key (user_id)=(ann) is poison")
        return await super().write(shares)


@contextlib.asynccontextmanager
async def traced(collector: Receiver, *, share: float = 1.0) -> AsyncIterator[Site]:
    config = make_config(
        "dbname=nowhere", otlp=collector.url, trace_share=share, release="abc123", lifetime="life-7"
    )
    async with running(config, store_type=Gated) as site:
        yield site


def gate_of(site: Site) -> Gated:
    assert isinstance(site.store, Gated)
    return site.store


def requests_of(collector: Receiver) -> list[ExportTraceServiceRequest]:
    assert {path for path, _ in collector.posted} <= {"/v1/traces"}
    return [ExportTraceServiceRequest.FromString(body) for _, body in collector.posted]


def spans_in(collector: Receiver) -> list[Any]:
    return [
        span
        for request in requests_of(collector)
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def named(collector: Receiver, name: str) -> list[Any]:
    return [span for span in spans_in(collector) if span.name == name]


def attributes(span: Any) -> dict[str, object]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


async def send_three_at_once(site: Site, *, artworks: Sequence[Sequence[str]]) -> list[int]:
    """Three batches behind a first one that stands at the gate, so that they are one statement."""
    async with visitor(site.url) as ann:
        first = asyncio.create_task(ann.send(["first"]))
        await gate_of(site).arrived.wait()
        others = [asyncio.create_task(ann.send(list(one))) for one in artworks]

        async def all_are_in() -> bool:
            return bool((await ann.get("/readyz")).body["in_flight"] == 1 + len(artworks))

        await wait_until("all batches are in flight", all_are_in, timeout_s=20)
        gate_of(site).gate.set()
        return [(await task).status for task in (first, *others)]


async def test_a_shared_statement_links_to_its_requests_and_they_link_back() -> None:
    async with receiving() as collector:
        async with traced(collector) as site:
            statuses = await send_three_at_once(site, artworks=[["a", "b"], ["c"], ["c", "d"]])
        assert statuses == [200] * 4
        requests, waits, writes = (named(collector, name) for name in (REQUEST, WAIT, WRITE))
        assert (len(requests), len(waits), len(writes)) == (4, 4, 2)
        shared = max(writes, key=lambda span: len(span.links))
        assert len(shared.links) == 3
        assert attributes(shared) == {
            "db.system.name": "postgresql",
            "db.operation.name": "INSERT",
            "db.collection.name": "user_art_impressions",
            "ingest.batches": 3,
            "ingest.ids": 5,
        }
        by_id = {span.span_id: span for span in requests}
        assert {link.span_id for link in shared.links} < set(by_id)
        assert {span.kind for span in requests} == {SERVER}
        assert {span.kind for span in writes} == {CLIENT}
        # Every trace is one request or one statement.
        assert len({span.trace_id for span in [*requests, *writes]}) == 6
        assert all(not span.parent_span_id for span in [*requests, *writes])
        for wait in waits:
            request = by_id[wait.parent_span_id]
            assert wait.trace_id == request.trace_id
            [link] = wait.links
            write = next(span for span in writes if span.span_id == link.span_id)
            assert link.trace_id == write.trace_id
            assert request.span_id in {back.span_id for back in write.links}


async def test_the_times_are_those_of_the_parts() -> None:
    async with receiving() as collector:
        before_ns = time.time_ns()
        async with traced(collector) as site:
            await send_three_at_once(site, artworks=[["a"], ["b"]])
        after_ns = time.time_ns()
        by_id = {span.span_id: span for span in spans_in(collector)}
        waits = named(collector, WAIT)
        assert len(waits) == 3
        for wait in waits:
            request = by_id[wait.parent_span_id]
            write = by_id[wait.links[0].span_id]
            times = (
                before_ns,
                request.start_time_unix_nano,
                wait.start_time_unix_nano,
                wait.end_time_unix_nano,
            )
            assert list(times) == sorted(times)
            assert write.end_time_unix_nano <= request.end_time_unix_nano <= after_ns
            assert wait.end_time_unix_nano < write.end_time_unix_nano  # which stood at the gate
            # Two readings of the clock stand between the two.
            assert abs(wait.end_time_unix_nano - write.start_time_unix_nano) < 1e9


async def test_what_a_request_brought_and_who_serves_it() -> None:
    async with receiving() as collector:
        async with traced(collector) as site, visitor(site.url) as ann:
            gate_of(site).gate.set()
            assert (await ann.send(["a", "b"])).status == 200
            assert (await ann.send(["b", "c", "d"])).status == 200
        [resource] = {
            tuple(sorted(attributes(one.resource).items()))
            for request in requests_of(collector)
            for one in request.resource_spans
        }
        resource_of = dict(resource)
        assert resource_of["service.name"] == "impressions-ingest"
        assert resource_of["service.version"] == "abc123"
        assert resource_of["service.instance.id"] == "life-7"
        second = named(collector, REQUEST)[1]
        assert attributes(second) == {
            "http.request.method": "POST",
            "http.route": "/api/artworks/batch-impressions",
            "http.request.body.size": len('{"artworkIds": ["b", "c", "d"]}'),
            "http.response.status_code": 200,
            "ingest.received": 3,
            "ingest.inserted": 2,
            "ingest.duplicate": 1,
        }


async def test_a_statement_that_fails_for_all_is_traced_and_so_is_each_alone() -> None:
    async with receiving() as collector:
        async with traced(collector) as site:
            statuses = await send_three_at_once(site, artworks=[["a"], ["poison"]])
        assert sorted(statuses) == [200, 200, 422]
        failed = [span for span in named(collector, WRITE) if span.status.code == ERROR]
        assert sorted(len(span.links) for span in failed) == [1, 2]
        assert {attributes(span)["error.type"] for span in failed} == {"23514"}
        [refused] = [
            span
            for span in named(collector, REQUEST)
            if attributes(span)["http.response.status_code"] == 422
        ]
        assert attributes(refused)["error.type"] == "not_storable"
        assert refused.status.code != ERROR  # the client's mistake
        [wait] = [span for span in named(collector, WAIT) if span.parent_span_id == refused.span_id]
        assert {link.span_id for link in wait.links} == {span.span_id for span in failed}


async def test_what_is_turned_down_at_the_door_has_a_span_without_a_wait() -> None:
    async with receiving() as collector:
        async with traced(collector) as site, visitor(site.url) as ann:
            assert (await ann.send([])).status == 400
        [request] = spans_in(collector)
        assert request.name == REQUEST
        assert attributes(request)["error.type"] == "empty_batch"


async def test_no_user_no_artwork_and_no_words_of_the_database_leave() -> None:
    async with receiving() as collector:
        async with traced(collector) as site:
            await send_three_at_once(site, artworks=[["artwork-7"], ["poison"]])
        sent = b"".join(body for _, body in collector.posted)
        assert WRITE.encode() in sent
        for secret in (b"ann", b"artwork-7", b"poison", b"first", b"user_id"):
            assert secret not in sent


@pytest.mark.parametrize("share", [0.0, 0.25])
async def test_a_share_of_the_requests_is_traced(share: float) -> None:
    async with receiving() as collector:
        async with traced(collector, share=share) as site, visitor(site.url) as ann:
            gate_of(site).gate.set()
            for number in range(80):
                assert (await ann.send([f"a{number}"])).status == 200
        count = len(named(collector, REQUEST))
        assert len(named(collector, WRITE)) == count
        assert count == 0 if share == 0 else 8 <= count <= 35


async def test_without_a_collector_nothing_is_traced() -> None:
    config = make_config("dbname=nowhere")
    async with running(config, store_type=MemoryStore) as site, visitor(site.url) as ann:
        assert (await ann.send(["a"])).status == 200


@pytest.mark.parametrize("status", [503, None])
async def test_a_collector_that_is_sick_or_gone_holds_up_no_answer_and_no_end(
    status: int | None,
) -> None:
    async with receiving(status or 200) as collector:
        if status is None:
            collector.url = "http://127.0.0.1:9"
        async with traced(collector) as site, visitor(site.url) as ann:
            gate_of(site).gate.set()
            for number in range(3):
                assert (await ann.send([f"a{number}"])).status == 200
            began_s = time.monotonic()
        assert time.monotonic() - began_s < 3 * EXPORT_S


async def test_a_quarter_is_traced() -> None:
    await test_a_share_of_the_requests_is_traced(0.25)


PLANTED = {
    "a statement has no links": Planted(
        "links = [one.place for one in requests]",
        "links: list[Place] = []",
        test_a_shared_statement_links_to_its_requests_and_they_link_back,
    ),
    "a wait links to no statement": Planted(
        "links=request.writes,",
        "links=[],",
        test_a_shared_statement_links_to_its_requests_and_they_link_back,
    ),
    "a wait has no parent": Planted(
        "parent=parent,",
        'parent=b"",',
        test_the_times_are_those_of_the_parts,
    ),
    "a wait ends with the answer": Planted(
        "waited_ns[1] + offset_ns),",
        "at.wall_ns),",
        test_the_times_are_those_of_the_parts,
    ),
    "what was received counts as inserted": Planted(
        '("ingest.inserted", receipt.inserted)',
        '("ingest.inserted", receipt.received)',
        test_what_a_request_brought_and_who_serves_it,
    ),
    "the release is left out": Planted(
        "if release:", "if not release:", test_what_a_request_brought_and_who_serves_it
    ),
    "a client's mistake is the server's error": Planted(
        "if receipt.status >= 500:",
        "if receipt.status >= 400:",
        test_a_statement_that_fails_for_all_is_traced_and_so_is_each_alone,
    ),
    "a failed statement looks like any": Planted(
        'add_text(span, "error.type", failure)\n                '
        "span.status.code = Status.STATUS_CODE_ERROR",
        'add_text(span, "error.type", failure)',
        test_a_statement_that_fails_for_all_is_traced_and_so_is_each_alone,
    ),
    "the database's words leave": Planted(
        "return state or type(error).__name__",
        "return str(error)",
        test_no_user_no_artwork_and_no_words_of_the_database_leave,
    ),
    "every request is traced": Planted(
        "if self._draw() >= self._share:", "if False:", test_a_quarter_is_traced
    ),
}


@pytest.mark.parametrize("defect", PLANTED)
async def test_a_planted_defect_is_noticed(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await must_be_noticed(spans, PLANTED[defect], monkeypatch)
