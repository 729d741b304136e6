"""An admin signs in with the secret, and with nothing else; each try is kept."""

from __future__ import annotations

import pytest

from servers.ingest.admin.sign_in import TRIES_MAX
from tests.servers.ingest.admin.admins import ACCESSES, SECRET, asked, dashboard, with_dashboard
from tests.servers.ingest.site import running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]
PATH = "/admin/session"
FIGURES = "/admin/impressions/figures"


async def test_the_secret_makes_an_admin_and_a_wrong_one_does_not(database: str) -> None:
    async with dashboard(database) as (site, boss), visitor(site.url) as ann:
        wrong = await ann.post({"userId": "ann", "secret": SECRET + "x"}, path=PATH)
        assert (wrong.status, wrong.body["error"]) == (403, "wrong_secret")
        assert (await ann.get(FIGURES)).status == 403
        assert (await boss.get(FIGURES)).status == 200
        assert (await boss.get("/api/session")).body == {"userId": "boss"}
    assert asked(database, ACCESSES)[:3] == [
        ("boss", "sign_in", "admitted"),
        (None, "sign_in", "wrong_secret"),
        ("ann", "figures", "not_admin"),
    ]


async def test_a_server_without_a_secret_has_no_admin(database: str) -> None:
    async with (
        running(with_dashboard(database, admin_secret="")) as site,
        visitor(site.url, None) as one,
    ):
        assert (await one.post({"userId": "boss", "secret": ""}, path=PATH)).status == 403


async def test_secrets_cannot_be_tried_without_end(database: str) -> None:
    async with dashboard(database) as (site, _), visitor(site.url, None) as one:
        body = {"userId": "boss", "secret": "wrong"}
        found = [(await one.post(body, path=PATH)).status for _ in range(TRIES_MAX + 1)]
        right = await one.post({"userId": "boss", "secret": SECRET}, path=PATH)
    assert found == [403] * TRIES_MAX + [429]
    assert (right.status, "Retry-After" in right.headers) == (429, True)


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_no_other_site_signs_anybody_in(database: str, headers: dict[str, str]) -> None:
    json = {"Content-Type": "application/json"}
    async with dashboard(database) as (site, _), visitor(site.url, None) as one:
        body = {"userId": "boss", "secret": SECRET}
        assert (await one.post(body, path=PATH, headers=json | headers)).status == 403


@pytest.mark.parametrize("body", [{}, [], {"userId": "", "secret": "x"}, {"userId": "a"}, b"{"])
async def test_what_is_no_sign_in_is_refused(database: str, body: object) -> None:
    async with dashboard(database) as (site, _), visitor(site.url, None) as one:
        assert (await one.post(body, path=PATH)).status == 400
