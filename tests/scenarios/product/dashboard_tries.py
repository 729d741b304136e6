"""The tries of the scenarios on the dashboard, against a server in this process."""

from __future__ import annotations

import asyncio
import contextlib

from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.target.http import client_of
from harness.target.reference.system import SYSTEM
from harness.witnesses.product import read_accesses
from scenarios.product.dashboard import DashboardTries, Watcher, stalled
from servers.ingest.http.app import SERVER
from tests.scenarios.product.observed import Observed
from tests.servers.ingest.admin.admins import folded, with_dashboard
from tests.servers.ingest.site import running, visitor

USERS = ("ann", "=1+1")


async def access(database: str) -> Observed:
    """Have everybody try each part, and read the export."""
    async with running(with_dashboard(database)) as site, client_of(SYSTEM.dialect) as http:
        for name in USERS:
            async with visitor(site.url, name) as one:
                await one.send(["artwork-0001"])
        await folded(database)
        observed = Observed(site.url, database)
        tries = DashboardTries(observed.run, http)
        admin = await tries.admin()
        await tries.ask_for_all(admin, "ann")
        for other in await tries.others("ann", admin):
            await tries.ask_for_all(other, "ann")
        assert await tries.listed(admin) == len(USERS)
        await tries.read_export(admin, len(USERS))
        await read_accesses(database, observed.witness)
    return observed


async def feed(database: str) -> tuple[Observed, float]:
    """Have two watch, one of them cut off, and one who reads nothing; return how long the slowest
    batch took besides."""
    slowest_s = 0.0
    async with (
        running(with_dashboard(database)) as site,
        client_of(SYSTEM.dialect) as http,
        visitor(site.url) as ann,
    ):
        observed = Observed(site.url, database)
        tries = DashboardTries(observed.run, http)
        admin = await tries.admin()
        steady, cut = (Watcher(name, tries.url, admin, http) for name in ("steady", "cut off"))

        async def send(name: str) -> None:
            nonlocal slowest_s
            began_s = asyncio.get_running_loop().time()
            for number in range(3):
                await ann.send([f"{name}-{number}"])
                observed.batches += 1
            slowest_s = max(slowest_s, asyncio.get_running_loop().time() - began_s)

        async def heard(*watchers: Watcher) -> None:
            feed = site.app[SERVER].feed
            assert feed is not None
            with contextlib.suppress(WaitTimeout):
                await wait_until(
                    "all have heard",
                    lambda: all(one.ended >= feed.seq for one in watchers),
                    timeout_s=3.0,
                )

        async with stalled(tries.url, admin), steady.watching():
            async with cut.watching():
                await send("a")
                await heard(steady, cut)
            await send("b")
            async with cut.watching():
                await send("c")
                await heard(steady, cut)
        for watcher in (steady, cut):
            observed.witness.saw(watcher.seen())
    return observed, slowest_s
