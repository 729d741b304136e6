"""When a page sends, how much at once, and over what."""

from __future__ import annotations

import asyncio

import pytest

from tests.servers.client.conftest import OpenDisplay
from tests.servers.client.double import Answer, Target

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# Nothing of this may fill a batch or wait for the page to hide.
_SLOW = 600_000
# Records an id every 20 ms for as long as the page lives.
_CONTINUOUS = "let n = 0; setInterval(() => impressions.recorder.record(`id-${n++}`), 20)"


async def test_an_id_is_sent_after_the_flush_delay(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=400)
    # Timers of one page fire in the order in which they are due, however late all of them are.
    attempts_by_then = await display.page.evaluate(
        """() => {
          impressions.recorder.record("a");
          const attempts = () => impressions.recorder.telemetry().attempts.fetch;
          return new Promise((resolve) => setTimeout(() => resolve(attempts()), 500));
        }"""
    )
    assert attempts_by_then == 1
    await display.until_event("acknowledged")
    recorded, attempt = await display.events("recorded", "attempt")
    assert attempt["at"] - recorded["at"] >= 390
    assert target.requests[0].ids == ["a"]
    assert target.requests[0].content_type == "application/json"


async def test_a_stream_of_impressions_does_not_starve_the_flush(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=200)
    await display.page.evaluate(_CONTINUOUS)
    await display.until_event("acknowledged", count=3)


async def test_the_roadmaps_debounce_starves_under_the_same_stream(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(preset="roadmap", flushDelayMs=200, maxBatchSize=100_000)
    await display.page.evaluate(_CONTINUOUS)
    # 1.2 s without a pause, six times the delay; only a full batch would break the silence.
    await display.until("impressions.recorder.pending().length >= 60")
    assert await display.events("attempt") == []
    assert target.requests == []


@pytest.mark.parametrize(("count", "sizes"), [(200, [200]), (201, [200, 1]), (401, [200, 200, 1])])
async def test_a_full_batch_leaves_at_once_and_takes_the_rest_along(
    open_display: OpenDisplay, target: Target, count: int, sizes: list[int]
) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    await display.record([f"id-{n}" for n in range(count)])
    await display.until_drained()
    assert [len(request.ids) for request in target.requests] == sizes


async def test_a_batch_one_short_of_full_waits(open_display: OpenDisplay, target: Target) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    await display.record([f"id-{n}" for n in range(199)])
    assert (await display.telemetry())["queueDepth"] == 199
    await display.show("the last one")
    await display.until_drained()
    assert [len(request.ids) for request in target.requests] == [200]


async def test_the_same_artwork_twice_is_one_view(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    for artworks in (["a", "b", "a"], ["a"], ["c"]):
        await display.show(*artworks)
        await display.page.evaluate("impressions.recorder.flush()")
    assert [request.ids for request in target.requests] == [["a", "b"], ["c"]]


async def test_only_one_flush_is_in_flight(open_display: OpenDisplay, target: Target) -> None:
    gate = asyncio.Event()
    target.answers.append(Answer(gate=gate))
    display = await open_display(flushDelayMs=20, firstTimeoutMs=20_000)
    await display.show("a")
    await target.until(lambda: len(target.requests) == 1, "the first batch")
    await display.show("b")
    await display.page.evaluate("void impressions.recorder.flush()")
    telemetry = await display.telemetry()
    assert (telemetry["inFlight"], telemetry["queueDepth"]) == (1, 1)
    gate.set()
    await display.until_drained()
    assert [request.ids for request in target.requests] == [["a"], ["b"]]
    attempts = await display.events("attempt", "acknowledged")
    assert [event["type"] for event in attempts] == ["attempt", "acknowledged"] * 2


async def test_a_body_is_split_by_bytes_not_by_characters(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=20)
    ids = [f"{n:03}" + "画" * 165 for n in range(200)]  # 498 bytes each, 168 characters
    await display.record(ids)
    await display.until_drained()
    assert len(target.requests) == 3
    assert all(request.bytes <= 48 * 1024 for request in target.requests)
    assert sorted(a for request in target.requests for a in request.ids) == sorted(ids)


async def test_the_roadmap_falls_back_from_beacon_to_keepalive_to_a_synchronous_request(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(preset="roadmap", flushDelayMs=20, maxBatchSize=1000)
    ids = [f"{n:03}" + "画" * 165 for n in range(140)]  # 70 kB, but 24,000 characters
    await display.record(ids)
    await display.until_drained()
    # A beacon would be refused for its size, and so is the keepalive request.
    attempts = await display.events("attempt", "unknown")
    assert [(event["type"], event["transport"]) for event in attempts] == [
        ("attempt", "keepalive"),
        ("unknown", "keepalive"),
        ("attempt", "sync"),
    ]
    assert [request.transport for request in target.requests] == ["sync"]


async def test_the_roadmap_sends_beacons_while_visible_and_believes_them(
    open_display: OpenDisplay, target: Target
) -> None:
    target.usual = Answer(status=503)
    display = await open_display(preset="roadmap", flushDelayMs=20)
    await display.show("a")
    await target.until(lambda: len(target.requests) == 1, "the beacon")
    telemetry = await display.telemetry()
    assert telemetry["flushSuccess"] == telemetry["beaconQueued"] == 1
    assert telemetry["queueDepth"] == 0  # Believed and gone: the server stored nothing.
    assert target.requests[0].content_type == "text/plain"


# Asks, when the first timeout of the preset is over and two seconds are not, what was tried.
_TRIED_IN_TWO_SECONDS = """
  const real = window.fetch;
  window.fetch = (url, options) => {
    if (options?.method !== "POST") return real(url, options);
    window.fetch = real;
    const answer = real(url, options);
    setTimeout(() => {
      window.tried = impressions.events.filter(({ type }) => type === "attempt").length;
    }, 2000);
    return answer;
  };
"""


async def test_a_stuck_first_attempt_falls_back_to_keepalive_within_two_seconds(
    open_display: OpenDisplay, target: Target
) -> None:
    target.answers.append(Answer(gate=asyncio.Event()))
    display = await open_display(flushDelayMs=20, own_pace=True, script=_TRIED_IN_TWO_SECONDS)
    await display.show("a")
    await display.until_drained()
    await display.until("'tried' in window")
    # The timeout was set before this timer and is due before it, so its end was seen before.
    assert await display.page.evaluate("window.tried") >= 2
    first, second = target.requests[:2]
    assert (first.transport, second.transport) == ("fetch", "keepalive")
    assert first.body["batchId"] == second.body["batchId"]
    assert [first.body["attempt"], second.body["attempt"]] == [1, 2]
    attempt, unknown = (await display.events("attempt", "unknown"))[:2]
    assert unknown["reason"] == "timeout"
    assert unknown["at"] - attempt["at"] > 1500


async def test_a_timeout_is_known_by_its_signal_whatever_the_engine_calls_the_error(
    open_display: OpenDisplay, target: Target
) -> None:
    """As WebKitGTK does; taken for a broken line, later attempts would never wait longer."""
    display = await open_display(flushDelayMs=20, firstTimeoutMs=100)
    await display.page.evaluate(
        """() => {
          const real = window.fetch;
          window.fetch = (url, options) => {
            window.fetch = real;
            return new Promise((_, fail) => {
              const error = new DOMException("Fetch is aborted", "AbortError");
              options.signal.addEventListener("abort", () => fail(error));
            });
          };
        }"""
    )
    await display.show("a")
    await display.until_drained()
    # Later answers may be late as well.
    unknown = (await display.events("unknown"))[0]
    assert (unknown["attempt"], unknown["reason"]) == (1, "timeout")


async def test_without_a_timeout_a_stuck_request_blocks_every_later_one(
    open_display: OpenDisplay, target: Target
) -> None:
    """The counterpart: the guard needs the timeout. 3 s is more than the fallback takes."""
    gate = asyncio.Event()
    target.answers.append(Answer(gate=gate))
    display = await open_display(flushDelayMs=20, firstTimeoutMs=0)
    await display.show("a")
    await target.until(lambda: len(target.requests) == 1, "the first batch")
    await display.page.evaluate(
        "var late = false; setTimeout(() => late = true, 2500); impressions.show('b')"
    )
    await display.until("late")
    assert len(await display.events("attempt")) == len(target.requests) == 1
    gate.set()
    await display.until_drained()


async def test_a_later_timeout_grows_with_what_the_line_has_shown(
    open_display: OpenDisplay, target: Target
) -> None:
    """An answer that takes twice the first timeout is accepted on the second attempt."""
    target.answers.append(Answer(gate=asyncio.Event()))
    waits = """
      const real = AbortSignal.timeout;
      window.waits = [];
      AbortSignal.timeout = (ms) => (window.waits.push(ms), real.call(AbortSignal, ms));
    """
    display = await open_display(flushDelayMs=20, firstTimeoutMs=300, script=waits)
    await display.show("a")
    await display.until_drained()
    first, second = (await display.page.evaluate("window.waits"))[:2]
    assert first == 300
    assert second > 2 * first
    assert [request.body["attempt"] for request in target.requests][:2] == [1, 2]


async def test_an_id_that_no_server_takes_is_refused_before_it_spoils_a_batch(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=20)
    verdicts = await display.page.evaluate(
        """async () => {
          const ids = ["", "a\\nb", "\\ud800", "x".repeat(513), 7, "画".repeat(171), "fine"];
          const recorded = ids.map((id) => impressions.recorder.record(id));
          return (await Promise.allSettled(recorded)).map(({ status }) => status === "fulfilled");
        }"""
    )
    assert verdicts == [False, False, False, False, False, False, True]
    await display.until_drained()
    assert target.arrived == {"fine"}
