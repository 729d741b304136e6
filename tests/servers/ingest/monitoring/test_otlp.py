"""Spans reach a collector, late where it must be; what it never takes is dropped, and logged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

pytest.importorskip("opentelemetry.proto", reason="the extra `monitoring` is not installed")
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from harness.core.wait import wait_until
from servers.ingest.monitoring import otlp
from servers.ingest.monitoring.otlp import Exporter, SpanOutline, add_numbers, add_text, headers_of
from tests.servers.ingest.monitoring.receiver import Receiver, receiving

pytestmark = pytest.mark.asyncio
OUTLINE = SpanOutline("a thing", Span.SPAN_KIND_SERVER, {"route": "/x"})


@contextlib.asynccontextmanager
async def exporting(collector: Receiver) -> AsyncIterator[Exporter]:
    exporter = Exporter(collector.url, {"service.name": "tried"}, "of a test")
    try:
        yield exporter
    finally:
        await exporter.close()


def add(exporter: Exporter, number: int) -> Span:
    span = exporter.add(OUTLINE, exporter.place(), (1_000, 2_000))
    add_numbers(span, [("number", number)])
    return span


def requests_in(collector: Receiver) -> list[list[int]]:
    """The numbers of the spans of each request."""
    found = []
    for path, body in collector.posted:
        assert path == "/v1/traces"
        groups = ExportTraceServiceRequest.FromString(body).resource_spans
        for group in groups:
            assert [(one.key, one.value.string_value) for one in group.resource.attributes] == [
                ("service.name", "tried")
            ]
        spans = [span for group in groups for scope in group.scope_spans for span in scope.spans]
        found.append([span.attributes[-1].value.int_value for span in spans])
    return found


async def came(collector: Receiver, requests: int) -> None:
    await wait_until(
        f"{requests} requests have come", lambda: len(collector.posted) >= requests, timeout_s=20
    )


async def test_a_span_is_whole() -> None:
    async with receiving() as collector:
        async with exporting(collector) as exporter:
            there, here = exporter.place(), exporter.place()
            span = exporter.add(OUTLINE, here, (1_000, 2_000), links=[there], parent=b"12345678")
            add_numbers(span, [("n", -3)])
            add_text(span, "why", "because")
        [(_, body)] = collector.posted
        [group] = ExportTraceServiceRequest.FromString(body).resource_spans
        assert group.scope_spans[0].scope.name == "of a test"
        [found] = group.scope_spans[0].spans
        assert (found.name, found.kind) == ("a thing", Span.SPAN_KIND_SERVER)
        assert (found.trace_id, found.span_id) == here
        assert (len(found.trace_id), len(found.span_id)) == (16, 8)
        assert found.parent_span_id == b"12345678"
        assert (found.start_time_unix_nano, found.end_time_unix_nano) == (1_000, 2_000)
        assert [(one.trace_id, one.span_id) for one in found.links] == [there]
        text, number, why = found.attributes
        assert (text.key, text.value.string_value) == ("route", "/x")
        assert (number.key, number.value.int_value) == ("n", -3)
        assert (why.key, why.value.string_value) == ("why", "because")


async def test_places_differ_and_a_child_is_of_its_parents_trace() -> None:
    async with receiving() as collector, exporting(collector) as exporter:
        places = [exporter.place() for _ in range(1_000)]
        assert len({one.trace_id for one in places}) == len({one.span_id for one in places}) == 1000
        child = exporter.place(places[0].trace_id)
        assert child.trace_id == places[0].trace_id
        assert child.span_id != places[0].span_id


async def test_they_go_out_together_in_time_and_many_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with receiving() as collector, exporting(collector) as exporter:
        monkeypatch.setattr(otlp, "EVERY_S", 3600.0)
        for number in range(otlp.AT_ONCE):
            add(exporter, number)
        await came(collector, 1)
        assert requests_in(collector) == [list(range(otlp.AT_ONCE))]
    monkeypatch.setattr(otlp, "EVERY_S", 0.05)
    async with receiving() as collector, exporting(collector) as exporter:
        add(exporter, 1)
        add(exporter, 2)
        await came(collector, 1)
        assert requests_in(collector) == [[1, 2]]


@pytest.mark.parametrize("status", otlp.LATER)
async def test_what_cannot_be_taken_now_comes_with_the_next_and_is_logged_once(
    status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(otlp, "EVERY_S", 0.05)
    async with receiving(status) as collector:
        async with exporting(collector) as exporter:
            add(exporter, 1)
            await came(collector, 3)
            add(exporter, 2)
            collector.status = 200
            sent = len(collector.posted)
            await came(collector, sent + 1)
        assert set(map(tuple, requests_in(collector))) == {(1,), (1, 2)}
        assert requests_in(collector)[-1] == [1, 2]
    warnings = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert [one.getMessage() for one in warnings] == [
        f"the collector does not take all spans now: status {status}"
    ]


async def test_what_is_refused_does_not_come_again() -> None:
    async with receiving(400) as collector:
        async with exporting(collector) as exporter:
            add(exporter, 1)
            exporter._wake.set()
            await came(collector, 1)
            add(exporter, 2)
        assert requests_in(collector) == [[1], [2]]


async def test_a_collector_that_is_away_gets_the_spans_once_it_is_there(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(otlp, "EVERY_S", 0.05)
    async with receiving() as collector:
        there = collector.url
        collector.url = "http://127.0.0.1:9"
        async with exporting(collector) as exporter:
            add(exporter, 1)
            await wait_until("it was tried", lambda: bool(caplog.records), timeout_s=20)
            exporter._url = f"{there}/v1/traces"
            await came(collector, 1)
        assert requests_in(collector) == [[1]]
    assert "ClientConnectorError" in caplog.text


async def test_what_is_kept_and_what_waits_have_bounds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(otlp, "KEPT_BYTES", 100)
    async with receiving(503) as collector:
        async with exporting(collector) as exporter:
            for number in range(otlp.WAITING + 5):  # none is sent before the loop goes on
                add(exporter, number)
            await came(collector, 1)
            assert requests_in(collector) == [list(range(otlp.WAITING))]
            await wait_until("it was answered", lambda: len(caplog.records) > 0, timeout_s=20)
            await asyncio.wait_for(_is_idle(exporter), 20)
            add(exporter, 7)
        assert requests_in(collector)[-1] == [7]
    assert "more come than it takes" in caplog.text


async def _is_idle(exporter: Exporter) -> None:
    await wait_until("nothing waits", lambda: exporter._waiting == 0, timeout_s=20)


async def test_headers_are_opentelemetrys(monkeypatch: pytest.MonkeyPatch) -> None:
    general, own = otlp.HEADERS_VARIABLES[1], otlp.HEADERS_VARIABLES[0]
    assert headers_of({}) == {}
    assert headers_of({general: "Api-Key=a%3Db%2Cc, x = 1 ,nothing,=none"}) == {
        "api-key": "a=b,c",
        "x": "1",
    }
    assert headers_of({general: "a=1", own: "b=2"}) == {"b": "2"}
    monkeypatch.setenv(general, "api-key=secret")
    async with receiving() as collector:
        async with exporting(collector) as exporter:
            add(exporter, 1)
        assert collector.headers[0]["api-key"] == "secret"
        assert collector.headers[0]["content-type"] == "application/x-protobuf"
