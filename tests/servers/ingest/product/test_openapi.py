"""The API document has every request of the product, the prediction and the dashboard."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from servers.ingest.config import Limits
from servers.ingest.http.openapi import describe
from servers.ingest.product.openapi import product_paths
from tests.servers.ingest.admin.admins import with_dashboard
from tests.servers.ingest.examined import examine
from tests.servers.ingest.site import running, visitor

ALL = ("product", "prediction", "admin")


@pytest.mark.stack
@pytest.mark.asyncio
async def test_every_route_is_described_and_nothing_else(database: str) -> None:
    config = with_dashboard(database, improvements=ALL)
    async with running(config) as site, visitor(site.url) as ann:
        document = (await ann.get("/openapi.json")).body
        served = {
            (str(route.method).lower(), str(route.resource.canonical))
            for route in site.app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
    described = {(method, path) for path, item in document["paths"].items() for method in item}
    files = {("get", "/display")} | {
        ("get", f"/client/{folder}{{name}}") for folder in ("", "product/", "admin/")
    }
    assert described == served - files


@pytest.mark.parametrize("improvement", ALL)
def test_a_part_is_described_where_it_is(improvement: str) -> None:
    alone = product_paths(Limits(), (improvement,))
    assert alone
    assert not {*alone} & {*describe(Limits())["paths"]}
    assert json.dumps(describe(Limits(), (), (improvement,)))
    assert product_paths(Limits(), ()) == {}


@pytest.mark.slow
@pytest.mark.slowest
@pytest.mark.asyncio
async def test_the_document_is_true(database: str, tmp_path: Path) -> None:
    async with running(with_dashboard(database, improvements=ALL)) as site:
        done = await asyncio.to_thread(examine, site.url, tmp_path)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-1_000:]
