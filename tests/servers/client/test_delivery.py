"""What an answer means: done, never, not for me, or unknown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.servers.client.conftest import OpenDisplay
from tests.servers.client.double import Answer, Target

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def _batches(target: Target) -> list[tuple[str, int]]:
    return [(r.body["batchId"], r.body["attempt"]) for r in target.requests]


@pytest.mark.parametrize(
    "bad", [{"status": 500}, {"status": 503}, {"status": 429}, {"status": 425}]
)
async def test_a_bad_answer_is_retried_with_the_same_batch_id(
    open_display: OpenDisplay, target: Target, bad: dict[str, Any]
) -> None:
    target.answers.extend([Answer(**bad)] * 2)
    display = await open_display(flushDelayMs=20, retryBaseMs=50)
    await display.show("a")
    await display.until_drained()
    batch = target.requests[0].body["batchId"]
    assert _batches(target) == [(batch, 1), (batch, 2), (batch, 3)]
    telemetry = await display.telemetry()
    assert (telemetry["flushSuccess"], telemetry["flushFail"]) == (1, 2)


@pytest.mark.parametrize("silence", ["dropped", "half an answer"])
async def test_no_answer_is_unknown_and_retried(
    open_display: OpenDisplay, target: Target, silence: str
) -> None:
    target.usual = Answer(drop=True) if silence == "dropped" else Answer(cut=True)
    display = await open_display(flushDelayMs=20, retryBaseMs=50)
    await display.show("a")
    await display.until_event("unknown")
    target.usual = Answer()
    await display.until_drained()
    unknown = (await display.events("unknown"))[0]
    assert (unknown["reason"], "status" in unknown) == ("network", False)
    # Chromium itself repeats a POST that died on a reused connection, so there may be more.
    assert len(target.requests) >= 2
    assert {request.body["batchId"] for request in target.requests} == {unknown["batch"]}


async def test_the_roadmap_retries_after_5_10_20_seconds(
    open_display: OpenDisplay, target: Target
) -> None:
    target.answers.extend([Answer(status=503)] * 4)
    display = await open_display(
        preset="roadmap", visible="keepalive", flushDelayMs=20, retryBaseMs=50
    )
    await display.show("a")
    await display.until_drained()
    delays = [event["delayMs"] for event in await display.events("retry_scheduled")]
    assert delays == [50, 100, 200, 400]


async def test_a_linear_delay_grows_by_its_base_up_to_the_cap(
    open_display: OpenDisplay, target: Target
) -> None:
    target.answers.extend([Answer(status=503)] * 5)
    display = await open_display(
        linearRetry="true", fullJitter="false", flushDelayMs=20, retryBaseMs=30, retryCapMs=100
    )
    await display.show("a")
    await display.until_drained()
    delays = [event["delayMs"] for event in await display.events("retry_scheduled")]
    assert delays == [30, 60, 90, 100, 100]


async def test_retries_are_spread_over_the_delay_and_capped(
    open_display: OpenDisplay, target: Target
) -> None:
    target.answers.extend([Answer(status=503)] * 8)
    display = await open_display(flushDelayMs=20, retryBaseMs=40, retryCapMs=100, seed="7")
    await display.show("a")
    await display.until_drained()
    delays = [event["delayMs"] for event in await display.events("retry_scheduled")]
    limits = [40, 80, *[100] * 6]
    assert all(0 <= delay <= limit for delay, limit in zip(delays, limits, strict=True))
    assert len({delay / limit for delay, limit in zip(delays, limits, strict=True)}) == 8


async def test_the_same_seed_gives_the_same_delays(
    open_display: OpenDisplay, target: Target
) -> None:
    seen = []
    for seed in ("7", "7", "8"):
        target.answers.extend([Answer(status=503)] * 3)
        display = await open_display(flushDelayMs=20, retryBaseMs=40, seed=seed)
        await display.show("a")
        await display.until_drained()
        seen.append([event["delayMs"] for event in await display.events("retry_scheduled")])
    assert seen[0] == seen[1] != seen[2]


async def test_the_first_retry_starts_within_five_seconds(open_display: OpenDisplay) -> None:
    """The defaults, drawn often: whatever the seed, never later than five seconds."""
    display = await open_display()
    worst = await display.page.evaluate(
        """async () => {
          const { chance, PRESETS } = await import("/client/options.js");
          const { retryBaseMs } = PRESETS.durable;
          const draws = Array.from({ length: 500 }, (_, seed) => chance(`${seed}`)() * retryBaseMs);
          return Math.max(...draws);
        }"""
    )
    assert 4900 < worst <= 5000


async def test_retry_after_outlasts_the_hiding_of_the_page(
    open_display: OpenDisplay, target: Target
) -> None:
    target.answers.append(Answer(status=429, retry_after="3600"))
    display = await open_display(flushDelayMs=20, retryBaseMs=10)
    await display.show("a")
    await display.until_event("retry_scheduled")
    await display.hide()
    # Hiding is answered inside its event or not at all.
    attempts = await display.events("visibility", "attempt")
    assert [event["type"] for event in attempts] == ["attempt", "visibility"]


async def test_retry_after_is_waited_for(open_display: OpenDisplay, target: Target) -> None:
    target.answers.append(Answer(status=429, retry_after="1"))
    display = await open_display(flushDelayMs=20, retryBaseMs=10)
    await display.show("a")
    await display.until_drained()
    first, second = target.requests
    assert second.at - first.at >= 1
    (retry,) = await display.events("retry_scheduled")
    assert 1000 <= retry["delayMs"] < 2000


async def test_the_roadmap_does_not_wait_for_retry_after(
    open_display: OpenDisplay, target: Target
) -> None:
    target.answers.append(Answer(status=429, retry_after="3600"))
    display = await open_display(
        preset="roadmap", visible="keepalive", flushDelayMs=20, retryBaseMs=10
    )
    await display.show("a")
    await display.until_drained()


async def test_retry_after_is_seconds_or_a_date(open_display: OpenDisplay) -> None:
    display = await open_display()
    delays = await display.page.evaluate(
        """async () => {
          const { delayFrom } = await import("/client/transports.js");
          const headers = ["3", "0.5", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", null];
          const then = "Wed, 21 Oct 2015 07:28:00 GMT", later = "Wed, 21 Oct 2015 07:28:07 GMT";
          return [...headers.map((header) => delayFrom(header)), delayFrom(later, then),
                  delayFrom("3", then), delayFrom(then, later), delayFrom(then, "soon")]
            .map((delay) => delay ?? "nothing");
        }"""
    )
    assert delays[:5] == [3000, 500, 0, "nothing", "nothing"]
    assert delays[5:] == [7000, 3000, 0, 0], "a date counts from the answer's own"


@pytest.mark.parametrize("status", [400, 413])
async def test_a_poison_batch_is_dropped_and_does_not_block_the_queue(
    open_display: OpenDisplay, target: Target, status: int
) -> None:
    target.answers.append(Answer(status=status))
    display = await open_display(flushDelayMs=20, maxBatchSize=1)
    await display.record(["poison", "good"])
    await display.until_drained()
    assert _batches(target)[0][1] == _batches(target)[1][1] == 1
    (refused,) = await display.events("refused")
    assert (refused["artworks"], refused["status"]) == (["poison"], status)
    telemetry = await display.telemetry()
    assert (telemetry["refused"], telemetry["totalFlushed"]) == (1, 1)


async def test_the_roadmap_sends_a_poison_batch_again_and_again(
    open_display: OpenDisplay, target: Target
) -> None:
    target.answers.extend([Answer(status=400)] * 3)
    display = await open_display(
        preset="roadmap", visible="keepalive", flushDelayMs=20, retryBaseMs=10
    )
    await display.show("poison")
    await target.until(lambda: len(target.requests) == 4, "three retries")


async def test_a_batch_that_always_fails_does_not_stand_before_the_others(
    open_display: OpenDisplay, target: Target
) -> None:
    target.usual = Answer(status=500)
    display = await open_display(flushDelayMs=20, retryBaseMs=20, retryCapMs=20, maxBatchSize=1)
    await display.record(["a", "b", "c"])
    await target.until(lambda: target.arrived == {"a", "b", "c"}, "each had its turn")


async def test_a_batch_waits_for_its_owner_and_is_never_relabelled(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=20)
    target.user = "somebody else"  # signed in from another tab; this page does not know yet
    await display.show("a")
    await display.until_event("held")
    await display.until("impressions.recorder.subject === 'somebody else'")
    await display.show("b")
    await display.until_drained()
    assert (await display.telemetry())["held"] == 1
    target.user = "visitor"
    await display.page.evaluate("impressions.recorder.setSubject('visitor')")
    await display.until("impressions.recorder.telemetry().held === 0")
    await display.until_drained()
    sent = [(request.ids, request.body["subject"]) for request in target.requests]
    assert sent == [(["a"], "visitor"), (["b"], "somebody else"), (["a"], "visitor")]


async def test_an_answer_names_its_own_attempt_and_whose_views_it_is_about(
    open_display: OpenDisplay, target: Target
) -> None:
    gate = asyncio.Event()
    target.answers.append(Answer(gate=gate))
    display = await open_display(flushDelayMs=20)
    await display.show("a")
    await target.until(lambda: len(target.requests) == 1, "the request has arrived")
    await display.hide()
    await target.until(lambda: len(target.requests) == 2, "a beacon repeats it")
    await display.page.evaluate("impressions.recorder.setSubject('somebody else')")
    gate.set()
    await display.until_event("acknowledged")
    [answer] = await display.events("acknowledged")
    assert (answer["attempt"], answer["transport"], answer["user"]) == (1, "fetch", "visitor")


async def test_no_fallback_carries_what_waits_for_its_owner(
    open_display: OpenDisplay, target: Target
) -> None:
    gate = asyncio.Event()
    target.usual = Answer(gate=gate, drop=True)
    display = await open_display(flushDelayMs=20)
    await display.show("a")
    await target.until(lambda: len(target.requests) == 1, "the request has arrived")
    target.user = "somebody else"
    await display.page.evaluate("impressions.recorder.setSubject('somebody else')")
    gate.set()
    await display.until_event("unknown")
    target.usual = Answer()
    await display.show("b")
    await display.until_drained()
    # Chromium itself may repeat a POST that died, as the same attempt.
    sent = {(*request.ids, request.body["attempt"]) for request in target.requests}
    assert sent == {("a", 1), ("b", 1)}


async def test_a_session_that_ended_holds_the_batch_until_the_sign_in(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=20)
    target.user = None
    target.answers.append(Answer(status=401))
    await display.show("a")
    await display.until_event("held")
    await display.page.wait_for_selector("#sign-in:not([hidden])")
    await display.page.fill("#user-id", "visitor")
    await display.page.press("#user-id", "Enter")
    await display.until("impressions.recorder.telemetry().totalFlushed === 1")
    assert [request.body["attempt"] for request in target.requests] == [1, 2]


async def test_a_redirect_is_no_acknowledgement(open_display: OpenDisplay, target: Target) -> None:
    """A sign-in page answers 200 too, at the end of a redirect."""
    target.answers.extend([Answer(status=302, location="/blank")] * 2)
    display = await open_display(flushDelayMs=20, retryBaseMs=20)
    await display.show("a")
    await display.until_drained()
    assert len(await display.events("unknown")) == 2


async def test_an_answer_without_a_body_is_an_acknowledgement(
    open_display: OpenDisplay, target: Target
) -> None:
    target.answers.append(Answer(status=204, text=""))
    display = await open_display(flushDelayMs=20)
    await display.show("a")
    await display.until_drained()
    assert len(target.requests) == 1


async def test_the_network_is_back_and_no_batch_waits_for_the_backoff(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=20, retryBaseMs=500_000, retryCapMs=500_000, seed="2")
    await display.offline(True)
    await display.record([f"id-{n}" for n in range(450)])
    await display.until_event("retry_scheduled")
    assert target.requests == []
    await display.offline(False)
    await display.until_drained()
    retries = await display.events("retry_scheduled")
    assert retries[0]["delayMs"] > 120_000  # or the test would pass without the event
    assert (retries[1]["reason"], retries[1]["delayMs"] < 2000) == ("online", True)
    assert sorted(len(request.ids) for request in target.requests) == [50, 200, 200]


async def test_telemetry_agrees_with_the_target(open_display: OpenDisplay, target: Target) -> None:
    target.answers.extend([Answer(status=503), Answer(), Answer(status=400)])
    display = await open_display(flushDelayMs=20, maxBatchSize=5, retryBaseMs=20)
    await display.record([f"id-{n}" for n in range(15)])
    await display.until_drained()
    telemetry = await display.telemetry()
    assert (telemetry["recorded"], telemetry["totalFlushed"], telemetry["refused"]) == (15, 10, 5)
    assert sum(telemetry["attempts"].values()) == len(target.requests) == 4
    assert (telemetry["flushSuccess"], telemetry["flushFail"]) == (2, 2)
    assert target.requests[-1].body["counters"]["recorded"] == 15
    assert {request.body["seq"] for request in target.requests} == {1, 2, 3}


async def test_logs_hold_a_tenth_of_the_successes_and_every_failure(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=20, maxBatchSize=1, logSeed="1", retryBaseMs=1)
    lines: list[str] = []
    display.page.on("console", lambda message: lines.append(message.type))
    target.answers.extend([Answer(status=503)] * 5)
    await display.record([f"id-{n}" for n in range(100)])
    await display.until_drained()
    await display.page.evaluate("0")  # console messages travel in order before this answer
    assert lines.count("warning") == 5
    assert 3 <= lines.count("info") <= 20  # this seed's sample; 10 ± 3 σ


async def test_a_gate_that_never_opens_is_one_timeout_not_a_lost_queue(
    open_display: OpenDisplay, target: Target
) -> None:
    target.answers.extend([Answer(gate=asyncio.Event())] * 2)
    display = await open_display(
        flushDelayMs=20, firstTimeoutMs=100, retryBaseMs=20, maxBatchSize=1
    )
    await display.record(["a", "b"])
    await display.until_drained()
    # Of the two that hang; on a busy machine an answer may come too late as well.
    unknown = await display.events("unknown")
    assert [(event["artworks"], event["attempt"]) for event in unknown[:2]] == [
        (["a"], 1),
        (["a"], 2),
    ]
    assert {event["reason"] for event in unknown} == {"timeout"}
    assert target.arrived == {"a", "b"}
