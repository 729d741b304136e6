"""Who may change anything of the product, and from where."""

from __future__ import annotations

import pytest

from servers.ingest.product.history import REPLAYS_PATH
from tests.servers.ingest.site import make_config, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

CHANGES = {"subject": "ann", "changes": [{"id": "r1", "artworkId": "artwork-0001"}]}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 200),
        ({"Content-Type": "application/json", "Origin": "https://evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 403),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({}, 415),
    ],
)
async def test_a_page_of_another_site_changes_nothing(
    database: str, headers: dict[str, str], status: int
) -> None:
    config = make_config(database, improvements=("product",))
    async with running(config) as site, visitor(site.url) as ann:
        assert (await ann.post(CHANGES, path=REPLAYS_PATH, headers=headers)).status == status


async def test_who_is_not_signed_in_changes_nothing(database: str) -> None:
    config = make_config(database, improvements=("product",))
    async with running(config) as site, visitor(site.url, None) as outsider:
        assert (await outsider.post(CHANGES, path=REPLAYS_PATH)).status == 401
