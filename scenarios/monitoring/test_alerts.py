"""Each alert in a running stack: what it is about is caused, and Prometheus is watched."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from harness.core.clock import pause
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.faults.process.locks import WritesWait
from harness.ledger.rundir import Arm, CheckSpec, RunPlan
from harness.run.run import Run
from harness.target.capabilities import Capability
from harness.target.session import connected
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.monitoring.plain_client import PlainClient

FIRES_S = 40.0
"""A rule's five minutes are five seconds here, an hour is a minute: what is left is a slow machine
and, for failures, the ten seconds that the server gives a statement."""
RESOLVED_S = 90.0
HOLDS_S = 4.0
"""A rule that must hold for five seconds fires no earlier; a second is for Prometheus' own pace."""
SLOW_S = 1.0
FELT_S = 10.0
POOL = 200
AT_RISK, SEEN, NEARLY_ALL = 6, 110, 197
MANY_MORE = 600
MISTAKES, APART_S = 3, 1.5
"""Batches that the server refuses as a client's mistake, each seen by another scrape: no alert is
about them."""
DUPLICATES = 11
PENDING = 501

Cause = Callable[[Run, PlainClient], AbstractAsyncContextManager[None]]
NO_FIGURES = "NoFigures"
"""The level at which all alerts on missing figures are caused."""
UNKNOWN = (
    "BatchFailuresUnknown",
    "DuplicatesUnknown",
    "FreshnessUnknown",
    "LatencyUnknown",
    "PoolUnknown",
    "QueueUnknown",
)


@asynccontextmanager
async def _little_unseen(run: Run, client: PlainClient) -> AsyncIterator[None]:
    """Six users have seen more than half of the pool, until it grows."""
    for number in range(AT_RISK):
        await client.send(f"viewer-{number}", _artworks(run, SEEN))
    yield
    await _grow(run)


@asynccontextmanager
async def _all_seen(run: Run, client: PlainClient) -> AsyncIterator[None]:
    """One user has seen all but three, until the pool grows."""
    await client.send("viewer-0", _artworks(run, NEARLY_ALL))
    yield
    await _grow(run)


@asynccontextmanager
async def _refused(run: Run, client: PlainClient) -> AsyncIterator[None]:
    """The database takes no write for longer than the server waits for one; clients try again."""
    lock = run.database.writes_wait()
    async with run.fault(lock), asyncio.TaskGroup() as group:
        sending = [
            group.create_task(client.send("viewer-0", [artwork])) for artwork in _artworks(run, 3)
        ]
        await _until_felt(lock)
    yield
    for one in sending:
        await client.send_again(one.result())


@asynccontextmanager
async def _slow(run: Run, client: PlainClient) -> AsyncIterator[None]:
    """The database takes no write for a second."""
    lock = run.database.writes_wait()
    async with asyncio.TaskGroup() as group, run.fault(lock):
        for number, artwork in enumerate(_artworks(run, 3)):
            group.create_task(client.send(f"viewer-{number}", [artwork]))
        await _until_felt(lock)
        await pause(SLOW_S)
    yield


@asynccontextmanager
async def _twice(run: Run, client: PlainClient) -> AsyncIterator[None]:
    """A client sends again what is stored."""
    for _ in range(2):
        await client.send("viewer-0", _artworks(run, DUPLICATES))
    yield


@asynccontextmanager
async def _backlog(run: Run, client: PlainClient) -> AsyncIterator[None]:
    """A recorder says that much waits in its queue, and then that it was sent."""
    await client.send("viewer-0", _artworks(run, 1), counters={"recorded": PENDING})
    yield
    counters = {"recorded": PENDING, "totalFlushed": PENDING}
    await client.send("viewer-0", _artworks(run, 2)[1:], counters=counters)


@asynccontextmanager
async def _no_server(run: Run, client: PlainClient) -> AsyncIterator[None]:
    """The server is gone, until the alert fires."""
    async with run.server.down(killed=False):
        yield


CAUSES: dict[str, Cause] = {
    "FreshnessLow": _little_unseen,
    "PoolExhausted": _all_seen,
    "BatchFailures": _refused,
    "BatchesSlow": _slow,
    "DuplicateAttempts": _twice,
    "QueueBacklog": _backlog,
    NO_FIGURES: _no_server,
}
HELD = {"FreshnessLow", "QueueBacklog", NO_FIGURES}
"""Whose rules must hold for a while."""
ALSO = {"BatchFailures": "BatchesSlow"}
"""What may fire with it: batches that failed had waited for ten seconds."""
ON_CALL, ALERTS, WARNINGS = "pagerduty", "slack #impressions-alerts", "slack #impressions-warnings"
RECEIVERS = {
    "FreshnessLow": (ON_CALL, ALERTS),
    "BatchesSlow": (WARNINGS,),
    "DuplicateAttempts": (WARNINGS,),
    "QueueBacklog": (WARNINGS,),
}
"""Who hears of it; of every other alert those who hear of P2."""


def _receivers(arm: Arm) -> tuple[str, ...]:
    return RECEIVERS.get(arm["alert"], (ALERTS,))


def _checks(arm: Arm) -> list[CheckSpec]:
    also = ALSO.get(arm["alert"], "")
    return [
        check(
            "alert_fired",
            within_s=FIRES_S,
            resolved_within_s=RESOLVED_S,
            not_before_s=HOLDS_S if arm["alert"] in HELD else 0.0,
            also=also,
        ),
        check("alert_notified", receivers=",".join(_receivers(arm))),
        check("nothing_lost"),
        check("nothing_twice"),
        check("conservation"),
        check("users_as_counted"),
    ]


@scenario(
    matrix="monitoring",
    arms=arms(alert=[*CAUSES]),
    needs=["prometheus", "alertmanager"],
    checks=_checks,
    about_s=lambda arm: 90 if arm["alert"] == "DuplicateAttempts" else 40,
    controls={Capability.RESTARTABLE_SERVER, Capability.TABLE, Capability.SERVER_METRICS},
)
async def test_alerts(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """What an alert is about happens in the running system, under production's rules with every
    duration a sixtieth: does it fire, reach whom it must and end, and no other?"""
    alert = cell.arm["alert"]
    alerts = UNKNOWN if alert == NO_FIGURES else (alert,)
    receivers = _receivers(cell.arm)
    async with start_run(cell) as run:
        client = PlainClient(run)
        await client.send("somebody", _artworks(run, 1))
        for _ in range(MISTAKES):
            await client.send_nonsense("somebody")
            await pause(APART_S)
        async with (
            run.alerts.expected(*alerts, receivers=receivers, resolved_within_s=RESOLVED_S),
            CAUSES[alert](run, client),
        ):
            await run.alerts.fired(*alerts, receivers=receivers, within_s=FIRES_S)
        await run.settle()
    judge(run)


def _artworks(run: Run, count: int) -> list[str]:
    """Return the first artworks of the pool."""
    return [run.context.artwork_id(number) for number in range(1, count + 1)]


async def _grow(run: Run) -> None:
    async with await connected(run.context.site.dsn) as connection:
        await connection.execute(
            "INSERT INTO art_sessions (id, title) "
            "SELECT 'more-' || n, 'More' FROM generate_series(1, %s) AS n",
            (MANY_MORE,),
        )


async def _until_felt(lock: WritesWait) -> None:
    """Wait until the lock holds a write up; a check finds it if none ever waits."""
    with contextlib.suppress(WaitTimeout):
        await wait_until("a write waits", lock.waiting, timeout_s=FELT_S)
