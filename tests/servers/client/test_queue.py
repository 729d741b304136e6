"""What is on disk survives the tab, the browser and a full or forbidden disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.servers.client.chromium import Chromium
from tests.servers.client.conftest import OpenDisplay
from tests.servers.client.display import HEIR, Display
from tests.servers.client.double import Answer, Target

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

_SLOW = 600_000
_BLOCKED = """
  Object.defineProperty(window, "indexedDB",
    { get() { throw new DOMException("denied", "SecurityError"); } });
"""
_NEVER_OPENS = "IDBFactory.prototype.open = () => ({})"
_OPENS_LATER = """
  const open = IDBFactory.prototype.open;
  const asked = new Promise((resolve) => { window.openTheDisk = resolve; });
  IDBFactory.prototype.open = function (...what) {
    const request = open.apply(this, what);
    const held = (use) => request.addEventListener("success", () => void asked.then(use));
    Object.defineProperty(request, "onsuccess", { set: held });
    return request;
  };
"""
_LOCKED_LATER = """
  const request = navigator.locks.request.bind(navigator.locks);
  const asked = new Promise((resolve) => { window.grantTheLock = resolve; });
  navigator.locks.request = (name, ...rest) =>
    (typeof rest[0] === "function" ? asked : Promise.resolve()).then(() => request(name, ...rest));
"""
_ON_DISK = """async () => {
  const answered = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const db = await answered(indexedDB.open("impressions"));
  const [store] = db.objectStoreNames;
  const rows = await answered(db.transaction(store).objectStore(store).getAll());
  db.close();
  return rows.map((row) => row.artworks).flat();
}"""
# No beacon of a tab that closes comes to the target while something else is looked at.
_NO_BEACON = "navigator.sendBeacon = () => false"
_FULL = """
  IDBObjectStore.prototype.put = function () {
    throw new DOMException("full", "QuotaExceededError");
  };
"""


async def _killed_and_reopened(
    profile: Path, target: Target, *, preset: str
) -> tuple[Display, Display]:
    """Show three artworks, kill the browser, and open a page that shows nothing."""
    async with async_playwright() as playwright:
        pages = []
        for view in ("shows", "blank"):
            browser = Chromium(profile)
            try:
                connection = await playwright.chromium.connect_over_cdp(
                    browser.endpoint, no_defaults=True
                )
                context = connection.contexts[0]
                if view == "shows":
                    display = await Display.open(context, target, preset=preset, flushDelayMs=_SLOW)
                    await display.show("a", "b", "c")
                else:
                    display = await Display.open(
                        context, target, preset=preset, flushDelayMs=20, view="blank"
                    )
                    await display.until_drained()
                pages.append(display)
            finally:
                browser.kill()
    return pages[0], pages[1]


async def test_a_killed_browser_loses_nothing_that_was_journaled(
    tmp_path: Path, target: Target
) -> None:
    before, after = await _killed_and_reopened(tmp_path, target, preset="durable")
    assert before.ids("persisted") == after.ids("adopted") == ["a", "b", "c"]
    (request,) = target.requests
    assert request.ids == ["a", "b", "c"]
    # It is still the batch of the tab that showed them.
    assert request.body["tabId"] == before.heard[0]["tab"] != after.heard[0]["tab"]


async def test_a_killed_browser_takes_the_roadmaps_queue_with_it(
    tmp_path: Path, target: Target
) -> None:
    before, _ = await _killed_and_reopened(tmp_path, target, preset="roadmap")
    assert before.ids("recorded") == ["a", "b", "c"]
    assert target.requests == []


async def test_show_resolves_only_when_the_view_is_on_disk(open_display: OpenDisplay) -> None:
    display = await open_display(flushDelayMs=_SLOW)
    await display.show("a")
    assert display.ids("persisted") == ["a"]
    # And the picture comes after the disk, never before it.
    order = await display.page.evaluate(
        """async () => {
          const order = [];
          new MutationObserver(() => order.push("shown"))
            .observe(document.getElementById("picture"), { childList: true });
          window.impressionWitness = (text) => order.push(JSON.parse(text).type);
          await impressions.show("b");
          return order;
        }"""
    )
    assert order == ["recorded", "persisted", "shown"]


async def test_an_answer_that_is_quicker_than_the_lock_leaves_nothing_on_the_disk(
    open_display: OpenDisplay, target: Target
) -> None:
    """The row is written once the lock is granted: what is acknowledged before is removed after."""
    display = await open_display(flushDelayMs=20, script=_LOCKED_LATER)
    await display.page.evaluate("() => void impressions.show('a')")
    await display.until_event("acknowledged")
    assert await display.events("persisted") == []
    await display.page.evaluate("() => grantTheLock()")
    await display.until_event("persisted")
    assert await display.page.evaluate(_ON_DISK) == []
    assert [request.ids for request in target.requests] == [["a"]]


async def test_each_dead_queue_is_adopted_by_exactly_one_tab(
    open_display: OpenDisplay, target: Target
) -> None:
    dead = [await open_display(flushDelayMs=_SLOW, script=_NO_BEACON) for _ in range(3)]
    for number, display in enumerate(dead):
        await display.show(*[f"{number}-{n}" for n in range(3)])
    for display in dead:
        await display.page.close()
    heirs = await asyncio.gather(*[open_display(**HEIR) for _ in range(4)])
    shown = [f"{number}-{n}" for number in range(3) for n in range(3)]
    await target.until(lambda: target.arrived == set(shown), "every estate has its heir")
    for heir in heirs:
        await heir.until_drained()
    adopted = [artwork for heir in heirs for artwork in heir.ids("adopted")]
    assert sorted(adopted) == shown
    owners = [e["reason"] for heir in heirs for e in heir.heard if e["type"] == "adopted"]
    assert sorted(owners) == sorted({display.heard[0]["tab"] for display in dead})
    assert sorted(artwork for request in target.requests for artwork in request.ids) == sorted(
        adopted
    )


async def test_the_queue_of_a_living_tab_is_left_alone(
    open_display: OpenDisplay, target: Target
) -> None:
    living = await open_display(flushDelayMs=_SLOW)
    await living.record(["a"])
    other = await open_display(**HEIR)
    await other.page.evaluate("impressions.recorder.setSubject('visitor')")  # looks once more
    assert other.ids("adopted") == []
    await living.page.close()
    await other.until_event("adopted")
    assert other.ids("adopted") == ["a"]


async def test_a_living_tab_finds_the_queue_of_one_that_dies_later(
    open_display: OpenDisplay, target: Target
) -> None:
    other = await open_display(**HEIR)
    dying = await open_display(flushDelayMs=_SLOW, script=_NO_BEACON)
    await dying.show("a")
    await dying.page.close()
    await other.until_event("adopted")
    await other.until_drained()
    assert target.arrived == {"a"}


async def test_an_heir_counts_the_attempts_on(open_display: OpenDisplay, target: Target) -> None:
    target.usual = Answer(status=503)
    dying = await open_display(flushDelayMs=20, retryBaseMs=20, retryCapMs=20)
    await dying.show("a")
    await target.until(lambda: len(target.requests) >= 3, "some attempts")
    await dying.page.close()
    target.usual = Answer()
    heir = await open_display(**HEIR)
    await heir.until_event("acknowledged")
    assert len({request.body["batchId"] for request in target.requests}) == 1
    # An heir's counters are not that tab's. The tab's last two may have overtaken each other.
    attempts: dict[bool, list[int]] = {True: [], False: []}
    for request in target.requests:
        attempts["counters" in request.body].append(request.body["attempt"])
    (confirmed,) = attempts[False]
    assert len(set(attempts[True])) == len(attempts[True])
    assert confirmed > max(attempts[True])


async def test_what_another_user_left_waits_on_disk_for_them(
    open_display: OpenDisplay, target: Target
) -> None:
    gone = await open_display(flushDelayMs=_SLOW, script=_NO_BEACON)
    await gone.show("a")
    await gone.page.close()
    target.user = "somebody else"
    other = await open_display(**HEIR)
    await other.until_event("held")
    assert (other.ids("held"), other.ids("adopted")) == (["a"], [])
    assert await other.page.evaluate("impressions.recorder.pending()") == []
    await other.show("b")
    await other.until_drained()
    await other.page.close()
    target.user = "visitor"
    owner = await open_display(**HEIR)
    await owner.until_event("acknowledged")
    sent = [(request.ids, request.body["subject"]) for request in target.requests]
    assert sent == [(["b"], "somebody else"), (["a"], "visitor")]


@pytest.mark.parametrize("script", [_BLOCKED, _NEVER_OPENS, _FULL], ids=["blocked", "mute", "full"])
async def test_without_a_disk_the_recorder_works_in_memory(
    open_display: OpenDisplay, target: Target, script: str
) -> None:
    # The full disk opens, and may be slow; the others never do.
    how = {} if script == _FULL else {"openTimeoutMs": 100}
    display = await open_display(flushDelayMs=20, script=script, **how)
    await display.show("a", "b")
    await display.until_drained()
    assert target.arrived == {"a", "b"}
    assert display.ids("persisted") == []
    (mode,) = await display.events("memory_mode")
    assert mode["reason"]
    telemetry = await display.telemetry()
    assert (telemetry["memoryMode"], telemetry["journaled"]) == (True, False)


async def test_a_disk_that_opens_late_is_used_all_the_same(open_display: OpenDisplay) -> None:
    late = {"openTimeoutMs": 100, "script": _OPENS_LATER}
    display = await open_display(flushDelayMs=_SLOW, adoptEveryMs=100, **late)
    await display.show("a")
    assert (await display.telemetry())["journaled"] is False
    await display.page.evaluate("openTheDisk()")
    await display.show("b")
    assert display.ids("persisted") == ["a", "b"]
    assert (await display.telemetry())["journaled"] is True
    dying = await open_display(flushDelayMs=_SLOW, script=_NO_BEACON)
    await dying.show("c")
    await dying.page.close()
    await display.until_event("adopted")
    assert display.ids("adopted") == ["c"]


async def test_without_locks_only_a_queue_that_was_long_idle_is_adopted(
    open_display: OpenDisplay, target: Target
) -> None:
    """An insecure origin has no Web Locks."""
    target.usual = Answer(status=503)
    no_locks = "Object.defineProperty(navigator, 'locks', { value: undefined })"
    gone = await open_display(flushDelayMs=_SLOW, script=no_locks)
    await gone.show("a")
    await gone.page.close()
    fresh = await open_display(flushDelayMs=_SLOW, script=no_locks)
    assert fresh.ids("adopted") == []
    later = f"{no_locks}; const real = Date.now; Date.now = () => real() + 61_000"
    late = await open_display(flushDelayMs=_SLOW, script=later)
    assert late.ids("adopted") == ["a"]


async def test_storage_that_was_cleared_is_used_again(
    open_display: OpenDisplay, target: Target
) -> None:
    """Clearing storage asks every page to let go; what is seen then is on disk again."""
    target.usual = Answer(status=503)
    display = await open_display(flushDelayMs=_SLOW)
    await display.show("a")
    await display.page.evaluate(
        """() => new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase("impressions");
          request.onsuccess = resolve;
          request.onerror = request.onblocked = reject;
        })"""
    )
    await display.show("b")
    assert display.ids("persisted") == ["a", "b"]
    assert (await display.telemetry())["journaled"] is True
    await display.page.close()
    heir = await open_display(**HEIR)
    await heir.until_event("adopted")
    assert set(heir.ids("adopted")) >= {"b"}


async def test_a_batch_does_not_grow_after_its_page_was_in_the_cache(
    open_display: OpenDisplay, target: Target
) -> None:
    """Another tab may have adopted it meanwhile: what it did not adopt would be lost."""
    target.answers.append(Answer(status=503, retry_after="600"))
    display = await open_display(flushDelayMs=20)
    await display.show("a")
    await display.until_event("retry_scheduled")
    await display.show("b")  # waits, and its batch may grow
    await display.page.goto(f"{target.url}/blank")
    await display.page.evaluate("history.back()")
    await display.until("location.pathname === '/display' && window.impressions")
    await display.show("c")
    batches = [event["batch"] for event in display.heard if event["type"] == "recorded"]
    assert len(batches) == len(set(batches)) == 3
