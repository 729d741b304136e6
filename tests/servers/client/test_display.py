"""The display page: what a visitor, a tester and a harness can do with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import BrowserContext

from harness.core.wait import wait_until
from tests.servers.client.conftest import OpenDisplay
from tests.servers.client.display import HEIR
from tests.servers.client.double import Answer, Target
from tests.servers.ingest.monitoring.receiver import Receiver, receiving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_SLOW = 600_000
_NO_DISK = "indexedDB.open = () => { throw new DOMException('of artwork-7', 'SecurityError') };"


async def test_nothing_is_recorded_until_something_is_shown(open_display: OpenDisplay) -> None:
    display = await open_display()
    assert (await display.telemetry())["recorded"] == 0
    assert not await display.page.is_visible("#picture svg")


async def test_the_keyboard_walks_through_the_seeded_list(open_display: OpenDisplay) -> None:
    display = await open_display(flushDelayMs=_SLOW, seed="9", limit=3)
    keys = ("ArrowRight", "Space", "ArrowLeft", "ArrowRight", "ArrowRight", "ArrowRight")
    for key, place in zip(keys, (1, 2, 1, 2, 3, 3), strict=True):
        await display.page.keyboard.press(key)
        await display.until(f"document.getElementById('place').textContent === '{place} of 3'")
    assert await display.page.query_selector("#picture svg") is not None
    assert await display.page.evaluate("impressions.recorder.pending()") == [
        "art-9-0",
        "art-9-1",
        "art-9-2",
    ]
    assert await display.page.text_content("#title") == "Artwork 2"


async def test_a_picture_that_the_server_has_is_an_image_without_scripts(
    open_display: OpenDisplay, target: Target
) -> None:
    target.pictures[0] = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">'
        "<script>parent.hacked = true</script><circle r='9' fill='red'/></svg>"
    )
    display = await open_display(flushDelayMs=_SLOW, seed="9", limit=2)
    await display.page.keyboard.press("ArrowRight")
    await display.until("document.querySelector('#picture img')?.naturalWidth === 40")
    assert await display.page.query_selector("#picture svg") is None
    assert await display.page.evaluate("window.hacked") is None
    await display.page.keyboard.press("ArrowRight")
    await display.until("document.querySelector('#picture svg')")


async def test_a_view_that_reaches_the_disk_late_takes_no_step_back(
    open_display: OpenDisplay,
) -> None:
    display = await open_display(flushDelayMs=_SLOW, seed="9", limit=5)
    await display.page.evaluate(
        """() => {
          const { recorder } = impressions;
          const record = recorder.record.bind(recorder);
          window.written = [];
          const held = () => new Promise((resolve) => written.push(resolve));
          recorder.record = (id) => record(id).then(held);
        }"""
    )
    for _ in range(2):
        await display.page.keyboard.press("ArrowRight")
    await display.until("written.length === 2")
    await display.page.evaluate("written[0]()")
    await display.until("document.getElementById('place').textContent === '1 of 5'")
    await display.page.keyboard.press("ArrowRight")
    await display.until("written.length === 3")
    pending = await display.page.evaluate("impressions.recorder.pending()")
    assert pending == ["art-9-0", "art-9-1", "art-9-2"]


async def test_a_page_is_silent_about_recording_unless_it_is_to_say_so(
    open_display: OpenDisplay,
) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    await display.show("a")
    assert await display.page.text_content("#toast") == ""
    assert not await display.page.is_visible("#toast")


async def test_a_toast_says_that_a_view_is_recorded_and_goes(open_display: OpenDisplay) -> None:
    display = await open_display(flushDelayMs=_SLOW, recordingToast="true")
    assert not await display.page.is_visible("#toast")
    await display.show("a")
    await display.show("b")
    assert await display.page.text_content("#toast") == "Recording…"
    assert await display.page.is_visible("#toast")
    await display.until("document.getElementById('toast').textContent === ''")
    assert (await display.telemetry())["recorded"] == 2


async def test_the_toast_stays_until_the_view_is_recorded(open_display: OpenDisplay) -> None:
    display = await open_display(flushDelayMs=_SLOW, recordingToast="true")
    await display.page.evaluate(
        """() => {
          const { recorder } = impressions;
          const record = recorder.record.bind(recorder);
          const later = () => new Promise((resolve) => (window.writeNow = resolve));
          recorder.record = (id) => record(id).then(later);
          void impressions.show("slow");
          return new Promise((resolve) => setTimeout(resolve, 1000));
        }"""
    )
    assert await display.page.text_content("#toast") == "Recording…"
    await display.page.evaluate("window.writeNow()")
    await display.until("document.getElementById('toast').textContent === ''")


async def test_the_buttons_do_what_the_keys_do(open_display: OpenDisplay) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    await display.page.click("#next")
    await display.until_event("persisted")
    await display.page.click("#next")
    await display.until_event("persisted", count=2)
    await display.page.click("#previous")
    await display.until("document.getElementById('place').textContent === '1 of 100'")
    assert (await display.telemetry())["recorded"] == 2


async def test_the_same_id_is_the_same_picture_and_another_is_another(
    open_display: OpenDisplay,
) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    pictures = []
    for artwork in ("a", "b", "a"):
        await display.show(artwork)
        pictures.append(await display.page.inner_html("#picture"))
    assert pictures[0] == pictures[2] != pictures[1]


async def test_an_id_is_text_and_never_markup(open_display: OpenDisplay) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    await display.show("<img src=x onerror='window.harmed = true'>")
    assert await display.page.query_selector("#artwork img") is None
    assert await display.page.evaluate("window.harmed") is None


async def test_the_panel_shows_the_telemetry_as_it_is(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    assert not await display.page.is_visible("#panel")
    await display.page.keyboard.press("d")
    await display.show("a", "b")
    await display.page.wait_for_selector("#figures dd:text-is('2 / 0')")
    await display.page.click("#flush")
    await display.page.wait_for_selector("#log li:has-text('acknowledged')")
    await display.page.wait_for_selector("#figures dd:text-is('1 / 0')")
    assert await display.page.get_attribute("#debug", "aria-expanded") == "true"
    await display.page.keyboard.press("d")
    await display.page.wait_for_selector("#panel", state="hidden")
    assert target.arrived == {"a", "b"}


async def test_a_visitor_who_is_not_signed_in_is_asked_to(
    open_display: OpenDisplay, target: Target
) -> None:
    target.user = None
    display = await open_display(flushDelayMs=20)
    with pytest.raises(Exception, match="no user is signed in"):
        await display.show("a")
    await display.page.keyboard.press("ArrowRight")
    assert (await display.telemetry())["recorded"] == 0
    await display.page.fill("#user-id", "visitor d")  # D is a letter here, not a key of the page
    await display.page.click("#sign-in button")
    await display.page.wait_for_selector("#sign-in", state="hidden")
    await display.show("a")
    await display.until_drained()
    assert target.requests[0].body["subject"] == "visitor d"


async def test_the_blank_view_shows_nothing_and_still_delivers(
    open_display: OpenDisplay, target: Target
) -> None:
    gone = await open_display(flushDelayMs=_SLOW, script="navigator.sendBeacon = () => false")
    await gone.show("a")
    await gone.page.close()
    blank = await open_display(view="blank", **HEIR)
    await blank.until_event("acknowledged")
    assert blank.ids("adopted") == ["a"]
    assert target.arrived == {"a"}
    assert not await blank.page.is_visible("main, nav")


async def test_autoplay_shows_the_whole_list_and_only_when_asked(
    open_display: OpenDisplay, target: Target
) -> None:
    display = await open_display(autoplay=20, limit=5, flushDelayMs=20)
    await display.until_event("recorded", count=5)
    await display.until_drained()
    assert len(target.arrived) == 5


async def test_an_option_that_does_not_exist_is_an_error(open_display: OpenDisplay) -> None:
    """A typo must not quietly test the defaults."""
    display = await open_display(ready=False, flushDelay=5)
    problem = await display.page.evaluate("impressions.ready.then(() => '', String)")
    assert problem == 'RangeError: no option "flushDelay"'
    assert await display.page.text_content("#message") == 'no option "flushDelay"'
    problems = await display.page.evaluate(
        """async () => {
          const { optionsFrom } = await import("/client/options.js");
          const typos = { preset: "best", maxBatchSize: "many", journal: "yes", retryBaseMs: "" };
          return Object.entries(typos).map((typo) => {
            try { return optionsFrom([typo]) && "none"; } catch (error) { return error.name; }
          });
        }"""
    )
    assert problems == ["RangeError"] * 4


async def test_the_witness_hears_what_the_page_keeps(open_display: OpenDisplay) -> None:
    display = await open_display(flushDelayMs=20)
    await display.show("a")
    await display.until_drained()
    await display.page.evaluate("0")
    kept = await display.page.evaluate("impressions.events")
    assert display.heard == kept
    types = [event["type"] for event in kept if event["type"] != "pageshow"]
    # Journaling and sending go on side by side: a slow disk does not hold the request back.
    assert [t for t in types if t != "persisted"] == ["recorded", "attempt", "acknowledged"]
    assert types.count("persisted") == 1
    assert types.index("persisted") > types.index("recorded")
    common = {"type", "at", "tab", "user", "queueDepth", "inFlight"}
    assert all(common <= event.keys() for event in kept)


async def test_the_page_keeps_a_thousand_events(open_display: OpenDisplay) -> None:
    display = await open_display(flushDelayMs=_SLOW, maxBatchSize=10_000)
    await display.record([f"id-{n}" for n in range(1100)])
    assert await display.page.evaluate("impressions.events.length") == 1000


async def test_a_copied_tab_is_another_tab(
    open_display: OpenDisplay, context: BrowserContext
) -> None:
    first = await open_display(flushDelayMs=_SLOW)
    async with context.expect_page() as opened:
        await first.page.evaluate("window.open(location.href)")  # sessionStorage comes along
    copy = await opened.value
    await copy.wait_for_function("window.impressions", polling=25)
    await copy.evaluate("impressions.ready")
    assert await copy.evaluate("impressions.recorder.tabId") != await first.page.evaluate(
        "impressions.recorder.tabId"
    )


async def test_an_older_answer_about_the_session_does_not_undo_a_newer_one(
    open_display: OpenDisplay,
) -> None:
    display = await open_display()
    await display.page.evaluate(
        """() => {
          const [ask, answers] = [window.fetch, []];
          window.fetch = (url, how) => url !== "/api/session" ? ask(url, how) :
            new Promise((resolve) => answers.push((userId) => resolve(Response.json({ userId }))));
          for (const _ of [1, 2]) document.dispatchEvent(new Event("visibilitychange"));
          window.answers = answers;
        }"""
    )
    await display.page.evaluate("answers[1]('somebody else')")
    await display.until("impressions.recorder.subject === 'somebody else'")
    await display.page.evaluate("answers[0]('visitor')")
    await display.page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))")
    assert await display.page.evaluate("impressions.recorder.subject") == "somebody else"


def head_for(sentry: Receiver, release: str = "abc123") -> str:
    dsn = sentry.url.replace("http://", "http://public@") + "/42"
    return f'<meta name="sentry-dsn" content="{dsn}"><meta name="release" content="{release}">'


def events(sentry: Receiver) -> list[dict[str, Any]]:
    found = []
    for path, body in sentry.posted:
        assert path == "/api/42/envelope/"
        header, item, event = (json.loads(line) for line in body.splitlines())
        assert item == {"type": "event"}
        assert header["event_id"] == event["event_id"]
        found.append(event)
    return found


async def test_views_that_are_given_up_are_reported_with_the_release(
    open_display: OpenDisplay, target: Target
) -> None:
    async with receiving() as sentry:
        target.head = head_for(sentry)
        target.answers.append(Answer(status=422))
        display = await open_display(flushDelayMs=20)
        await display.show("artwork-7")
        await wait_until("the report has come", lambda: bool(sentry.posted), timeout_s=30)
        [event] = events(sentry)
        assert event["message"] == {"formatted": "recorder: refused"}
        assert (event["level"], event["release"]) == ("error", "abc123")
        assert event["tags"] == {"type": "refused", "status": 422, "transport": "fetch"}
        assert event["extra"] == {"attempt": 1, "views": 1}
        assert len(event["event_id"]) == 32
        sent = b"".join(body for _, body in sentry.posted)
        assert b"artwork-7" not in sent
        assert b"visitor" not in sent


async def test_a_disk_that_is_refused_is_a_warning_by_its_name_alone(
    open_display: OpenDisplay, target: Target
) -> None:
    async with receiving() as sentry:
        target.head = head_for(sentry)
        await open_display(script=_NO_DISK)
        await wait_until("the report has come", lambda: bool(sentry.posted), timeout_s=30)
        [event] = events(sentry)
        assert (event["level"], event["tags"]["type"]) == ("warning", "memory_mode")
        assert event["tags"]["reason"] == "SecurityError"
        assert b"artwork-7" not in sentry.posted[0][1]


async def test_what_is_as_it_should_be_is_not_reported(
    open_display: OpenDisplay, target: Target
) -> None:
    async with receiving() as sentry:
        target.head = head_for(sentry)
        target.answers.append(Answer(status=503))
        display = await open_display(flushDelayMs=20, retryBaseMs=1)
        await display.show("a")
        await display.until_drained()
        target.answers.append(Answer(status=422))
        await display.show("b")
        await wait_until("a report has come", lambda: bool(sentry.posted), timeout_s=30)
        assert [event["tags"]["type"] for event in events(sentry)] == ["refused"]


async def test_no_more_than_ten_reports_leave_a_page(
    open_display: OpenDisplay, target: Target
) -> None:
    async with receiving() as sentry:
        target.head = head_for(sentry)
        target.usual = Answer(status=422)
        display = await open_display(flushDelayMs=0, maxBatchSize=1)
        for number in range(14):
            await display.show(f"a{number}")
        await target.until(lambda: len(target.requests) >= 14, "fourteen batches")
        await display.until_drained()
        await wait_until("ten reports have come", lambda: len(sentry.posted) >= 10, timeout_s=30)
        assert len(events(sentry)) == 10


@pytest.mark.parametrize("dsn", ["somewhere", "http://127.0.0.1/42", "http://key@127.0.0.1/x"])
async def test_a_page_whose_dsn_is_none_records_all_the_same(
    open_display: OpenDisplay, target: Target, dsn: str
) -> None:
    target.head = f'<meta name="sentry-dsn" content="{dsn}">'
    display = await open_display(flushDelayMs=20)
    await display.show("a")
    await display.until_drained()
    assert target.arrived == {"a"}
