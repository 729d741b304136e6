"""The log: each failure, a sample of the successes, and no forged line."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from servers.ingest.logs import JsonFormatter, RequestLog, configure
from servers.ingest.receipts import Receipt


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
