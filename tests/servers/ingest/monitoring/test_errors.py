"""Error reports: what went wrong and where reaches Sentry, with the release and without anybody."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

pytest.importorskip("sentry_sdk", reason="the extra `monitoring` is not installed")

from servers.ingest.monitoring import errors
from servers.ingest.monitoring.errors import CLOSE_S, ErrorReports, problem_of
from servers.ingest.storage.store import Share, Written
from tests.servers.ingest.monitoring.planted import Planted, must_be_noticed
from tests.servers.ingest.monitoring.receiver import Receiver, receiving
from tests.servers.ingest.site import make_config, running, visitor
from tests.servers.ingest.stores import MemoryStore

# Reports quote lines of the source, so these words stand in none whole.
ARTWORK = "-".join(["secret", "artwork"])
WORDS = " ".join(["of the", "user ann"])


class FailingStore(MemoryStore):
    """Fails every statement, in words that name who and what."""

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        raise psycopg.errors.CheckViolation(f"Key ({shares[0].user}, {shares[0].artworks[0]})")


class BrokenStore(MemoryStore):
    """Has an error of its own where the server asks how things are."""

    async def alive(self) -> bool:
        raise RuntimeError(WORDS)


def dsn_of(receiver: Receiver, password: str = "") -> str:
    return receiver.url.replace("http://", f"http://public{password}@") + "/42"


def events(receiver: Receiver) -> list[dict[str, Any]]:
    """The events of all envelopes: a header, then an item's header and the item, line by line."""
    assert {path for path, _ in receiver.posted} <= {"/api/42/envelope/"}
    found = []
    for _, body in receiver.posted:
        lines = [json.loads(line) for line in body.splitlines()]
        found += [
            item
            for header, item in zip(lines[1::2], lines[2::2], strict=True)
            if header["type"] == "event"
        ]
    return found


@pytest.mark.asyncio
async def test_a_failed_statement_is_reported_with_its_release_and_without_its_words() -> None:
    async with receiving() as sentry:
        config = make_config("dbname=nowhere", sentry=dsn_of(sentry), release="abc123")
        async with running(config, store_type=FailingStore) as site, visitor(site.url) as ann:
            assert (await ann.send([ARTWORK])).status == 422
        [event] = events(sentry)
        assert event["release"] == "abc123"
        assert event["level"] == "error"
        assert event["logger"] == "servers.ingest.combiner"
        assert event["logentry"] == {"message": "a write of %d requests failed: %s"}
        assert event["tags"] == {"sqlstate": "23514"}
        [error] = event["exception"]["values"]
        assert (error["type"], error["value"]) == ("CheckViolation", "")
        assert "write" in {frame["function"] for frame in error["stacktrace"]["frames"]}
        sent = b"".join(body for _, body in sentry.posted)
        for secret in (b'"ann"', b"(ann", ARTWORK.encode(), b"dbname"):
            assert secret not in sent


@pytest.mark.asyncio
async def test_an_error_of_the_server_is_reported_with_where_it_was() -> None:
    async with receiving() as sentry:
        config = make_config("dbname=nowhere", sentry=dsn_of(sentry))
        async with running(config, store_type=BrokenStore) as site, visitor(site.url) as ann:
            assert (await ann.get("/readyz")).status == 500
        [event] = events(sentry)
        assert event["logentry"] == {"message": "a request failed: %s %s"}
        assert event["exception"]["values"][0]["type"] == "RuntimeError"
        assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["function"] == "alive"
        assert WORDS.encode() not in b"".join(body for _, body in sentry.posted)


@pytest.mark.asyncio
async def test_lines_of_others_and_lesser_ones() -> None:
    async with receiving() as sentry:
        reports = ErrorReports(dsn_of(sentry), release="r")
        logging.getLogger("servers.ingest").warning("a warning")
        logging.getLogger("asyncio").error(WORDS)
        logging.getLogger("sentry_sdk.errors").error("of its own")
        await reports.aclose()
        logging.getLogger("servers.ingest").error("after its end")
        assert [event["logentry"]["message"] for event in events(sentry)] == ["an error of asyncio"]


@pytest.mark.asyncio
async def test_a_sentry_that_is_gone_holds_up_no_end() -> None:
    reports = ErrorReports("http://public@127.0.0.1:9/42", release="r")
    logging.getLogger("servers.ingest").error("in vain")
    began_s = time.monotonic()
    await reports.aclose()
    assert time.monotonic() - began_s < 3 * CLOSE_S


@pytest.mark.asyncio
async def test_an_end_takes_the_handler_away() -> None:
    handlers = list(logging.getLogger().handlers)
    reports = ErrorReports("http://public@127.0.0.1:9/42", release="r")
    await reports.aclose()
    assert logging.getLogger().handlers == handlers


@pytest.mark.asyncio
async def test_without_a_dsn_nothing_is_reported() -> None:
    handlers = list(logging.getLogger().handlers)
    async with running(make_config("dbname=nowhere"), store_type=MemoryStore):
        assert logging.getLogger().handlers == handlers


@pytest.mark.parametrize(
    ("dsn", "problem"),
    [
        ("http://public@127.0.0.1:9/42", ""),
        ("somewhere", "Unsupported scheme"),
        ("http://127.0.0.1:9/42", "Missing public key"),
        ("http://public@127.0.0.1:9/none", "Invalid project"),
    ],
)
def test_a_dsn_that_is_none_is_named(dsn: str, problem: str) -> None:
    assert problem_of(dsn).startswith(problem)
    assert bool(problem_of(dsn)) == bool(problem)


OF_A_STATEMENT = test_a_failed_statement_is_reported_with_its_release_and_without_its_words
PLANTED = {
    "an exception's own words leave": Planted('one["value"] = ""', "pass", OF_A_STATEMENT),
    "a line leaves with its arguments": Planted(
        "return str(record.msg) if", "return record.getMessage() if", OF_A_STATEMENT
    ),
    "local variables leave": Planted(
        "include_local_variables=False", "include_local_variables=True", OF_A_STATEMENT
    ),
    "the release is left out": Planted("release=release or None", "release=None", OF_A_STATEMENT),
    "the SQLSTATE is another": Planted("= error.sqlstate", '= "00000"', OF_A_STATEMENT),
    "the error among the arguments is missed": Planted(
        "error = record.exc_info or _error_among(record.args)",
        "error = record.exc_info",
        OF_A_STATEMENT,
    ),
    "warnings are reported": Planted(
        "super().__init__(logging.ERROR)",
        "super().__init__(logging.WARNING)",
        test_lines_of_others_and_lesser_ones,
    ),
    "reports go on after their end": Planted(
        "logging.getLogger().removeHandler(self)\n        await asyncio.to_thread",
        "await asyncio.to_thread",
        test_an_end_takes_the_handler_away,
    ),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("defect", PLANTED)
async def test_a_planted_defect_is_noticed(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(logging.getLogger().handlers)
    await must_be_noticed(errors, PLANTED[defect], monkeypatch, sys.modules[__name__])
    logging.getLogger().handlers[:] = before
