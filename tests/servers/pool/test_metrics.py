"""What a worker shows: its own attempts, and the jobs of all workers as the database has them."""

from __future__ import annotations

import psycopg
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from servers.pool.generator import NewArtwork, PoolJob, SvgGenerator
from servers.pool.jobs import Jobs, oldest_due_s
from servers.pool.metrics import WorkerMetrics
from servers.pool.worker import PoolWorker
from tests.servers.pool.kept_pool import Failing, pool_of, see

NOWHERE = "postgresql://127.0.0.1:1/nowhere"


def shown(metrics: WorkerMetrics) -> dict[str, float]:
    """Every sample: its name and its labels' values, a bar between them."""
    with metrics.listening("127.0.0.1", 0) as address:
        text = requests.get(f"http://{address}/metrics", timeout=10).text
    assert "ann" not in text
    return {
        sample.name + "".join(f"|{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_without_a_database_its_own_figures_are_left() -> None:
    metrics = WorkerMetrics(NOWHERE)
    metrics.attempted("done", 0.2, artworks=10)
    metrics.attempted("failed", 2.0)
    found = shown(metrics)
    assert found["pool_attempts_total|done"] == 1
    assert found["pool_attempts_total|failed"] == 1
    assert found["pool_attempts_total|dead"] == found["pool_attempts_total|late"] == 0
    assert found["pool_artworks_made_total"] == 10
    assert found["pool_attempt_seconds_sum"] == pytest.approx(2.2)
    assert found["pool_database_up"] == 0
    assert not [name for name in found if name.startswith("pool_jobs")]


def test_a_port_is_free_again_afterwards() -> None:
    metrics = WorkerMetrics(NOWHERE)
    with metrics.listening("127.0.0.1", 0) as address:
        port = int(address.rpartition(":")[2])
    with metrics.listening("127.0.0.1", port) as again:
        assert again == address
        with pytest.raises(OSError, match="in use"), metrics.listening("127.0.0.1", port):
            pass


@pytest.mark.stack
def test_each_outcome_of_an_attempt_is_counted_once(database: str) -> None:
    with pool_of(database) as kept:
        metrics = WorkerMetrics(database)
        see(kept, "ann", range(1, 96))  # three levels
        jobs = Jobs(kept, "one", lease_s=60, attempts_max=2)

        def work(generator: SvgGenerator | Failing) -> None:
            worker = PoolWorker(
                database, "one", generator, lease_s=60, attempts_max=2, poll_s=1, metrics=metrics
            )
            kept.execute("UPDATE pool_jobs SET due_at = clock_timestamp() - interval '7 s'")
            assert worker.step(jobs)

        assert shown(metrics)["pool_jobs|waiting"] == 3
        work(SvgGenerator())
        work(Failing(failures=1))
        work(Failing(failures=1))  # the second of two attempts
        work(Late(kept))
        found = shown(metrics)
        assert {name: value for name, value in found.items() if "attempts_total" in name} == {
            "pool_attempts_total|done": 1,
            "pool_attempts_total|failed": 1,
            "pool_attempts_total|dead": 1,
            "pool_attempts_total|late": 1,
        }
        assert found["pool_artworks_made_total"] == 50  # the urgent one's
        assert found["pool_attempt_seconds_count"] == 4
        assert found["pool_database_up"] == 1
        assert {name: found[name] for name in found if name.startswith("pool_jobs|")} == {
            "pool_jobs|waiting": 0,
            "pool_jobs|running": 1,
            "pool_jobs|done": 1,
            "pool_jobs|dead": 1,
        }
        assert found["pool_oldest_due_job_seconds"] == 0


class Late(SvgGenerator):
    """Takes so long that another worker takes the job meanwhile."""

    def __init__(self, connection: psycopg.Connection) -> None:
        super().__init__()
        self._connection = connection

    def make(self, job: PoolJob) -> list[NewArtwork]:
        self._connection.execute(
            "UPDATE pool_jobs SET attempts = attempts + 1 WHERE id = %s", (job.id,)
        )
        return super().make(job)


@pytest.mark.stack
def test_the_age_of_the_job_that_has_waited_for_longest(database: str) -> None:
    with pool_of(database) as kept:
        assert oldest_due_s(kept) == 0
        see(kept, "ann", range(1, 96))
        kept.execute("UPDATE pool_jobs SET due_at = clock_timestamp() + interval '1 h'")
        assert oldest_due_s(kept) == 0
        kept.execute(
            "UPDATE pool_jobs SET due_at = clock_timestamp() - interval '90 s' WHERE level = '85'"
        )
        assert 90 <= oldest_due_s(kept) < 120
