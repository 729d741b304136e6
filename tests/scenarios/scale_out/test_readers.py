"""Users who ask meanwhile: what is written down of an answer, and of none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import TOPOLOGY
from harness.target.dialect import Session
from scenarios.scale_out.readers import FreshnessReader, answer_of

PATH = "/api/users/me/freshness"
ANN = {"ann": Session(headers={"Cookie": "ann"})}


@asynccontextmanager
async def server(status: int, asked: list[str]) -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        asked.append(request.headers["Cookie"])
        return web.json_response({"viewed": 3, "total": 9, "source": "replica"}, status=status)

    app = web.Application()
    app.router.add_get(PATH, answer)
    async with TestServer(app) as running:
        yield str(running.make_url("")).rstrip("/")


def read(directory: Path, status: int) -> list[dict[str, object]]:
    """Let ann ask three times and more; return what was written down."""

    async def main() -> None:
        asked: list[str] = []
        with Ledger(directory) as ledger:
            async with server(status, asked) as url, aiohttp.ClientSession() as http:
                reader = FreshnessReader(ledger.witness(TOPOLOGY), url=url, path=PATH, sessions=ANN)
                reading = asyncio.create_task(reader.ask_on(http, 1))
                await wait_until("it has asked", lambda: len(asked) > 2, timeout_s=20)
                reader.stop()
                await reading
        assert set(asked) == {"ann"}

    asyncio.run(main())
    return read_witness(directory / "topology.arrows").table.to_pylist()


def test_an_answer_is_written_down_with_when_it_was_asked_and_when_it_came(tmp_path: Path) -> None:
    rows = read(tmp_path, 200)
    assert len(rows) > 2
    for row in rows:
        assert (row["kind"], row["part"], row["user"]) == ("freshness_answer", "replica", "ann")
        assert row["viewed"] == 3
        assert row["mono_ns"] < row["answered_ns"]  # type: ignore[operator]


def test_a_refusal_is_no_answer(tmp_path: Path) -> None:
    rows = read(tmp_path, 503)
    assert {(row["kind"], row["why"]) for row in rows} == {("freshness_refused", "answered 503")}


def test_who_does_not_say_who_answered_is_not_believed_to_be_the_replica() -> None:
    assert answer_of(b'{"viewed": 4}') == (4, "unsaid")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"viewed": null}'])
def test_what_is_no_answer_is_an_error(body: bytes) -> None:
    with pytest.raises(HarnessError, match="an answer about freshness is"):
        answer_of(body)


def test_a_system_without_the_question_is_not_asked(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger, pytest.raises(HarnessError, match="no question"):
        FreshnessReader(ledger.witness(TOPOLOGY), url="", path="", sessions=ANN)
