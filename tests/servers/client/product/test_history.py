"""The pages of the product, in a real browser on a real server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from harness.core.wait import wait_until
from tests.servers.ingest.site import make_config, rows, running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.asyncio(loop_scope="session"),
]

SEEN = ["artwork-0001", 'a "b" & <i>c</i> 100%', "artwork-0003"]
HEARTS = "SELECT artwork_id, is_favourite, changes FROM favourites ORDER BY changes"
COUNTS = "SELECT artwork_id FROM user_art_impressions WHERE replay_count = 1 ORDER BY 1"
_POST = """([path, body]) => fetch(path, {
    method: "POST", body: JSON.stringify(body), headers: {"Content-Type": "application/json"},
}).then((answer) => answer.status)"""


@dataclass(frozen=True)
class Visit:
    """A page of a signed-in user who has seen three artworks, and the database behind it."""

    page: Page
    url: str
    database: str

    async def history(self, entries: int = len(SEEN)) -> list[str]:
        """Open the history; return the artworks that it lists."""
        await self.page.goto(f"{self.url}/gallery/history?flushDelayMs=50")
        await expect(self.page.locator("a[data-artwork]")).to_have_count(entries)
        found: list[str] = await self.page.eval_on_selector_all(
            "a[data-artwork]", "(all) => all.map((one) => one.dataset.artwork)"
        )
        return found

    async def until(self, expression: str) -> None:
        await self.page.wait_for_function(expression, timeout=60_000)

    async def shows(self, artwork: str) -> None:
        await self.until(f"artwork?.dataset?.artwork === {json.dumps(artwork)}")

    def asked(self, query: str) -> list[Any]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(context: BrowserContext, database: str) -> AsyncIterator[Visit]:
    async with running(make_config(database, improvements=("product",))) as site:
        page = await context.new_page()
        await page.goto(f"{site.url}/healthz")
        for path, body in (
            ("/api/session", {"userId": "ann"}),
            ("/api/artworks/batch-impressions", {"artworkIds": SEEN}),
        ):
            assert await page.evaluate(_POST, [path, body]) < 300
        yield Visit(page, site.url, database)
        await page.close()


async def test_a_replay_is_counted_and_not_recorded_and_what_follows_it_is(visit: Visit) -> None:
    listed = await visit.history()
    assert sorted(listed) == sorted(SEEN)
    page = visit.page
    await page.click("#entry-1")
    await visit.shows(listed[1])
    assert await page.is_visible("#replay")
    await page.click("#next")
    await visit.shows(listed[2])
    assert (await page.evaluate("impressions.recorder.telemetry()"))["recorded"] == 0
    await page.click("#leave-replay")
    await expect(page.locator("#replay")).to_have_count(0)
    assert "replay=" not in page.url
    await page.evaluate("impressions.show('new one')")
    await visit.until("impressions.recorder.pending().length === 0")
    assert rows(visit.database) == sorted(("ann", one) for one in [*SEEN, "new one"])
    replayed = sorted((one,) for one in listed[1:])
    await wait_until("both are counted", lambda: visit.asked(COUNTS) == replayed, timeout_s=60)


async def test_a_page_that_holds_its_turn_and_does_not_run_keeps_no_other_from_sending(
    visit: Visit,
) -> None:
    """A page that went into the back/forward cache while it sent is one: seen in Firefox."""
    listed = await visit.history()
    stuck = await visit.page.context.new_page()
    await stuck.goto(f"{visit.url}/healthz")
    await stuck.evaluate(
        """() => new Promise((held) => {
  void navigator.locks.request("product:replays", () => {
    held();
    return new Promise(() => {});
  }).catch(() => {});
})"""
    )
    await visit.page.bring_to_front()
    await visit.page.click("#entry-1")
    await visit.shows(listed[1])
    counted = [(listed[1],)]
    await wait_until("it is counted", lambda: visit.asked(COUNTS) == counted, timeout_s=60)
    await stuck.close()


async def test_another_user_does_not_see_the_replay_of_the_one_before(visit: Visit) -> None:
    listed = await visit.history()
    await visit.page.click("#entry-0")
    await visit.shows(listed[0])
    await visit.page.evaluate(_POST, ["/api/session", {"userId": "bob"}])
    await visit.page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    )
    await expect(visit.page.locator("#replay")).to_have_count(0, timeout=60_000)
    await visit.until("impressions.recorder.subject === 'bob'")


async def test_the_history_is_read_page_by_page_and_an_id_is_text(visit: Visit) -> None:
    more = [f"more-{number:03}" for number in range(100)]
    path = "/api/artworks/batch-impressions"
    assert await visit.page.evaluate(_POST, [path, {"artworkIds": more}]) == 200
    await visit.history(entries=60)
    await visit.page.click("#earlier")
    await expect(visit.page.locator("a[data-artwork]")).to_have_count(103)
    assert not await visit.page.is_visible("#earlier")
    assert await visit.page.locator(".title", has_text="<i>c</i>").count() == 1
    assert await visit.page.locator("h3").count() == 1  # one session


async def test_a_double_click_is_one_change_an_undo_another_and_a_link_shows_the_rest(
    visit: Visit,
) -> None:
    listed = await visit.history()
    page = visit.page
    await page.click("#heart-0", click_count=2)
    await expect(page.locator("#heart-0")).to_have_attribute("aria-pressed", "true")
    await page.click("#heart-1")
    await page.click("#undo")
    await expect(page.locator("#heart-1")).to_have_attribute("aria-pressed", "false")
    made = [(listed[0], True, 1), (listed[1], False, 2)]
    await wait_until("each is made", lambda: visit.asked(HEARTS) == made, timeout_s=60)
    await page.reload()
    await expect(page.locator("#heart-0")).to_have_attribute("aria-pressed", "true")
    await page.click("#share")
    await visit.until("document.getElementById('share-link').value !== ''")
    link = await page.input_value("#share-link")
    await expect(page.locator("#revoke-0")).to_be_visible()
    await page.goto(link)
    await expect(page.locator("[data-artwork]")).to_have_count(1)
    assert await page.get_attribute("[data-artwork]", "data-artwork") == listed[0]
    await visit.history()
    await page.click("#revoke-0")
    await expect(page.locator("#revoke-0")).to_have_count(0)
    await page.goto(link)
    await visit.until("document.body.dataset.refused")
    assert await page.locator("[data-artwork]").count() == 0


async def test_a_heart_that_the_server_did_not_hear_of_is_kept_and_sent_later(visit: Visit) -> None:
    await visit.history()
    await visit.page.route("**/api/favourites", lambda route: route.abort())
    await visit.page.click("#heart-2")
    await visit.until("gallery.favourites.pending().then((count) => count === 1)")
    await visit.page.reload()
    await expect(visit.page.locator("#heart-2")).to_have_attribute("aria-pressed", "true")
    assert visit.asked(HEARTS) == []
    await visit.page.unroute("**/api/favourites")
    await visit.page.reload()
    await wait_until("it is made", lambda: len(visit.asked(HEARTS)) == 1, timeout_s=60)
