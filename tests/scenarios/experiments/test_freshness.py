"""How stale an answer about freshness is, of a server that tells the truth or does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from harness.core.errors import HarnessError
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import ACTIVITY
from harness.target.dialect import Session
from harness.target.reference.dialect import ReferenceDialect
from harness.target.session import connected
from scenarios.experiments.freshness import Asker, Stored, show_in_pool, stale_s

TABLES = """
DROP TABLE IF EXISTS art_sessions, user_art_impressions;
CREATE TABLE art_sessions (id text PRIMARY KEY, title text, pool_status text);
CREATE TABLE user_art_impressions (user_id text, artwork_id text, viewed_at timestamptz);
INSERT INTO user_art_impressions VALUES
    ('ann', 'a', now() - interval '30 s'), ('ann', 'b', now() - interval '20 s'),
    ('ann', 'c', now() - interval '10 s')
"""


@pytest.mark.parametrize(("viewed", "age_s"), [(3, 0.0), (4, 0.0), (2, 10.0), (1, 20.0), (0, 30.0)])
def test_an_answer_is_as_old_as_the_first_impression_that_it_lacks(
    viewed: int, age_s: float
) -> None:
    stored = Stored(at_s=100.0, came_s=[70.0, 80.0, 90.0])
    assert stale_s(stored, viewed) == age_s


def test_an_answer_that_lacks_what_came_just_now_is_stale_all_the_same() -> None:
    assert stale_s(Stored(at_s=100.0, came_s=[100.0]), 0) > 0
    assert stale_s(Stored(at_s=100.0, came_s=[100.2]), 0) > 0
    assert stale_s(Stored(at_s=100.0, came_s=[]), 0) == 0


@asynccontextmanager
async def server(*answers: Any) -> AsyncIterator[str]:
    """Answers every question by the next of these, the last one again and again."""
    left = list(answers)

    async def answer(request: web.Request) -> web.Response:
        body = left.pop(0) if len(left) > 1 else left[0]
        return body if isinstance(body, web.Response) else web.json_response(body)

    app = web.Application()
    app.router.add_get(ReferenceDialect().freshness_path, answer)
    async with TestServer(app) as running:
        yield str(running.make_url("")).rstrip("/")


def ask(dsn: str, directory: Path, *answers: Any, count: int = 4) -> Mapping[str, list[float]]:
    async def main() -> None:
        async with server(*answers) as url, await connected(dsn) as connection:
            with Ledger(directory) as ledger:
                asker = Asker(
                    connection,
                    ledger.witness(ACTIVITY),
                    url=url,
                    dialect=ReferenceDialect(),
                    sessions={"ann": Session()},
                )
                await show_in_pool(connection, ["a", "b", "c"])
                await asker.ask_all(1, per_s=100.0, count=count)

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(TABLES)
    asyncio.run(main())
    found: dict[str, list[float]] = {}
    for row in read_witness(directory / "activity.arrows").table.to_pylist():
        found.setdefault(row["name"], []).append(row["value"])
    with psycopg.connect(dsn) as connection:
        pool = connection.execute("SELECT id FROM art_sessions ORDER BY id").fetchall()
    assert pool == [("a",), ("b",), ("c",)]
    return found


@pytest.mark.stack
def test_every_answer_is_held_against_the_table(dsn: str, tmp_path: Path) -> None:
    found = ask(dsn, tmp_path, {"viewed": 3}, {"viewed": 1}, {"viewed": 3})
    assert len(found["fresh_answer_ms"]) == 4
    right, stale, *rest = found["fresh_stale_s"]
    assert [right, *rest] == [0, 0, 0]
    assert stale == pytest.approx(20.0, abs=15)
    assert stale >= 20


@pytest.mark.stack
@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (web.Response(status=503), "was answered 503"),
        ({"seen": 3}, "is b'{\"seen\": 3}'"),
        ({"viewed": None}, "an answer about freshness is"),
    ],
)
def test_what_is_no_answer_ends_the_run(dsn: str, tmp_path: Path, answer: Any, line: str) -> None:
    with pytest.raises(HarnessError) as refused:
        ask(dsn, tmp_path, answer)
    assert line in refused.value.line


def test_a_target_without_freshness_is_refused(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger, pytest.raises(HarnessError, match="no question about fresh"):
        Asker(
            None,  # type: ignore[arg-type]
            ledger.witness(ACTIVITY),
            url="",
            dialect=object(),  # type: ignore[arg-type]
            sessions={},
        )
