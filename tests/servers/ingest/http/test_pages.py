"""The display page and its files, as the server gives them."""

from __future__ import annotations

import pytest

from tests.servers.ingest.site import make_config, running, visitor


@pytest.mark.stack
@pytest.mark.asyncio
async def test_the_page_may_live_in_the_back_forward_cache(database: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url, None) as anybody:
        page = await anybody.get("/display?preset=durable")
        script = await anybody.get("/client/recorder.js")
    assert page.status == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Cache-Control"] == "no-cache"  # never no-store
    assert script.status == 200
    assert "javascript" in script.headers["Content-Type"]


@pytest.mark.stack
@pytest.mark.asyncio
@pytest.mark.parametrize(
    "name", ["../ingest/app.py", "..%2fingest%2fapp.py", ".hidden.js", "none.js", "display.html"]
)
async def test_only_the_pages_own_files_are_served(database: str, name: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url, None) as anybody:
        answer = await anybody.get(f"/client/{name}")
    assert answer.status == 404
