"""The load generator's sessions and the recorder follow one model: delay, batch size, retry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from harness.core.wait import wait_until
from harness.load.generator import retry
from harness.load.schedule.schedule import Workload, schedule
from harness.target.dialect import Reply
from harness.target.reference.dialect import HELD_4XX, TRY_AGAIN_4XX, ReferenceDialect
from tests.servers.client.conftest import OpenDisplay
from tests.servers.client.double import CLIENT, Answer, Target

# The page's timers and clock, moved by the test: the real ones are late on a busy machine. Answers
# are real and take none of this time. Returns when every timer up to `untilMs` has fired.
_PASS_TIME = """async ([views, untilMs]) => {
    const wait = window.setTimeout.bind(window);
    const start = performance.now();
    const timers = new Map();
    let [now, serial] = [start, 1_000_000];
    performance.now = () => now;
    window.setTimeout = (action, ms = 0) => (timers.set(++serial, [now + ms, action]), serial);
    window.clearTimeout = (id) => timers.delete(id);
    for (const [atMs, id] of views) setTimeout(() => impressions.recorder.record(id), atMs);
    for (;;) {
        const next = [...timers].sort(([a, [due]], [b, [later]]) => due - later || a - b)[0];
        if (!next || next[1][0] > start + untilMs) return;
        timers.delete(next[0]);
        now = next[1][0];
        next[1][1]();
        do await new Promise((resolve) => wait(resolve, 1));
        while (impressions.recorder.telemetry().inFlight);
    }
}"""


def _source(name: str) -> str:
    return Path(CLIENT, name).read_text(encoding="utf-8")


def _option(name: str) -> float:
    """The value of an option that the durable preset has, shared or its own."""
    text = _source("options.js")
    common = text.partition("const COMMON = {")[2].partition("\n};")[0]
    durable = text.partition("  durable: {")[2].partition("\n  },")[0]
    (value,) = re.findall(rf"^ *{name}: ([\d_]+),$", common + durable, re.MULTILINE)
    return float(value)


def _set(pattern: str) -> set[int]:
    (found,) = re.findall(pattern, _source("transports.js"))
    return {
        int(number)
        for number in re.findall(r"\d+", " ".join(found if isinstance(found, tuple) else [found]))
    }


def test_the_constants_are_the_same() -> None:
    workload = Workload(sessions=1, impressions=1, duration_s=9)
    assert _option("flushDelayMs") == workload.flush_delay_s * 1000
    assert _option("maxBatchSize") == workload.batch_size_max
    assert _option("retryBaseMs") == retry.RETRY_BASE_S * 1000
    assert _option("retryCapMs") == retry.RETRY_CAP_S * 1000
    durable = _source("options.js").partition("  durable: {")[2].partition("\n  },")[0]
    for choice in ('flushTiming: "throttle"', "fullJitter: true", "heedAnswers: true"):
        assert choice in durable


def test_the_same_answers_are_tried_again() -> None:
    assert _set(r"const PASSING = new Set\(\[(.*?)\]\)") == TRY_AGAIN_4XX
    assert _set(r"if \(status === (\d+) \|\| status === (\d+)\) return \{ kind: \"held\"") == (
        HELD_4XX
    )


PACES = [
    # By the delay: three views fit into a period, the fourth comes 200 ms after its end.
    Workload(sessions=1, impressions=10, duration_s=5.0, flush_delay_s=1.0, batch_size_max=200),
    # By the size: the third view fills the batch long before the delay is over.
    Workload(sessions=1, impressions=11, duration_s=2.65, flush_delay_s=1.0, batch_size_max=3),
]


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("workload", PACES, ids=["delay", "size"])
async def test_the_same_views_make_the_same_batches_at_the_same_moments(
    open_display: OpenDisplay, target: Target, workload: Workload
) -> None:
    slots = schedule(workload, seed=3)
    start_s = slots[0].shown_at_s[0]
    views = [
        (1000 * (at_s - start_s), artwork)
        for slot in slots
        for at_s, artwork in zip(slot.shown_at_s, slot.artworks, strict=True)
    ]
    display = await open_display(
        flushDelayMs=workload.flush_delay_s * 1000, maxBatchSize=workload.batch_size_max
    )
    await display.page.evaluate(_PASS_TIME, [views, 1000 * workload.duration_s + 10_000])
    assert [request.ids for request in target.requests] == [list(slot.artworks) for slot in slots]
    recorded = (await display.events("recorded"))[0]["at"]
    sent_s = [(event["at"] - recorded) / 1000 for event in await display.events("attempt")]
    due_s = [slot.at_s - start_s for slot in slots]
    assert sent_s == pytest.approx(due_s, abs=0.001)


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_both_wait_as_the_server_asks(open_display: OpenDisplay, target: Target) -> None:
    target.answers.append(Answer(status=503, retry_after="1"))
    display = await open_display(flushDelayMs=20)
    await display.show("a")
    heard: list[dict[str, Any]] = []

    async def scheduled() -> bool:
        heard[:] = await display.events("retry_scheduled")
        return bool(heard)

    await wait_until("the retry is scheduled", scheduled, timeout_s=30)
    reply = Reply(503, head=b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1")
    longest_s = retry.delay_s(ReferenceDialect().understand(reply), 1, lambda: 1.0)
    assert longest_s is not None
    assert 1.0 <= heard[0]["delayMs"] / 1000 <= longest_s
