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
from servers.ingest.experiments.file import read_experiments
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


EXPERIMENTS = """
format = 1
[experiments.size]
salt = "2026-12"
[experiments.size.variants]
two = { share = 50, options = { maxBatchSize = 2 } }
four = { share = 50, options = { maxBatchSize = 4 } }
"""


async def test_a_variant_that_a_page_used_is_an_exposure(
    context: BrowserContext, database: str, spawner: TestSpawner, tmp_path: Path
) -> None:
    ready, file = tmp_path / "ready.json", tmp_path / "experiments.toml"
    file.write_text(EXPERIMENTS)
    argv = [sys.executable, "-m", "servers.ingest", "--database", database]
    argv += ["--ready-file", str(ready), "--experiments", str(file)]
    spawner.spawn("ingest", argv, log=tmp_path / "ingest.log", env=dict(os.environ))
    await wait_until("the server listens", ready.exists, timeout_s=60)
    target = Target(url=json.loads(ready.read_text())["url"])  # only its address is used
    variants = read_experiments(file).experiments["size"]

    sizes = {"two": 2, "four": 4}
    ids = ["a", "b", "c", "d"]
    sign_in = """userId => fetch("/api/session", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ userId, tier: "free" }),
    })"""
    for user in ("vera", "walt", "xena"):
        blank = await Display.open(context, target, view="blank")
        await blank.page.evaluate(sign_in, user)
        await blank.page.close()
        display = await Display.open(context, target, config="server")
        await display.record(ids)
        await display.until_drained()
        sent = [event["artworks"] for event in await display.events("acknowledged")]
        size = sizes[variants.variant_of(user)]
        assert sent == [ids[n : n + size] for n in range(0, 4, size)]
        await display.page.close()

    def exposed() -> list[tuple[str, str]]:
        with psycopg.connect(database) as connection:
            query = "SELECT user_id, variant FROM experiment_exposures ORDER BY 1"
            return connection.execute(query).fetchall()

    await wait_until("all are written", lambda: len(exposed()) == 3, timeout_s=30)
    assert exposed() == [(user, variants.variant_of(user)) for user in ("vera", "walt", "xena")]
