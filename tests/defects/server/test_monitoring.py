"""Defects of monitoring: rules, routes, figures and counts change, in their twins nothing does."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from defects import registry
from defects.base import (
    Defect,
    HarnessDefect,
    ServerDefect,
    Switch,
    _place,
    installed,
)
from defects.overrides.monitoring import RULES
from harness.core.wait import wait_until
from harness.process.processes import Processes
from servers.ingest.board import Board
from servers.ingest.config import Config
from servers.ingest.instant import NS_PER_S
from servers.ingest.metrics import Metrics
from servers.ingest.monitoring.recorders import Recorders
from servers.ingest.receipts import Receipt
from servers.ingest.storage.rollups import Kpis
from servers.ingest.storage.store import Share, Store
from servers.monitoring.routes import Routes, alertmanager_file
from servers.topology.monitoring import Monitoring, MonitoringOptions, Programs
from servers.topology.postgres import Postgres
from tests.seeded.observing import Here, differs_in_the_defect_alone, is_of_monitoring

DEFECTS = {name: one for name, one in registry.all_defects().items() if is_of_monitoring(name)}
COUNTS = {name: one for name, one in DEFECTS.items() if one.layer == "database"}


def called(where: str) -> Callable[..., Any]:
    """Return what stands in a place now."""
    place = _place(where)
    found: Callable[..., Any] = getattr(place.owner, place.name)
    return found


def rules(here: Here) -> Any:
    return called(RULES)(60)


def routes(here: Here) -> Any:
    where = Routes(slack_url="http://s", pagerduty_key="k")
    programs = Programs(prometheus=Path("p"), alertmanager=Path("a"))
    options = MonitoringOptions(programs=programs, routes=alertmanager_file(where))
    with Processes() as processes:
        return Monitoring(options, processes, wait_until, here.directory).routes


def counted(here: Here) -> Any:
    metrics = Metrics(Board())
    receipt = Receipt(format=1, kind="batch", lifetime="l", status=200, received=3, inserted=3)
    receipt.received_mono_ns = NS_PER_S
    metrics.answered([receipt], 2 * NS_PER_S)
    return [line for line in metrics.text().decode().splitlines() if "_created" not in line]


def pending(here: Here) -> Any:
    recorders = Recorders()
    recorders.heard("tab", {"recorded": 7})
    return [(family.name, family.samples[0].value) for family in recorders.collect()]


OBSERVED: dict[str, Callable[[Here], Any]] = {
    "bound_tenfold": rules,
    "operator_turned": rules,
    "wait_dropped": rules,
    "twin_missing": rules,
    "clients_mistakes_alert": rules,
    "paged_to_no_one": routes,
    "end_not_sent": routes,
    "latency_in_milliseconds": counted,
    "inserted_count_as_duplicates": counted,
    "backlogs_unheard": pending,
}
ASKED = {"every_user_is_active", "figures_frozen"}


def test_every_defect_is_observed() -> None:
    assert {*OBSERVED, *ASKED, *COUNTS} == set(DEFECTS)


@pytest.mark.parametrize("name", OBSERVED)
def test_it_differs_in_the_defect_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = cast(HarnessDefect, DEFECTS[name])
    differs_in_the_defect_alone(defect, lambda here: None, OBSERVED[name], tmp_path, monkeypatch)


@pytest.mark.parametrize("name", sorted(ASKED))
def test_figures_differ_in_the_defect_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def grows(store: Store) -> Kpis:
        users = store.__dict__["users"] = store.__dict__.get("users", 1) + 1
        return Kpis(200, 1, users, 1, 0, 0, 0.5)

    def observe(here: Here) -> Any:
        store = cast(Store, SimpleNamespace())

        async def ask() -> list[Any]:
            kpis: Callable[[Store], Awaitable[Any]] = called(f"{Store.__module__}:Store.kpis")
            return [await kpis(store), await kpis(store)]

        return asyncio.run(ask())

    def stubs(here: Here) -> None:
        here.stub("servers.ingest.storage.store:Store.kpis", grows)

    defect = cast(HarnessDefect, DEFECTS[name])
    differs_in_the_defect_alone(defect, stubs, observe, tmp_path, monkeypatch)


def kept(postgres: Postgres, defect: Defect | None, switch: Switch) -> list[Any]:
    """Store views twice and let the pool grow, in an empty schema; return what is counted."""
    name = f"counts_{secrets.token_hex(6)}"
    overrides = defect.overrides if isinstance(defect, ServerDefect) else {}

    async def live(dsn: str) -> list[Any]:
        config = Config(database=dsn, secret=b"s", lifetime="l", pool=50, improvements=("rollups",))
        store = Store(config)
        await store.open()
        for _ in range(2):
            await store.write([Share("ann", [f"artwork-{n:04d}" for n in range(1, 13)], 1e9)])
        before = await store.kpis()
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("INSERT INTO art_sessions (id, title) VALUES ('more', 'More')")
        after = await store.kpis()
        await store.close()
        return [before, after]

    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
        try:
            with installed(overrides, switch):
                return asyncio.run(
                    live(make_conninfo(postgres.dsn(), options=f"-csearch_path={name}"))
                )
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


@pytest.mark.stack
@pytest.mark.parametrize("name", COUNTS)
def test_it_changes_what_is_counted_and_its_twin_does_not(name: str, postgres: Postgres) -> None:
    twin, defective = Switch(twin=True), Switch(twin=False)
    sound = kept(postgres, None, Switch(twin=True))
    assert sound[0].active_users == 1
    assert kept(postgres, COUNTS[name], twin) == sound
    assert kept(postgres, COUNTS[name], defective) != sound
    assert twin.hits
    assert defective.hits
