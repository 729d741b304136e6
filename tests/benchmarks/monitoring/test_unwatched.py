"""The server without counters stores as the other does, and counts nothing."""

from __future__ import annotations

import pytest

from benchmarks.monitoring.unwatched import app
from tests.servers.ingest.site import make_config, running, samples, visitor
from tests.servers.ingest.stores import MemoryStore


@pytest.mark.asyncio
async def test_it_stores_and_counts_nothing() -> None:
    config = make_config("dbname=nowhere")
    async with (
        running(config, store_type=MemoryStore, app_factory=app) as site,
        visitor(site.url) as ann,
    ):
        answer = await ann.send(["a", "b"], tabId="t", counters={"recorded": 2})
        assert answer.body == {"received": 2, "inserted": 2, "duplicate": 0}
        found = await samples(ann)
    assert found["ingest_ids_total|inserted"] == 0
    assert found["ingest_batches_total|200"] == 0
    assert found["ingest_batch_seconds_count"] == found["ingest_write_seconds_count"] == 0
    assert (
        "ingest_queue_wait_seconds_count" not in found
        or not found["ingest_queue_wait_seconds_count"]
    )
