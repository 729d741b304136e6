"""The dashboard's page in a real browser: signed in by hand, read by keyboard, clean by axe."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from servers.ingest.http.app import SERVER
from tests.servers.ingest.admin.admins import SECRET, with_dashboard
from tests.servers.ingest.site import Site, running, visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.asyncio(loop_scope="session"),
]
USERS = 3_000
PHONE = {"width": 375, "height": 800}
FILL = """
INSERT INTO user_art_impressions (user_id, artwork_id)
SELECT 'user-' || lpad(u::text, 5, '0'), 'artwork-' || lpad(a::text, 4, '0')
FROM generate_series(1, %s) AS u, generate_series(1, 20) AS a WHERE a <= 1 + u %% 20;
"""


def fill(database: str, users: int) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(FILL.encode(), (users,))
        connection.execute("SELECT fold_freshness()")


@contextlib.asynccontextmanager
async def page_of(
    connection: Browser, site: Site, **options: Any
) -> AsyncIterator[tuple[Page, list[str]]]:
    """The page of an admin who signs in on it, and what the browser complains of."""
    context = await connection.new_context(**options)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{site.url}/admin/impressions")
    await page.fill("#user-id", "boss")
    await page.fill("#secret", SECRET)
    page.on(
        "console",
        lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None,
    )
    await page.click("#sign-in button")
    await expect(page.locator("#heat [role=gridcell]").first).to_be_visible(timeout=30_000)
    await expect(page.locator("#feed-state")).to_have_text("Connected")
    try:
        yield page, complaints
    finally:
        await context.close()


async def test_an_admin_signs_in_sees_figures_users_and_what_happens(
    connection: Browser, database: str
) -> None:
    async with running(with_dashboard(database, pool=20)) as site, visitor(site.url) as ann:
        fill(database, USERS)
        async with page_of(connection, site) as (page, complaints):
            await expect(page.locator("#figures")).to_contain_text("3,000")
            await expect(page.locator("#freshness svg")).to_have_attribute(
                "aria-label", "22.5 %; the target is 90 %"
            )
            await expect(page.locator("#alerts li")).to_have_count(3)
            assert await page.locator("#heat [role=gridcell]").count() < 300
            await ann.send(["artwork-0001", "artwork-0002"])
            line = page.locator("#feed tbody tr").first
            await expect(line).to_contain_text("ann", timeout=30_000)
            await expect(line).to_contain_text("artwork-0001, artwork-0002")
            await page.locator("#heat [role=gridcell]").nth(1).click()
            await expect(page.locator("#timeline-title")).to_have_text("user-00002")
            await expect(page.locator("#timeline-entries li")).to_have_count(3)
        assert complaints == []


async def test_the_grid_goes_on_as_it_is_scrolled_and_by_keyboard(
    connection: Browser, database: str
) -> None:
    async with running(with_dashboard(database, pool=20)) as site:
        fill(database, USERS)
        async with page_of(connection, site, viewport=PHONE) as (page, _):
            wide = "document.documentElement.scrollWidth <= innerWidth"
            assert await page.evaluate(wide)
            await page.focus("#heat [tabindex='0']")
            for _ in range(4):
                await page.keyboard.press("End")
                await expect(page.locator("#heat-state")).to_contain_text("are listed")
            place = "() => Number(document.activeElement.dataset.place)"
            await page.wait_for_function(f"({place})() > 900")
            assert await page.locator("#heat [role=gridcell]").count() < 300
            await page.keyboard.press("Home")
            assert await page.evaluate(place) == 0
            await page.keyboard.press("ArrowDown")
            await page.keyboard.press("Enter")
            await expect(page.locator("#timeline")).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(page.locator("#timeline")).to_be_hidden()
            await page.fill("#find-user", "user-02000")
            await page.click("#find button")
            await expect(page.locator("#heat b").first).to_have_text("user-02000")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, PHONE])
async def test_axe_finds_nothing(
    connection: Browser, database: str, scheme: str, viewport: dict[str, int]
) -> None:
    async with running(with_dashboard(database, pool=20)) as site, visitor(site.url) as ann:
        fill(database, 100)
        options = {"color_scheme": scheme, "viewport": viewport, "bypass_csp": True}
        async with page_of(connection, site, **options) as (page, _):
            await ann.send(["artwork-0001"])
            await expect(page.locator("#feed tbody tr")).to_have_count(1, timeout=30_000)
            await expect(page.locator("#hours svg")).to_be_visible()
            found = (await Axe().run(page)).response["violations"]
            assert [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]] == []
            await page.locator("#heat [role=gridcell]").first.click()
            found = (await Axe().run(page)).response["violations"]
            assert [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]] == []


async def test_the_feed_goes_on_after_a_cut(connection: Browser, database: str) -> None:
    async with running(with_dashboard(database, pool=20)) as site, visitor(site.url) as ann:
        fill(database, 10)
        async with page_of(connection, site) as (page, _):
            feed = site.app[SERVER].feed
            assert feed is not None
            await page.evaluate("window.cut = true")
            feed.closing = True
            await expect(page.locator("#feed-state")).to_contain_text("Cut off", timeout=30_000)
            feed.closing = False
            await ann.send(["artwork-0003"])
            await expect(page.locator("#feed-state")).to_have_text("Connected", timeout=30_000)
            await expect(page.locator("#feed tbody tr")).to_have_count(1, timeout=30_000)
