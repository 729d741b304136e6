"""Every part of the dashboard is refused by default, and every access is kept."""

from __future__ import annotations

import psycopg
import pytest

from servers.ingest.admin.access import AdminPart
from tests.servers.ingest.admin.admins import ACCESSES, asked, dashboard
from tests.servers.ingest.site import make_config, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]
BASE = "/admin/impressions"
PATHS = {
    AdminPart.PAGE: BASE,
    AdminPart.FIGURES: f"{BASE}/figures",
    AdminPart.USERS: f"{BASE}/users",
    AdminPart.TIMELINE: f"{BASE}/users/timeline?user=ann",
    AdminPart.EXPORT: f"{BASE}/users.csv",
}


async def test_every_route_under_the_dashboard_is_one_that_is_tried_here(database: str) -> None:
    async with dashboard(database) as (site, _):
        known = {
            one.canonical
            for one in site.app.router.resources()
            if one.canonical.startswith("/admin/")
        }
    tried = {path.partition("?")[0] for path in PATHS.values()}
    assert known == {*tried, f"{BASE}/feed", "/admin/session"}


async def test_admins_see_all_parts_others_none_and_all_of_it_is_kept(database: str) -> None:
    async with (
        dashboard(database) as (site, boss),
        visitor(site.url) as ann,
        visitor(site.url, None) as outsider,
    ):
        for path in PATHS.values():
            answer = await boss.get(path)
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
            assert (await ann.get(path)).status == 403
            assert (await outsider.get(path)).status == 401
    kept = asked(database, ACCESSES)
    outcomes = [("boss", "admitted"), ("ann", "not_admin"), (None, "not_signed_in")]
    wanted = [(who, part.value, what) for part in PATHS for who, what in outcomes]
    assert kept == [("boss", "sign_in", "admitted"), *wanted]
    about = asked(database, "SELECT part FROM admin_accesses WHERE about IS NOT NULL")
    assert about == [("timeline",)]


async def test_who_may_not_see_the_page_gets_the_form_and_nothing_else(database: str) -> None:
    async with dashboard(database) as (site, boss), visitor(site.url) as ann:
        form = await ann.get(BASE)
        page = await boss.get(BASE)
    assert form.status == 403
    assert b'type="password"' in form.body
    assert b"feed" not in form.body
    assert b'id="feed"' in page.body
    for answer in (form, page):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy


async def test_an_access_that_cannot_be_kept_shows_nothing(database: str) -> None:
    async with dashboard(database) as (_, boss):
        with psycopg.connect(database) as connection:
            connection.execute("ALTER TABLE admin_accesses RENAME TO elsewhere")
        for path in PATHS.values():
            assert (await boss.get(path)).status == 500


async def test_a_server_without_the_dashboard_knows_none_of_it(database: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        assert (await ann.get(BASE)).status == 404
        assert (await ann.get("/client/admin/feed.js")).status == 404
