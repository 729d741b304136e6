"""The defect of predictions recommends what was seen, its twin does not."""

from __future__ import annotations

import psycopg
import pytest

from defects.base import ServerDefect, Switch, installed
from harness.target.reference.product import RECOMMEND
from tests.defects.product.folders import of
from tests.servers.ingest.site import make_config, running, visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]
DEFECTS = of("prediction")


@pytest.mark.parametrize("twin", [True, False], ids=["twin", "defect"])
@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
async def test_what_was_seen_is_recommended_by_the_defect_alone(
    defect: ServerDefect, twin: bool, database: str
) -> None:
    switch = Switch(twin=twin)
    config = make_config(database, improvements=("prediction",))
    with installed(defect.overrides, switch):
        async with running(config) as site, visitor(site.url) as ann:
            with psycopg.connect(database) as connection:
                connection.execute(RECOMMEND.encode(), (10, ["artwork-0001"]))
            await ann.send(["artwork-0001"])
            found = (await ann.get("/api/predictions")).body["artworks"]
    assert switch.hits
    assert ("artwork-0001" in {one["artworkId"] for one in found}) is not twin
