"""A relay before a system without receipts tells a loss of the page from one of the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from harness.compose.reference import run_on_a_stack
from harness.compose.targets import site as module
from harness.ledger.kinds import VIEWER
from harness.ledger.kinds.viewer import ViewIntent, ViewShown
from harness.ledger.plan import PlannedCell, SuiteOptions
from harness.ledger.rundir import CheckSpec, RunPlan
from harness.process.processes import Processes
from harness.target.target import load_target
from reports.judging.judge import judge_run

FILE = """format = 1
base_url = "{url}"
[batch]
path = "/views"
body = {{ user = "{{user}}", ids = "{{ids}}" }}
[page]
path = "/gallery"
script = "show"
[truth.http]
path = "/all"
id = "/id"
user_id = "/user"
"""
KEPT, DROPPED, UNSENT = "000001", "000002", "000003"

pytestmark = [pytest.mark.asyncio, pytest.mark.stack, pytest.mark.slow]


class Careless:
    """Acknowledges every view, and does not store the second artwork's."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []

    async def take(self, request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        kept = [one for one in body["ids"] if not one.endswith(DROPPED)]
        self.rows += [{"id": one, "user": body["user"]} for one in kept]
        return web.json_response({})

    async def all(self, request: web.Request) -> web.Response:
        return web.json_response(self.rows)


async def test_the_servers_loss_and_the_pages_have_different_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_toxiproxy", lambda: None)
    system, app = Careless(), web.Application()
    app.add_routes([web.post("/views", system.take), web.get("/all", system.all)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    file = tmp_path / "target.toml"
    file.write_text(FILE.format(url=f"http://{host}:{port}"))
    cell = PlannedCell(
        plan=RunPlan(
            scenario="visit",
            arm={"browser": "chromium", "preset": "own"},
            seed=7,
            checks=(CheckSpec(name="nothing_lost", parameters={}),),
        ),
        node="",
        about_s=1,
        budget_s=60,
    )
    with Processes() as processes:
        options = SuiteOptions(target=load_target(file))
        async with run_on_a_stack(cell, tmp_path, options, processes) as run:
            seen = [one for one in run.artworks(200) if one.endswith((KEPT, DROPPED, UNSENT))]
            viewer = run.context.ledger.witness(VIEWER)
            for artwork in seen:
                viewer.saw(ViewIntent(user=run.visitor, tab="t", artwork=artwork))
                viewer.saw(ViewShown(user=run.visitor, tab="t", artwork=artwork))
            run.context.add_shown(run.visitor, seen)
            sent = [one for one in seen if not one.endswith(UNSENT)]
            assert run.network.url != run.context.site.direct_url
            async with aiohttp.ClientSession() as client:
                batch = {"user": run.visitor, "ids": sent}
                await (await client.post(f"{run.network.url}/views", json=batch)).read()
            await run.settle()
    await runner.cleanup()
    judged = judge_run(tmp_path / cell.run).cell
    assert judged.fates == {"lost_acked": 1, "lost_unacked": 1, "recorded_once": 1}
    [arrived] = [one for one in judged.findings if one.check == "views_arrived"]
    [unsent] = [one for one in seen if one.endswith(UNSENT)]
    assert arrived.examples == (f"{run.visitor}/{unsent}",)
