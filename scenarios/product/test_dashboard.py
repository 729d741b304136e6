"""The dashboard for admins: no other user sees it, and watching it costs no impression."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from contextlib import AsyncExitStack

from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.ledger.kinds import CLIENT, DATABASE
from harness.ledger.rundir import RunPlan
from harness.target.capabilities import Capability
from harness.target.http import client_of
from harness.target.reference.dashboard import IMPROVEMENT
from harness.witnesses.product import read_accesses
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.common.visit import DRAIN_S, EAGER, finish
from scenarios.common.visit_case import visit_case
from scenarios.monitoring.plain_client import PlainClient
from scenarios.product.dashboard import DashboardTries, Watcher, stalled

SEEN = 12
NAMES = ("ann", "=1+1", "@SUM(A1)", "+49 30 1", "-2", '=HYPERLINK("//x")', 'o"brien, “b”')
"""Users: some whose names a spreadsheet would run."""
FOLDED_S = 30.0
"""How long what users have seen may take to be added up."""
OTHERS, PARTS = 7, 6
VIEWERS = 8
HEARD_S = 15.0
"""How long viewers may take to hear of what is stored; longer than the check allows."""
VIEWS = 24
_CONTROLS = {Capability.RESTARTABLE_SERVER, Capability.TABLE}


@scenario(
    matrix="product",
    arms=arms(improvement=[IMPROVEMENT]),
    needs=[],
    checks=[
        check("admins_alone", tries=OTHERS * PARTS),
        check("accesses_kept"),
        check("export_is_text", users=len(NAMES)),
        check("nothing_lost"),
        check("nothing_twice"),
        check("nothing_unshown"),
        check("conservation"),
    ],
    about_s=15,
    controls=_CONTROLS,
)
async def test_dashboard_access(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Outsiders, ordinary users, an admin whose role has ended and another site's page ask for each
    part of the dashboard: are all refused and the admin let in, is each access kept, and does the
    export hold no formula?"""
    async with start_run(cell) as run:
        plain = PlainClient(run)
        for name in NAMES:
            await plain.send(name, run.artworks(SEEN))
        async with client_of(run.system.dialect) as http:
            tries = DashboardTries(run, http)
            admin = await tries.admin()
            await tries.ask_for_all(admin, NAMES[0])
            for other in await tries.others(NAMES[0], admin):
                await tries.ask_for_all(other, NAMES[0])

            async def all_listed() -> bool:
                return await tries.listed(admin) >= len(NAMES)

            await wait_until("all users are listed", all_listed, timeout_s=FOLDED_S, interval_s=0.5)
            await tries.read_export(admin, len(NAMES))
        await read_accesses(run.context.site.dsn, run.context.ledger.witness(DATABASE))
        await run.settle()
    judge(run)


@visit_case(
    matrix="product",
    views=VIEWS,
    checks=[check("feed_accounts", viewers=VIEWERS)],
    presets=("durable",),
    controls=_CONTROLS,
    about_s=20,
    improvement=[IMPROVEMENT],
)
async def test_dashboard_feed(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A visitor looks at artworks while admins watch the feed, one of them reading nothing and one
    cut off for a while: is each view stored as ever, and does each viewer see each batch once?"""
    async with start_run(cell) as run, client_of(run.system.dialect) as http:
        tries = DashboardTries(run, http)
        admin = await tries.admin()
        watchers = [Watcher(f"viewer {n}", tries.url, admin, http) for n in range(VIEWERS)]
        cut = Watcher("cut off", tries.url, admin, http)
        artworks = run.artworks(VIEWS)
        async with AsyncExitStack() as held:
            await held.enter_async_context(stalled(tries.url, admin))
            for watcher in watchers:
                await held.enter_async_context(watcher.watching())
            tab = await run.visitors.open_tab(**EAGER)
            async with cut.watching():
                await tab.look_at(*artworks[: VIEWS // 3])
                await tab.drained(DRAIN_S)
                # One that had heard of nothing would begin anew, and not go on.
                await _until_heard([cut], artworks[: VIEWS // 3])
            await tab.look_at(*artworks[VIEWS // 3 : 2 * VIEWS // 3])
            async with cut.watching():
                await tab.look_at(*artworks[2 * VIEWS // 3 :])
                await tab.drained(DRAIN_S)
                await _until_heard([*watchers, cut], artworks)
        client = run.context.ledger.witness(CLIENT)
        for watcher in (*watchers, cut):
            client.saw(watcher.seen())
        await run.visitors.close_tab(tab)
        await finish(run)
    judge(run)


async def _until_heard(watchers: list[Watcher], artworks: Collection[str]) -> None:
    """Return when each has a line about all of these, or has lost some, or had long enough."""
    wanted = set(artworks)

    def all_heard() -> bool:
        return all(one.lost or one.artworks >= wanted for one in watchers)

    with contextlib.suppress(WaitTimeout):  # one that does not is for the checks to name
        await wait_until("all have heard of all", all_heard, timeout_s=HEARD_S)
