"""The recorder and the reference server agree, although they share no code."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.async_api import BrowserContext

from harness.core.wait import wait_until
from tests.servers.client.display import Display
from tests.servers.client.double import Target
from tests.servers.spawner import TestSpawner

pytestmark = [
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.asyncio(loop_scope="session"),
]


def _receipts(path: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in lines if line["kind"] == "batch"]


@pytest.mark.parametrize(
    ("preset", "transports"), [("durable", {"fetch", "beacon"}), ("roadmap", {"beacon"})]
)
async def test_what_was_shown_is_a_row(
    context: BrowserContext,
    database: str,
    receipts: Path,
    spawner: TestSpawner,
    tmp_path: Path,
    preset: str,
    transports: set[str],
) -> None:
    ready = tmp_path / "ready.json"
    argv = [sys.executable, "-m", "servers.ingest", "--database", database]
    argv += ["--ready-file", str(ready), "--receipts", str(receipts)]
    server = spawner.spawn("ingest", argv, log=tmp_path / "ingest.log", env=dict(os.environ))
    await wait_until("the server listens", ready.exists, timeout_s=60)
    target = Target(url=json.loads(ready.read_text())["url"])  # only its address is used

    # Nothing but the last batch may be sent by leaving, and that one by nothing else: no flush by
    # time, and signed in before the page, for signing in flushes too, whenever it is through.
    display = await Display.open(context, target, preset=preset, flushDelayMs=600_000)
    await display.page.fill("#user-id", "vera")
    await display.page.press("#user-id", "Enter")
    await display.until("impressions.recorder.subject === 'vera'")
    await display.page.close()
    display = await Display.open(context, target, preset=preset, flushDelayMs=600_000)
    await display.page.keyboard.press("ArrowRight")
    await display.show("a", "ünïcode 画")
    await display.page.evaluate("impressions.recorder.flush()")
    await display.until_drained()
    await display.page.evaluate("impressions.recorder.record('the last one')")
    await display.page.goto("about:blank")  # a page that is closed is killed if it is held up

    shown = set(display.ids("recorded")) | {"the last one"}

    def stored() -> set[str]:
        with psycopg.connect(database) as connection:
            rows = connection.execute("SELECT user_id, artwork_id FROM user_art_impressions")
            return {artwork for user, artwork in rows if user == "vera"}

    await wait_until("every view is a row", lambda: stored() == shown, timeout_s=30)
    batches = _receipts(receipts)
    assert {batch["status"] for batch in batches} == {200}
    assert {batch["transport"] for batch in batches} == transports
    assert {batch["tab"] for batch in batches} == {display.heard[0]["tab"]}
    server.stop()
