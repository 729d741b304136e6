"""The activity witness: what SQL and /metrics can see, what they cannot, and that it comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness.core.wait import block_until, wait_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import ACTIVITY
from harness.process.processes import Processes
from harness.target.reference.dialect import ReferenceDialect
from harness.target.target import Table
from harness.witnesses import activity
from harness.witnesses.activity import ActivityWitness
from servers.topology.postgres import Postgres
from tests.harness.exposition import GAUGES, waits

pytestmark = [pytest.mark.stack, pytest.mark.asyncio]

NO_SERVER = "http://127.0.0.1:9"
METRICS = ReferenceDialect().metrics
TABLE = Table(name="seen", user_column="who", artwork_column="what", viewed_column="at")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that a busy machine holds up is no blindness: all that is asked here answers."""
    monkeypatch.setattr(activity, "_TIMEOUT_S", 60.0)


@contextmanager
def metrics_server(*, status: int = 200) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        count = 100

        def do_GET(self) -> None:
            Handler.count += 10
            body = (GAUGES + waits(100, Handler.count, Handler.count, Handler.count)).encode()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def rows_of(directory: Path) -> list[dict[str, Any]]:
    return read_witness(directory / "activity.arrows").table.to_pylist()


def values(rows: list[dict[str, Any]], kind: str, name: str) -> list[float]:
    return [row["value"] for row in rows if row["kind"] == kind and row["name"] == name]


def clients(connection: psycopg.Connection[tuple[object, ...]]) -> object:
    query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    [count] = connection.execute(query).fetchone() or [None]
    return count


async def test_it_sees_connections_commits_wal_and_the_insert(tmp_path: Path) -> None:
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, tmp_path)
        await postgres.start()
        with psycopg.connect(postgres.dsn(), autocommit=True) as one:
            # The connection that found PostgreSQL up may be there still.
            block_until("no other client is connected", lambda: clients(one) == 1, timeout_s=60)
            one.execute("CREATE EXTENSION pg_stat_statements")
            one.execute("CREATE TABLE seen (who text, what text, at timestamptz DEFAULT now())")
            with Ledger(tmp_path) as ledger, metrics_server() as url:
                file = ledger.witness(ACTIVITY)
                witness = ActivityWitness(postgres.dsn(), TABLE, url, METRICS, file)
                witness.start()
                block_until("samples are taken", lambda: file.rows > 60, timeout_s=60)
                for number in range(50):
                    one.execute("INSERT INTO seen (who, what) VALUES ('ann', %s)", [str(number)])
                witness.stop()
        postgres.stop()
    rows = rows_of(tmp_path)
    calls = values(rows, "database", "insert_calls")
    assert calls[-1] == 50
    assert values(rows, "database", "insert_rows")[-1] == 50
    assert values(rows, "database", "insert_exec_ms")[-1] > 0
    for counter in ("wal_position_bytes", "wal_records", "commits", "checkpoints_timed"):
        seen = values(rows, "database", counter)
        assert seen == sorted(seen), counter
    wal = values(rows, "database", "wal_position_bytes")
    assert wal[-1] - wal[0] > 50 * 50
    assert max(values(rows, "database", "connections")) == 1  # its own does not count
    assert values(rows, "server", "pool_size")[0] == 4
    asked_s = [row["wall_ns"] / 1e9 for row in rows if row["name"] == "pool_size"]
    for kind in ("server", "database"):
        clock_s = values(rows, kind, "clock_s")
        assert asked_s[0] - 2 < clock_s[0] <= clock_s[-1] < asked_s[-1] + 60
    assert len(values(rows, "database", "table_writers")) > 2  # between the samples of a second
    assert values(rows, "server", "queue_wait_p95_ms")


async def test_what_a_database_lacks_is_named_once_and_the_rest_is_seen(tmp_path: Path) -> None:
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, tmp_path)
        await postgres.start()
        with Ledger(tmp_path) as ledger:
            file = ledger.witness(ACTIVITY)
            witness = ActivityWitness(postgres.dsn(), TABLE, NO_SERVER, METRICS, file)
            witness.start()
            block_until("two samples are taken", lambda: file.rows > 50, timeout_s=60)
            witness.stop()
        postgres.stop()
    rows = rows_of(tmp_path)
    blind = [row["name"] for row in rows if row["kind"] == "blind"]
    assert blind.count("database:insert_calls") == 1
    assert blind.count("server:everything") == 1
    reason = next(r["detail"] for r in rows if r["name"] == "database:insert_calls")
    assert "pg_stat_statements" in reason
    assert len(values(rows, "database", "commits")) >= 2
    assert values(rows, "database", "insert_calls") == []


async def test_a_database_that_goes_and_comes_back_is_seen_again(tmp_path: Path) -> None:
    with Processes() as processes:
        postgres = Postgres(processes, wait_until, tmp_path)
        await postgres.start()
        with Ledger(tmp_path) as ledger:
            file = ledger.witness(ACTIVITY)
            witness = ActivityWitness(postgres.dsn(), TABLE, NO_SERVER, METRICS, file)
            witness.start()
            block_until("a sample is taken", lambda: file.rows > 10, timeout_s=60)
            postgres.stop()
            file.flush()
            block_until("it is blind", lambda: _says(file, tmp_path, "everything"), timeout_s=60)
            seen = file.rows
            await postgres.start()
            block_until("it sees again", lambda: file.rows > seen + 10, timeout_s=60)
            witness.stop()
        postgres.stop()
    kinds = [row["kind"] for row in rows_of(tmp_path)]
    assert kinds.index("blind") < len(kinds) - 10
    assert kinds[-1] == "database" or "database" in kinds[-5:]


async def test_a_server_that_refuses_its_metrics_is_named(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger, metrics_server(status=404) as url:
        file = ledger.witness(ACTIVITY)
        witness = ActivityWitness("host=127.0.0.1 port=9 dbname=none", TABLE, url, METRICS, file)
        witness.start()
        witness.stop()
    rows = rows_of(tmp_path)
    assert {row["name"] for row in rows} == {"database:everything", "server:everything"}
    assert [r["detail"] for r in rows if r["name"] == "server:everything"] == [
        "/metrics answers 404"
    ]


def _says(file: Any, directory: Path, name: str) -> bool:
    file.flush()
    return any(r["name"] == f"database:{name}" for r in rows_of(directory))
