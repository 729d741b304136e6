"""What /metrics says: every batch and every id, and no name of anybody."""

from __future__ import annotations

import prometheus_client
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.ingest.metrics import Histogram
from tests.servers.ingest.site import make_config, running, samples, visitor


@pytest.mark.stack
@pytest.mark.asyncio
async def test_metrics_count_every_batch_and_every_id(database: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        await ann.send(["a", "b", "a"])
        await ann.send(["a", "c"])
        await ann.send(["a", ""])
        found = await samples(ann)
    assert found["ingest_batches_total|200"] == 2
    assert found["ingest_batches_total|400"] == 1
    assert found["ingest_rejected_batches_total|bad_id"] == 1
    assert found["ingest_ids_total|inserted"] == 3
    assert found["ingest_ids_total|duplicate"] == 2
    assert found["ingest_batch_seconds_count"] == 3
    assert found["ingest_batch_ids_bucket|3.0"] == 3
    assert found["ingest_batch_ids_bucket|2.0"] == 2
    assert found["ingest_ids_total|rejected"] == 2
    assert found["ingest_batch_ids_sum"] == 7
    assert found["ingest_batch_seconds_count"] == 3
    assert found["ingest_queue_wait_seconds_count"] == 2
    assert found["ingest_write_seconds_count"] == 2
    assert found["ingest_combined_batches_sum"] == 2
    assert found["ingest_in_flight_batches"] == 0
    assert found["ingest_queue_ids"] == 0
    assert found["ingest_connections_in_use"] == 0
    assert found["ingest_connections"] == 4


@pytest.mark.stack
@pytest.mark.asyncio
async def test_no_user_and_no_artwork_becomes_a_label(database: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url, "secret-user") as ann:
        await ann.send(["secret-artwork"], batchId="secret-batch")
        text = (await ann.get("/metrics")).body
    assert b"secret" not in text


@given(st.lists(st.integers(0, 6).map(float) | st.floats(0, 100)))
def test_a_group_is_observed_as_each_of_it_would_be(amounts: list[float]) -> None:
    """On the bounds too: a bucket holds what equals its bound."""
    both = prometheus_client.CollectorRegistry(), prometheus_client.CollectorRegistry()
    one, all_at_once = (Histogram("h", "h", buckets=(1, 2, 5), registry=each) for each in both)
    for amount in amounts:
        one.observe(amount)
    all_at_once.observe_all(amounts)
    for name in ("h_count", *(f"h_bucket|{bound}" for bound in ("1.0", "2.0", "5.0", "+Inf"))):
        name, _, bound = name.partition("|")
        values = [each.get_sample_value(name, {"le": bound} if bound else {}) for each in both]
        assert values[0] == values[1]
    sums = [each.get_sample_value("h_sum") for each in both]
    assert sums[0] == pytest.approx(sums[1])
