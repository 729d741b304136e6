"""Every defect of the database changes what a table or the system shows, and its twin nothing."""

from __future__ import annotations

import asyncio
import importlib
import secrets
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from defects import registry
from defects.base import ServerDefect, Switch, installed
from defects.database.changes.reports_on_every_write import REPORT
from defects.overrides.table import TURNS
from harness.core.wait import block_until, wait_until
from servers.ingest.config import Config
from servers.ingest.storage.store import Share, Store
from servers.topology.postgres import Postgres
from tests.seeded.observing import is_of_monitoring

pytestmark = pytest.mark.stack

DEFECTS = {
    name: one
    for name, one in registry.all_defects().items()
    if isinstance(one, ServerDefect) and one.layer == "database" and not is_of_monitoring(name)
}
SETTINGS = ("fsync", "synchronous_commit", "full_page_writes")
FIRST_S = 1_700_000_000.0
_RELOADED_S = 5.0
_RAN_S = 20.0

SHARES = [
    [Share("ann", [f"a-{number}" for number in range(12)], FIRST_S)],
    [Share("bob", ["a-1", "b-2"], FIRST_S + 1)],
    [Share("ann", ["a-1"], FIRST_S + 2)],
    [Share("ann", ["later"], FIRST_S + 9)],
]


async def lives(dsn: str, switch: Switch) -> list[Any]:
    """Live twice on one table: write, write the same again, two at once; return the answers."""
    answers: list[Any] = []
    for life in range(2):
        store = Store(Config(database=dsn, secret=b"s", lifetime=str(life), pool=3))
        await store.open()
        for shares in SHARES:
            answers += await store.write(shares)
        at_once = [Share("eve", [f"e-{life}"], FIRST_S + 3)]
        for found in await asyncio.gather(*(store.write(at_once) for _ in range(4))):
            answers += found
        orders = (("m", "n"), ("n", "m"))
        crossed = [store.write([Share("kim", list(order), FIRST_S)]) for order in orders]
        for outcome in await asyncio.gather(*crossed, return_exceptions=True):
            answers += [(-1, 0)] if isinstance(outcome, BaseException) else outcome
        async with store._writing.connection() as connection:
            shows = await (await connection.execute(b"SHOW synchronous_commit")).fetchone()
        answers.append((-2, int(shows == ("on",))))
        if "job" in switch.memory:
            await ran_again(switch)
        if reports := switch.memory.get("reports"):
            await asyncio.wait(reports, timeout=_RAN_S)
        await store.close()
        switch.memory.clear()  # a restart
    return answers


async def ran_again(switch: Switch) -> None:
    """Wait until a whole turn of the defect's job is over that began after this moment."""
    before = switch.memory.get(TURNS, 0)
    enough = before + 2
    await wait_until("the job ran", lambda: switch.memory.get(TURNS, 0) >= enough, timeout_s=_RAN_S)


def shown(dsn: str) -> dict[str, Any]:
    """Return what the table, its index and the system look like now."""
    with psycopg.connect(dsn) as connection:

        def ask(query: str) -> list[Any]:
            return connection.execute(query.encode()).fetchall()

        return {
            "rows": ask(
                "SELECT user_id, artwork_id, viewed_at > now() - interval '1 day', "
                "viewed_at < '2023-01-01' FROM user_art_impressions ORDER BY 1, 2, 3, 4"
            ),
            "log": ask("SELECT relpersistence FROM pg_class WHERE relname='user_art_impressions'"),
            "settings": [ask(f"SHOW {name}") for name in SETTINGS],
        }


def logged_by(postgres: Postgres, since: int) -> dict[str, bool]:
    """Return what PostgreSQL's log tells from byte ``since`` on."""
    with postgres.log.open("rb") as log:
        log.seek(since)
        text = log.read().decode()
    return {"violations": " 23505 " in text, "reports": REPORT in text}


def lived(postgres: Postgres, defect: ServerDefect | None, switch: Switch) -> dict[str, Any]:
    """Live twice in an empty schema with a defect, its twin or neither; return what is shown."""
    name = f"defect_{secrets.token_hex(6)}"
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
        options = f"-csearch_path={name} -clog_statement=all"
        dsn = make_conninfo(postgres.dsn(), options=options)
        logged = postgres.log.stat().st_size
        try:
            with installed(defect.overrides if defect else {}, switch):
                answers = asyncio.run(lives(dsn, switch))
            return {
                **shown(dsn),
                **logged_by(postgres, logged),
                "answers": sorted(map(tuple, answers)),
            }
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())
            connection.execute(b"ALTER SYSTEM RESET ALL")
            connection.execute(b"SELECT pg_reload_conf()")
            block_until("all is reset", lambda: _all_on(postgres), timeout_s=_RELOADED_S)


def _all_on(postgres: Postgres) -> bool:
    with psycopg.connect(postgres.dsn()) as connection:
        return all(connection.execute(f"SHOW {n}".encode()).fetchone() == ("on",) for n in SETTINGS)


@pytest.fixture(scope="module")
def sound(postgres: Postgres) -> dict[str, Any]:
    return lived(postgres, None, Switch(twin=True))


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_it_changes_what_is_stored_or_how_and_its_twin_does_not(
    defect: ServerDefect, sound: dict[str, Any], postgres: Postgres
) -> None:
    twin, defective = Switch(twin=True), Switch(twin=False)
    assert lived(postgres, defect, twin) == sound
    assert lived(postgres, defect, defective) != sound
    assert twin.hits
    assert defective.hits


def test_every_defect_has_a_module() -> None:
    for name in DEFECTS:
        place = registry._places()[name].with_suffix("")
        assert importlib.import_module(".".join(("defects", *place.parts))).__doc__
