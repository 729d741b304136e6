"""The database's figures in the metrics: known ones, and none where it does not answer."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from servers.ingest.monitoring.database import DatabaseState, Seen
from servers.ingest.storage.rollups import Kpis
from tests.servers.ingest.site import make_config, running, samples, visitor
from tests.servers.ingest.stores import MemoryStore


def figures(seen: Seen) -> dict[str, float]:
    return {
        "|".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(seen.text().decode())
        for sample in family.samples
    }


def test_a_silent_database_is_down_and_claims_nothing() -> None:
    assert figures(Seen()) == {"ingest_database_up": 0}


def test_every_figure_has_its_name() -> None:
    kpis = Kpis(20, 3, 100, 9, 7, 2, 0.25)
    found = figures(Seen(DatabaseState({"idle": 4, "active": 2}, 50, 6, 8192), kpis))
    assert found == {
        "ingest_database_up": 1,
        "ingest_database_connections|active": 2,
        "ingest_database_connections|idle": 4,
        "ingest_database_rows|live": 50,
        "ingest_database_rows|dead": 6,
        "ingest_database_table_bytes": 8192,
        "ingest_pool_artworks": 20,
        "ingest_pool_epoch": 3,
        "ingest_users": 100,
        "ingest_active_users": 9,
        "ingest_users_at_risk": 7,
        "ingest_users_exhausted": 2,
        "ingest_unseen_share": 0.25,
    }


def test_a_mean_over_no_user_is_not_there() -> None:
    found = figures(Seen(DatabaseState({}, 0, 0, 0), Kpis(20, 3, 0, 0, 0, 0, None)))
    assert "ingest_unseen_share" not in found
    assert found["ingest_active_users"] == 0


@pytest.mark.stack
@pytest.mark.asyncio
async def test_a_server_with_rollups_shows_them(database: str) -> None:
    config = make_config(database, pool=20, improvements=("rollups",))
    async with running(config) as site, visitor(site.url) as ann:
        counters = {"recorded": 14, "totalFlushed": 2}
        answer = await ann.send(
            [f"artwork-{number:04}" for number in range(1, 13)], tabId="t", counters=counters
        )
        assert answer.status == 200
        found = await samples(ann)
    assert found["ingest_database_up"] == 1
    assert found["ingest_pool_artworks"] == 20
    assert found["ingest_users_at_risk"] == found["ingest_active_users"] == 1
    assert found["ingest_unseen_share"] == 0.4
    assert found["ingest_database_connections|idle"] >= 4
    assert found["ingest_recorder_pending_ids"] == 12
    assert found["ingest_batches_total|503"] == 0


@pytest.mark.stack
@pytest.mark.asyncio
async def test_a_server_without_them_shows_the_rest(database: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        found = await samples(ann)
    assert found["ingest_database_up"] == 1
    assert "ingest_users_at_risk" not in found


@pytest.mark.asyncio
async def test_metrics_answer_without_the_database() -> None:
    config = make_config("dbname=nowhere")
    async with running(config, store_type=MemoryStore) as site, visitor(site.url) as ann:
        found = await samples(ann)
    assert found["ingest_database_up"] == 0
    assert found["ingest_batches_total|200"] == 0
