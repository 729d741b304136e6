"""The API document is true: schemathesis finds nothing, and would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from servers.ingest.config import Config, Limits
from servers.ingest.http.app import create_app
from servers.ingest.http.openapi import describe
from servers.ingest.storage.store import Store
from tests.servers.ingest.examined import examine
from tests.servers.ingest.site import make_config, running, visitor


def lying_app(config: Config, store: Store) -> web.Application:
    """Serves a document that promises less than the server answers."""

    @web.middleware
    async def lie(
        request: web.Request, handler: Callable[[web.Request], object]
    ) -> web.StreamResponse:
        response = await handler(request)  # type: ignore[misc]
        if request.path == "/openapi.json":
            document = json.loads(response.body)
            del document["paths"]["/api/session"]["get"]["responses"]["200"]
            return web.json_response(document)
        return response  # type: ignore[no-any-return]

    app = create_app(config, store)
    app.middlewares.append(lie)
    return app


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("app_factory", "code", "more"),
    [(create_app, 0, ()), (lying_app, 1, ("--max-failures", "1"))],
    ids=["true", "false"],
)
async def test_the_document_is_true_and_a_false_one_is_found_out(
    database: str,
    tmp_path: Path,
    app_factory: Callable[[Config, Store], web.Application],
    code: int,
    more: tuple[str, ...],
) -> None:
    async with running(make_config(database), app_factory=app_factory) as site:
        done = await asyncio.to_thread(examine, site.url, tmp_path, *more)
    assert done.returncode == code, done.stdout[-3_000:] + done.stderr[-1_000:]


@pytest.mark.stack
@pytest.mark.asyncio
async def test_every_route_is_described_and_nothing_else(database: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        document = (await ann.get("/openapi.json")).body
        served = {
            (str(route.method).lower(), str(route.resource.canonical))
            for route in site.app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
    described = {(method, path) for path, item in document["paths"].items() for method in item}
    page = {("get", "/display"), ("get", "/client/{name}")}
    assert described == served - page


def test_the_document_states_the_limits_in_force() -> None:
    document = json.loads(json.dumps(describe(Limits(ids=7, id_bytes=40))))
    ids = document["components"]["schemas"]["Batch"]["properties"]["artworkIds"]
    assert (ids["maxItems"], ids["items"]["maxLength"]) == (7, 40)
