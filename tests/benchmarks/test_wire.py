"""The load generator sends what it reports, and measures the waits of a slow server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from aiohttp import web

from benchmarks.wire import PATH, Load, Sent, build, moments, send
from harness.core.clock import NS_PER_S, pause

LATE_S = 0.3


async def _against(load: Load, answer: Callable[[int], web.Response | float]) -> Sent:
    """Send ``load`` to a server that gives ``answer(n)``, or waits that many seconds."""
    arrived = 0

    async def take(request: web.Request) -> web.Response:
        nonlocal arrived
        number, arrived = arrived, arrived + 1
        ids = len((await request.json())["artworkIds"])
        reply = answer(number)
        if isinstance(reply, web.Response):
            return reply
        await pause(reply)
        body = f'{{"received":{ids},"inserted":{ids - 1},"duplicate":1}}'
        return web.Response(text=body, content_type="application/json")

    app = web.Application()
    app.add_routes([web.post(PATH, take)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    chosen = replace(load, port=port)
    try:
        return await asyncio.to_thread(send, chosen, build(chosen), moments(chosen))
    finally:
        await runner.cleanup()


def test_a_batch_holds_distinct_ids_and_the_seed_decides_them() -> None:
    load = Load(port=1, cookies=("a=1", "a=2"), ids=200, batches=3)
    first = build(load)[0]
    assert build(load)[0] == first
    assert build(replace(load, seed=2))[0] != first
    ids = first.partition(b'"artworkIds": [')[2].strip(b"]}").split(b", ")
    assert len(set(ids)) == len(ids) == 200


@pytest.mark.asyncio
async def test_everything_is_sent_and_the_answers_are_added_up() -> None:
    load = Load(port=0, cookies=("a=1",), ids=3, batches=50, connections=8)
    sent = await _against(load, lambda _: 0.0)
    assert (len(sent.done_ns), sent.received, sent.inserted, sent.failed) == (50, 150, 100, 0)


@pytest.mark.asyncio
async def test_a_refused_batch_is_counted_as_failed() -> None:
    load = Load(port=0, cookies=("a=1",), ids=3, batches=10, connections=2)
    refusal = '{"error":"queue_full","message":"later"}'
    sent = await _against(load, lambda n: web.Response(status=503, text=refusal) if n == 4 else 0.0)
    assert (sent.failed, sent.received) == (1, 27)


@pytest.mark.asyncio
async def test_the_wait_counts_from_the_moment_that_was_due() -> None:
    """One connection, one slow answer: every request due meanwhile waited, sent or not."""
    load = Load(port=0, cookies=("a=1",), ids=1, batches=20, connections=1, rows_per_s=100.0)
    sent = await _against(load, lambda n: LATE_S if n == 0 else 0.0)
    waits_s = [(done - due) / NS_PER_S for done, due in zip(sent.done_ns, sent.due_ns, strict=True)]
    assert sum(wait > LATE_S / 3 for wait in waits_s) > 5
