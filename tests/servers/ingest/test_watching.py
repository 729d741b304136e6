"""What the server says about itself: metrics, logs, its API document, its page."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import prometheus_client
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from servers.ingest.config import Limits
from servers.ingest.http.openapi import describe
from servers.ingest.logs import JsonFormatter, RequestLog, configure
from servers.ingest.metrics import Histogram
from servers.ingest.receipts import Receipt
from tests.servers.ingest.site import Visitor, make_config, running, visitor


async def samples(ann: Visitor) -> dict[str, float]:
    text = (await ann.get("/metrics")).body.decode()
    return {
        sample.name + "".join(f"|{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


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


class Lines(logging.Handler):
    """Keeps formatted lines."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Lines:
    return Lines()


def _log(seed: str, statuses: list[int], lines: Lines) -> list[str]:
    logger = logging.getLogger("servers.ingest.requests")
    level = logger.level
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    try:
        log = RequestLog(seed)
        for number, status in enumerate(statuses):
            reason = None if status == 200 else "bad_id"
            receipt = Receipt(1, "batch", "life", batch=str(number), status=status, reason=reason)
            log.answered(receipt, 0.001)
    finally:
        logger.removeHandler(lines)
        logger.setLevel(level)
    return [json.loads(line)["batch"] for line in lines.lines]


def test_a_tenth_of_the_successes_is_logged_and_the_seed_says_which() -> None:
    first = _log("1", [200] * 2_000, Lines())
    again = _log("1", [200] * 2_000, Lines())
    other = _log("2", [200] * 2_000, Lines())
    assert 150 <= len(first) <= 250
    assert first == again
    assert first != other


def test_every_failure_is_logged_and_moves_no_sample() -> None:
    mixed = [200, 400, 200, 503] * 500
    logged = _log("1", mixed, Lines())
    failures = [str(number) for number, status in enumerate(mixed) if status != 200]
    assert [batch for batch in logged if int(batch) % 2] == failures
    same_draws = _log("1", [200] * 2_000, Lines())
    successes = [batch for batch in logged if not int(batch) % 2]
    assert successes == [batch for batch in same_draws if not int(batch) % 2]


def test_nothing_in_a_request_can_forge_a_log_line(lines: Lines) -> None:
    logger = logging.Logger("forger")
    logger.addHandler(lines)
    logger.warning("a\nb", extra={"fields": {"batch": 'x"}\n{"level":"info'}})
    (line,) = lines.lines
    assert "\n" not in line
    assert json.loads(line)["batch"] == 'x"}\n{"level":"info'


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


def test_the_log_is_about_requests_not_about_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing"):
        monkeypatch.setattr(logging, name, getattr(logging, name))  # configure changes them
    root, pool = logging.getLogger(), logging.getLogger("psycopg.pool")
    before = root.level, list(root.handlers), logging.getLogger("psycopg").level
    try:
        configure(tmp_path / "log")
        pool.info("connection requested")
        pool.warning("a connection is lost")
    finally:
        for handler in set(root.handlers) - set(before[1]):
            assert isinstance(handler, logging.StreamHandler)
            handler.stream.close()
        root.handlers[:] = before[1]
        root.setLevel(before[0])
        logging.getLogger("psycopg").setLevel(before[2])
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert json.loads(line)["message"] == "a connection is lost"


@pytest.mark.stack
@pytest.mark.asyncio
async def test_every_route_is_described_and_nothing_else(database: str) -> None:
    async with running(make_config(database)) as site, visitor(site.url) as ann:
        document = (await ann.get("/openapi.json")).body
        served = {
            (str(route.method).lower(), str(route.resource.canonical))
            for route in site.app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
    described = {(method, path) for path, item in document["paths"].items() for method in item}
    page = {("get", "/display"), ("get", "/client/{name}")}
    assert described == served - page


def test_the_document_states_the_limits_in_force() -> None:
    document = json.loads(json.dumps(describe(Limits(ids=7, id_bytes=40))))
    ids = document["components"]["schemas"]["Batch"]["properties"]["artworkIds"]
    assert (ids["maxItems"], ids["items"]["maxLength"]) == (7, 40)


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


@pytest.mark.stack
@pytest.mark.asyncio
async def test_receipts_that_cannot_be_written_are_no_success(database: str) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    async with running(make_config(database, full)) as site, visitor(site.url) as ann:
        answer = await ann.send(["a"])
    assert (answer.status, answer.body["error"]) == (503, "no_receipt")
