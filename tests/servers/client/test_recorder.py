"""The page hides, closes, dies or goes into the back/forward cache."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import BrowserContext

from tests.servers.client.conftest import OpenDisplay
from tests.servers.client.display import HEIR, Display
from tests.servers.client.double import Answer, Target

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

# No flush by time may help the last chance.
#
# Where any leaving will do, the tab navigates: a page that is closed and does not run for half a
# second is ended by Chromium unheard.
_SLOW = 600_000
_QUOTA = 64 * 1024
_RETURNS = (
    "impressions.events.filter(({{type, reason}}) => "
    "type === 'pageshow' && reason.startsWith('persisted=true')).length === {}"
)


async def _is_cached(display: Display) -> bool:
    """Leave the page, come back, and say whether the same document is there again."""
    await display.page.evaluate("window.sameDocument = true")
    await display.page.goto(f"{display.target.url}/blank")
    # Not page.go_back(): it waits for a load event that a restored page does not fire.
    await display.page.evaluate("history.back()")
    await display.until("location.pathname === '/display' && window.impressions")
    return bool(await display.page.evaluate("window.sameDocument === true"))


@pytest.mark.parametrize("ending", ["navigate", "reload", "hide"])
async def test_what_was_just_shown_leaves_by_beacon(
    open_display: OpenDisplay, target: Target, ending: str
) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    await display.show("a")
    match ending:
        case "navigate":
            await display.page.goto(f"{target.url}/blank")
        case "reload":
            await display.page.reload()
        case _:
            await display.hide()

    def first_attempts() -> list[tuple[str, str]]:
        firsts = [request for request in target.requests if request.body["attempt"] == 1]
        return [(request.transport, request.content_type) for request in firsts]

    # After a reload there is an heir, whose attempt has a higher number.
    await target.until(lambda: bool(first_attempts()), "the last batch")
    assert first_attempts() == [("beacon", "text/plain")]
    assert target.arrived == {"a"}


async def test_what_was_just_shown_leaves_a_closed_tab_by_beacon(
    open_display: OpenDisplay, target: Target
) -> None:
    """Of tabs that Chromium ended unheard, another is closed; the heir's number tells which."""
    for number in range(5):
        display = await open_display(flushDelayMs=_SLOW)
        await display.show(f"{number}")
        await display.page.close()
        heir = await open_display(**HEIR)
        await heir.until_event("acknowledged")
        (attempt,) = await heir.events("attempt")
        if attempt["attempt"] == 3:  # the first was the tab's, the second is skipped
            break
        await heir.page.close()
    else:
        pytest.fail("no tab has tried anything when it was closed")

    def firsts() -> list[str]:
        return [r.transport for r in target.requests if (r.ids, r.body["attempt"]) == last]

    last = ([f"{number}"], 1)
    await target.until(lambda: bool(firsts()), "the last batch")
    assert firsts() == ["beacon"]


async def test_hiding_is_answered_at_once(open_display: OpenDisplay) -> None:
    """Inside the event: whatever ends the page afterwards comes too late to lose the batch."""
    display = await open_display(flushDelayMs=_SLOW)
    await display.show("a")
    # The same event reaches this listener after the recorder's, and before any other task.
    await display.page.evaluate(
        """() => document.addEventListener("visibilitychange", () => {
          window.reportedByThen = impressions.events.map(({ type }) => type);
        })"""
    )
    await display.hide()
    hidden, attempt = (await display.events("visibility", "attempt"))[-2:]
    assert (hidden["reason"], attempt["type"]) == ("hidden isTrusted=true", "attempt")
    assert "attempt" in await display.page.evaluate("window.reportedByThen")


async def test_the_roadmap_waits_100_ms_after_hiding(
    open_display: OpenDisplay, target: Target
) -> None:
    """The counterpart: in those 100 ms a page that dies loses what it had."""
    display = await open_display(preset="roadmap", flushDelayMs=_SLOW)
    await display.show("a")
    await display.hide()
    await display.until_event("attempt")
    hidden, attempt = (await display.events("visibility", "attempt"))[-2:]
    assert attempt["at"] - hidden["at"] >= 99  # the page's clock is rounded


async def test_a_page_that_dies_right_after_hiding_has_sent_only_if_it_did_not_wait(
    open_display: OpenDisplay, target: Target
) -> None:
    # Hides and, in the same task, stops for ever: no timer of this page fires again.
    hide_and_hang = """
      document.addEventListener("visibilitychange", () => { while (true); });
    """
    for preset in ("roadmap", "durable"):
        display = await open_display(preset=preset, flushDelayMs=_SLOW)
        await display.show(preset)
        await display.page.evaluate(hide_and_hang)
        await display.page.context.new_page()
    await target.until(lambda: "durable" in target.arrived, "the batch of the leading edge")
    assert target.arrived == {"durable"}


@pytest.mark.parametrize(
    ("debounce_ms", "beacons"), [(60_000, [["a"]]), (0, [["a"], ["b"], ["c"]])]
)
async def test_repeats_within_the_debounce_are_one_flush(
    open_display: OpenDisplay, target: Target, debounce_ms: int, beacons: list[list[str]]
) -> None:
    display = await open_display(flushDelayMs=_SLOW, visibilityDebounceMs=debounce_ms)
    await display.show("a")
    await display.hide()
    await display.page.evaluate(
        """() => {
          for (const id of ["b", "c"]) {
            impressions.recorder.record(id);
            document.dispatchEvent(new Event("visibilitychange"));
          }
        }"""
    )
    attempts = await display.events("attempt")
    assert [event["artworks"] for event in attempts] == beacons


async def test_a_quick_second_hide_does_not_send_the_same_beacon_twice(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    await display.show("a")
    await display.hide()
    await display.page.close()  # pagehide follows: everything has been handed over already
    await target.until(lambda: len(target.requests) >= 1, "the beacon")
    other = await open_display(**HEIR)
    await other.until_event("acknowledged")  # the heir's confirmation is the second request
    assert [request.transport for request in target.requests] == ["beacon", "fetch"]


async def test_a_beacon_is_repeated_only_when_it_is_in_doubt(
    open_display: OpenDisplay, target: Target
) -> None:
    """Somebody who flips through tabs must not send the same batch with every flip."""
    # This seed's retry is minutes away.
    display = await open_display(
        flushDelayMs=_SLOW, retryBaseMs=_SLOW, seed="2", visibilityDebounceMs=0
    )
    await display.show("a")

    async def flip() -> list[str]:
        await display.hide()
        await display.page.bring_to_front()
        await display.until("document.visibilityState === 'visible'")
        return [event["transport"] for event in await display.events("attempt")]

    assert await flip() == ["beacon"]
    assert await flip() == ["beacon"]
    target.usual = Answer(status=503)
    await display.page.evaluate("impressions.recorder.flush()")
    assert await flip() == ["beacon", "fetch", "beacon"]


async def test_what_is_in_flight_is_sent_once_more_when_the_page_leaves(
    open_display: OpenDisplay, target: Target
) -> None:
    gate = asyncio.Event()
    target.answers.append(Answer(gate=gate))
    display = await open_display(flushDelayMs=20, firstTimeoutMs=20_000)
    await display.show("a")
    await target.until(lambda: len(target.requests) == 1, "the request that hangs")
    await display.page.goto(f"{target.url}/blank")
    await target.until(lambda: len(target.requests) == 2, "the beacon")
    first, second = target.requests
    assert (first.transport, second.transport) == ("fetch", "beacon")
    assert first.body["batchId"] == second.body["batchId"]
    assert (first.body["attempt"], second.body["attempt"]) == (1, 2)
    gate.set()


async def test_the_guard_keeps_the_roadmap_from_its_last_flush(
    open_display: OpenDisplay, target: Target
) -> None:
    """The counterpart: a keepalive request hangs, and what came after it dies with the page."""
    gate = asyncio.Event()
    target.answers.append(Answer(gate=gate))
    display = await open_display(preset="roadmap", visible="keepalive", flushDelayMs=20)
    await display.show("a")
    await target.until(lambda: len(target.requests) == 1, "the request that hangs")
    await display.show("b")
    await display.page.goto(f"{target.url}/blank")
    marker = await open_display(flushDelayMs=20)
    await marker.show("marker")
    await target.until(lambda: "marker" in target.arrived, "a later page")
    assert target.arrived == {"a", "marker"}
    gate.set()


async def test_a_beacon_is_not_believed(open_display: OpenDisplay, target: Target) -> None:
    """True means queued. The server failed, and the tab that lives on asks again."""
    target.answers.append(Answer(status=503))
    display = await open_display(flushDelayMs=100, visibilityDebounceMs=0)
    await display.hide()
    # In one task, or the flush by time might come between the two.
    await display.page.evaluate(
        """() => {
          impressions.recorder.record("a");
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    await display.until_event("acknowledged")
    first, second = target.requests
    assert (first.transport, second.transport) == ("beacon", "keepalive")
    assert first.body["batchId"] == second.body["batchId"]
    telemetry = await display.telemetry()
    assert (telemetry["beaconQueued"], telemetry["flushSuccess"]) == (1, 1)


async def test_a_beacon_of_an_offline_page_is_sent_again(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    await display.show("a")
    await display.offline(True)
    await display.hide()
    (queued,) = await display.events("beacon_queued")  # true, and yet it never leaves
    await display.offline(False)
    await display.until_drained()
    assert [request.body["batchId"] for request in target.requests] == [queued["batch"]]
    assert target.requests[0].body["attempt"] == 2


async def test_beacons_and_keepalive_requests_share_one_quota(
    open_display: OpenDisplay, target: Target
) -> None:
    """Of 100 kB at most 64 KiB leave with the page; the heir sends the rest. Nothing is lost."""
    gate = asyncio.Event()
    target.answers.append(Answer(gate=gate))
    display = await open_display(flushDelayMs=_SLOW, firstTimeoutMs=20_000)
    ids = [f"{n:03}" + "x" * 497 for n in range(200)]
    await display.record(ids)
    await target.until(lambda: len(target.requests) == 1, "the first of three batches, in flight")
    await display.page.goto(f"{target.url}/blank")
    await target.until(lambda: len(target.requests) == 3, "the beacons of the two others")
    heir = await open_display(**HEIR)
    await heir.until_event("acknowledged", count=3)
    assert target.arrived == set(ids)
    beacons = [request for request in target.requests if request.transport == "beacon"]
    assert 48 * 1024 < sum(request.bytes for request in beacons) + 1000 <= _QUOTA
    gate.set()


async def test_a_keepalive_request_that_does_not_fit_goes_as_a_plain_one(
    open_display: OpenDisplay, target: Target
) -> None:
    gate = asyncio.Event()
    target.answers.append(Answer(gate=gate))
    display = await open_display(
        flushDelayMs=20, visible="keepalive", firstTimeoutMs=20_000, maxRequestBytes=100_000
    )
    await display.record([f"{n:03}" + "x" * 497 for n in range(150)])  # 75 kB
    await target.until(lambda: len(target.requests) == 1, "the large batch")
    assert target.requests[0].transport == "fetch"
    gate.set()
    await display.until_drained()


async def test_a_browser_without_beacons_still_sends(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(
        preset="roadmap", flushDelayMs=20, script="navigator.sendBeacon = undefined"
    )
    await display.show("a")
    await target.until(lambda: target.arrived == {"a"}, "the fallback")
    assert target.requests[0].transport == "keepalive"
    assert (await display.telemetry())["beaconRefused"] == 1


async def test_a_refused_beacon_loses_nothing(open_display: OpenDisplay, target: Target) -> None:
    display = await open_display(
        flushDelayMs=_SLOW,
        visibilityDebounceMs=60_000,  # of a busy machine, between the two words of its leaving
        script="navigator.sendBeacon = () => false",
    )
    await display.show("a")
    await display.page.goto(f"{target.url}/blank")
    heir = await open_display(**HEIR)
    await heir.until_event("acknowledged")
    # One beacon, although the page was left twice; one number is the heir's to skip.
    assert [request.body["attempt"] for request in target.requests] == [3]


async def test_every_exit_into_the_cache_is_heard(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    for trip in ("first", "second"):
        await display.show(trip)
        assert await _is_cached(display), "the recorder costs the page its place in the cache"
        await display.until(_RETURNS.format(1 if trip == "first" else 2))
        # What waited goes out on the return; what is shown next must not go with it.
        await display.page.evaluate("impressions.recorder.ready")
        await display.until_drained()
    await display.show("third")
    await display.page.goto(f"{target.url}/blank")
    await target.until(lambda: {"first", "second", "third"} <= target.arrived, "every exit")
    assert {request.transport for request in target.requests if "third" in request.ids} == {
        "beacon"
    }


async def test_the_roadmap_does_not_hear_the_second_exit(
    open_display: OpenDisplay, target: Target
) -> None:
    """The counterpart: {once: true}. Hidden comes too late for a timer of 100 ms."""
    display = await open_display(preset="roadmap", flushDelayMs=_SLOW)
    for trip in ("first", "second"):
        await display.show(trip)
        assert await _is_cached(display)
    await display.show("third")
    await display.page.goto(f"{target.url}/blank")
    marker = await open_display(flushDelayMs=20)
    await marker.show("marker")
    await target.until(lambda: "marker" in target.arrived, "a later page")
    assert "first" in target.arrived
    assert "third" not in target.arrived


async def test_what_was_adopted_while_the_page_was_cached_is_not_its_own_any_more(
    open_display: OpenDisplay, target: Target, context: BrowserContext
) -> None:
    target.answers.append(Answer(status=503))  # the beacon of the page that leaves
    away = await open_display(flushDelayMs=_SLOW)
    await away.show("a")
    await away.page.goto(f"{target.url}/blank")
    await target.until(lambda: len(target.requests) == 1, "the beacon")
    heir = await open_display(**HEIR)
    await heir.until_event("acknowledged")
    assert heir.ids("adopted") == ["a"]
    await heir.page.close()
    await away.page.evaluate("history.back()")
    await away.until("location.pathname === '/display' && window.impressions")
    await away.page.evaluate("impressions.recorder.ready")
    await away.until_drained()
    await away.show("b")
    await away.page.evaluate("impressions.recorder.flush()")
    assert [request.ids for request in target.requests] == [["a"], ["a"], ["b"]]


async def test_nothing_listens_to_unload(
    open_display: OpenDisplay, context: BrowserContext
) -> None:
    display = await open_display()
    session = await context.new_cdp_session(display.page)
    window = await session.send("Runtime.evaluate", {"expression": "window"})
    heard = await session.send(
        "DOMDebugger.getEventListeners", {"objectId": window["result"]["objectId"]}
    )
    types = {listener["type"] for listener in heard["listeners"]}
    assert "pagehide" in types  # the list is the real one
    assert not types & {"unload", "beforeunload"}
