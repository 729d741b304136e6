"""What the server says, and what is never heard of it."""

from __future__ import annotations

import contextlib
from typing import Any

from harness.browsers.visitor import Tab
from harness.core.errors import WaitTimeout
from harness.faults.request.answers import (
    AckLost,
    Answers,
    FeltByUse,
    HalfAnswer,
    Hangs,
    ReadsThenCloses,
)
from harness.faults.request.gateway import Gateway
from harness.faults.request.pages import Injects
from harness.ledger.kinds.client import RetryScheduled, Unanswered
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.target.capabilities import Capability
from scenarios.catalogue.declare import Judge, StartRun, check
from scenarios.common.visit import DRAIN_S, NO_BEACON, SOON, finish
from scenarios.common.visit_case import only, visit_case

TRIES = 8
"""How often a batch fails where giving up is the question: each time over every transport."""
_STATUSES = (408, 425, 429, 500, 502, 503, 504)
_REASONS = len(_STATUSES) + 5
_AT_ONCE: dict[str, Any] = {
    "flushDelayMs": "50",
    "retryBaseMs": "20",
    "retryCapMs": "60",
    "firstTimeoutMs": "250",
    "timeoutCapMs": "300",
}
"""Page options of a recorder that tries again soon, and waits for no answer long."""
_LONGER_MS = "1000"
"""A longest wait that failures reach only after five in a row: waits that start over before
differ from chance."""
_LATE_S = 11
"""What is remembered for ten seconds is forgotten by then."""
WAIT_S = 3
FAILURES = 5
BASE_MS, CAP_MS = 5000, 300_000


@visit_case(views=3, checks=only("durable", check("retry_after_heeded", wait_s=WAIT_S)), about_s=14)
async def test_429_retry_after(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The server asks for a pause of 3 s, by a number and by a date: is nothing sent before?

    The page's clock need not agree with the server's: a date counts from that of the answer.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        first = Answers(gateway, 429, retry_after_s=WAIT_S, times=1)
        second = Answers(gateway, 503, retry_after_s=WAIT_S, as_date=True, times=1)
        async with run.fault(second), run.fault(first):
            tab = await run.visitors.open_tab(flushDelayMs="200", retryBaseMs=SOON)
            await tab.look_at(*run.artworks(3))
            if cell.arm["preset"] == "durable":  # the other never hears of it
                await tab.until(RetryScheduled, timeout_s=10)
                await tab.flush()
                await tab.hide()
                await tab.front()
            await tab.drained(25)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=6,
    some_lost=True,
    checks=only("durable", check("refused_were_dropped", impressions=3)),
    controls={Capability.RECORDER_RULES},
)
async def test_400_poison(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The server will never take one batch: is it dropped, and does the next one pass?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        artworks = run.artworks(6)
        tab = await run.visitors.open_tab(flushDelayMs="200", retryBaseMs=SOON)
        async with run.fault(Answers(gateway, 400, times=1)):
            await tab.look_at(*artworks[:3])
            await tab.drained(15)
        await tab.look_at(*artworks[3:])
        await tab.drained(15)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


def _backoff(arm: Arm) -> list[CheckSpec]:
    jitter = 1 if arm["preset"] == "durable" else 0
    return [check("backoff", base_ms=BASE_MS, cap_ms=CAP_MS, jitter=jitter, retries=FAILURES)]


@visit_case(
    views=3,
    checks=_backoff,
    about_s=150,
    controls={Capability.RECORDER_RULES, Capability.PAGE_EVENTS},
)
async def test_503_backoff(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Five times 503: do the retries wait 5, 10, 20, 40 and 80 s, or less where they jitter?

    Beacons are blocked: who sends a beacon never hears of a 503.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        blocked, refusing = Injects(gateway, NO_BEACON), Answers(gateway, 503, times=FAILURES)
        async with run.fault(blocked), run.fault(refusing):
            tab = await run.visitors.open_tab(flushDelayMs="200")
            await tab.look_at(*run.artworks(3))
            await tab.drained(170)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(views=3, checks=[check("came_again", least=1)])
async def test_answer_lost(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The server stores and the connection ends before its answer: two attempts, one row?

    On a connection that was used before, Chromium and Firefox repeat the request by themselves.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        tab = await run.visitors.open_tab(flushDelayMs="200", retryBaseMs=SOON)
        async with run.fault(Injects(gateway, NO_BEACON)), run.fault(AckLost(gateway, times=1)):
            await tab.reload()
            await tab.look_at(*run.artworks(3))
            await tab.drained(15)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(views=3, checks=[check("came_again", least=1)])
async def test_half_answer(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The answer breaks off in the middle: is the batch sent again, and one row stored?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        blocked = Injects(gateway, NO_BEACON)
        async with run.fault(blocked), run.fault(HalfAnswer(gateway, times=1)):
            tab = await run.visitors.open_tab(flushDelayMs="200", retryBaseMs=SOON)
            await tab.look_at(*run.artworks(3))
            await tab.drained(15)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(views=6)
async def test_reads_then_closes(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """The server reads a request on a used connection and hangs up: is the batch sent again?"""
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        async with run.fault(Injects(gateway, NO_BEACON)):
            tab = await run.visitors.open_tab(flushDelayMs="200", retryBaseMs=SOON)
            artworks = run.artworks(6)
            await tab.look_at(*artworks[:3])
            await tab.drained(15)
            async with run.fault(ReadsThenCloses(gateway, times=1)):
                await tab.look_at(*artworks[3:])
                await tab.drained(15)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


def _failures(gateway: Gateway) -> list[FeltByUse]:
    """Return the ways in which a request can fail at the gateway, each often enough.

    Without an answer the recorder tries over its other transport at once, and browsers repeat some
    requests by themselves (Chromium one that was answered 408): it fails four times as often.
    """
    often = 4 * TRIES
    return [
        *(
            Answers(gateway, status, times=often if status == 408 else TRIES)
            for status in _STATUSES
        ),
        ReadsThenCloses(gateway, how="fin", times=often),
        ReadsThenCloses(gateway, how="rst", times=often),
        HalfAnswer(gateway, times=often),
        AckLost(gateway, how="rst", times=often),
    ]


async def _failed_often(tab: Tab, times: int = 2 * TRIES) -> None:
    """Give a page time to fail as often as it is to; whether it did, the checks decide."""
    with contextlib.suppress(WaitTimeout):
        await tab.until(Unanswered, times=times, timeout_s=DRAIN_S)


@visit_case(
    views=2 * _REASONS,
    presets=("durable",),
    checks=[check("tried_until_delivered", batches=_REASONS, least=TRIES), check("each_id_once")],
    about_s=40,
    controls={Capability.PAGE_EVENTS, Capability.RECORDER_RULES, Capability.PAGE_OPTIONS},
)
async def test_keeps_trying(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A batch fails eight times and more, for each reason there is: is it delivered in the end?

    Refusals that pass (408, 425, 429), errors of the server, connections that end without an
    answer or in the midst of one, and silence; one reason after the other in the same tab.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        artworks = iter(run.artworks(2 * _REASONS))
        tab = await run.visitors.open_tab(**_AT_ONCE)
        async with run.fault(Hangs(gateway)):  # until it has failed, for it takes up connections
            await tab.look_at(next(artworks), next(artworks))
            await _failed_often(tab)
        await tab.drained(DRAIN_S)
        for failure in _failures(gateway):
            async with run.fault(failure):
                await tab.look_at(next(artworks), next(artworks))
                await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=2,
    presets=("durable",),
    needs=["toxiproxy"],
    checks=[check("tried_until_delivered", batches=1, least=TRIES), check("each_id_once")],
    about_s=12,
    controls={Capability.PAGE_EVENTS, Capability.RECORDER_RULES, Capability.PAGE_OPTIONS},
)
async def test_keeps_trying_to_connect(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """No connection comes about eight times and more: is the batch delivered in the end?"""
    async with start_run(cell) as run:
        tab = await run.visitors.open_tab(**_AT_ONCE | {"retryCapMs": _LONGER_MS})
        async with run.network.cut():
            await tab.look_at(*run.artworks(2))
            await _failed_often(tab, 4 * TRIES)
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


@visit_case(
    views=3,
    presets=("durable",),
    first=["refused", "stored"],
    checks=[check("tried_until_delivered", batches=1, least=4), check("each_id_once")],
    about_s=24,
    controls={Capability.PAGE_EVENTS, Capability.RECORDER_RULES, Capability.PAGE_OPTIONS},
)
async def test_late_repeat(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A batch fails, waits for 11 s as the server asks, and fails again: is it stored, and once?

    At first it is refused for the moment, or stored and half of its answer is lost. Neither a
    recorder that gives up after ten seconds nor a server that knows a repetition for so long gets
    away with it.
    """
    async with start_run(cell) as run:
        gateway = await run.network.gateway()
        is_stored = cell.arm["first"] == "stored"
        # A browser repeats a request by itself whose connection ends without a byte of an answer.
        first = HalfAnswer(gateway, times=1) if is_stored else Answers(gateway, 503, times=1)
        pause = Answers(gateway, 503, retry_after_s=_LATE_S, times=1)
        last = Answers(gateway, 502, times=1)
        # The fault that was injected last acts first.
        async with run.fault(last), run.fault(pause), run.fault(first):
            tab = await run.visitors.open_tab(flushDelayMs="50", retryBaseMs=SOON)
            await tab.look_at(*run.artworks(3))
            await tab.until(Unanswered, times=3, timeout_s=_LATE_S + DRAIN_S)
        await tab.drained(DRAIN_S)
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)
