"""Batches go through the broker to the table, and nothing of it is left."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import psycopg
import pytest

from harness.core.wait import wait_until
from harness.process.processes import Processes
from harness.process.supervisor import tagged_processes
from harness.setup import find_part, find_toxiproxy
from servers.topology.scaled.options import TopologyOptions
from servers.topology.scaled.queue import QueueOptions
from servers.topology.single import Stack, StackOptions

HOME = find_part("rabbitmq")
pytestmark = [pytest.mark.stack, pytest.mark.asyncio]
PATIENT_S = 90.0
"""For a node and its workers on a busy machine."""
ROWS = "SELECT artwork_id FROM user_art_impressions ORDER BY 1"


@pytest.mark.skipif(HOME is None, reason="no RabbitMQ; `harness setup --only rabbitmq` brings it")
async def test_a_batch_is_accepted_then_stored(tmp_path: Path) -> None:
    assert HOME is not None
    queue = QueueOptions(rabbitmq=HOME, processes=1, workers=2)
    options = StackOptions(toxiproxy=find_toxiproxy(), topology=TopologyOptions(queue=queue))
    with Processes() as processes:
        async with (
            Stack(options, processes, wait_until, tmp_path) as stack,
            aiohttp.ClientSession(
                stack.direct_url, cookie_jar=aiohttp.CookieJar(unsafe=True)
            ) as http,
        ):
            assert {"rabbitmq", "epmd", "queue-worker-1"} <= stack.processes.keys()
            assert "broker" in stack.parts
            await (await http.post("/api/session", json={"userId": "ann"})).read()
            batch = {"artworkIds": ["a", "b"], "batchId": "x", "attempt": 1}

            async def sent() -> bool:  # a server may listen before its broker does
                answer = await http.post("/api/artworks/batch-impressions", json=batch)
                return answer.status == 202 and await answer.json() == {"received": 2}

            await wait_until("a batch is accepted", sent, timeout_s=PATIENT_S)

            def stored() -> bool:
                with psycopg.connect(stack.dsn) as connection:
                    return connection.execute(ROWS).fetchall() == [("a",), ("b",)]

            await wait_until("it is stored", stored, timeout_s=PATIENT_S)
            empty = await http.post("/api/artworks/batch-impressions", json={"artworkIds": []})
            assert empty.status == 400
        lines = [json.loads(line) for line in (tmp_path / "server.ndjson").read_text().splitlines()]
        assert {"confirmed", "batch", "started", "stopped"} <= {line["kind"] for line in lines}
        assert tagged_processes(processes.tag) == []
