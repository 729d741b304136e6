"""The product is there where it was asked for, and nowhere else."""

from __future__ import annotations

import pytest

from tests.servers.ingest.site import make_config, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

PATHS = (
    "/gallery/history",
    "/client/product/history.js",
    "/api/history",
    "/gallery/shared",
    "/api/shares",
)


@pytest.mark.parametrize(("improvements", "status"), [((), 404), (("product",), 200)])
async def test_a_server_has_the_product_only_where_it_was_asked_for(
    database: str, improvements: tuple[str, ...], status: int
) -> None:
    config = make_config(database, improvements=improvements)
    async with running(config) as site, visitor(site.url) as ann:
        assert [(await ann.get(path)).status for path in PATHS] == [status] * len(PATHS)
