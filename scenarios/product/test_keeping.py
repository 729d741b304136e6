"""What is kept of users: one has all of it erased, and old impressions go while they are read."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import aiohttp

from harness.core.errors import TargetNotReady
from harness.ledger.kinds import CLIENT, DATABASE
from harness.ledger.kinds.client import HistoryPage
from harness.ledger.rundir import RunPlan
from harness.run.run import Run
from harness.target.capabilities import Capability
from harness.target.dialect import HttpRequest
from harness.target.http import client_of, send
from harness.target.reference.product import (
    ERASURE_PATH,
    FAVOURITES_PATH,
    HISTORY_API,
    IMPROVEMENT,
    REPLAYS_PATH,
    SHARES_PATH,
)
from harness.target.sign_in import sign_in
from harness.witnesses.product import expire, read_user
from scenarios.catalogue.declare import Judge, StartRun, arms, check, scenario
from scenarios.monitoring.plain_client import PlainClient

SEEN = 12
EVERYTHING = f"{IMPROVEMENT}+admin"
"""With the counts of users besides, which are tables of theirs too."""
TABLES = 6
READ_S = 30.0
LISTED, PAGE = 60, 10
EXPIRED_EACH = 3
_CONTROLS = {Capability.RESTARTABLE_SERVER, Capability.TABLE}


class Account:
    """A user who speaks to the product without a page."""

    def __init__(self, run: Run, http: aiohttp.ClientSession, user: str) -> None:
        self._run = run
        self._http = http
        self.user = user

    async def post(self, path: str, **body: object) -> None:
        """Send a body of the user; raise TargetNotReady when it is refused."""
        content = json.dumps({"subject": self.user, **body}).encode()
        await self._ask("POST", path, content, {"Content-Type": "application/json"})

    async def live(self, artworks: list[str]) -> None:
        """Do one of everything that the product keeps of a user who has seen these artworks."""
        first, second = artworks[:2]
        await self.post(REPLAYS_PATH, changes=[{"id": "r1", "artworkId": first}])
        hearts = [{"id": f"c{n}", "artworkId": one, "favourite": True} for n, one in
                  enumerate((first, second))]  # fmt: skip
        await self.post(FAVOURITES_PATH, changes=hearts)
        await self.post(SHARES_PATH)

    async def history(self, **query: str) -> dict[str, Any]:
        """Return a page of the history."""
        path = f"{HISTORY_API}?{urlencode({'limit': str(PAGE), **query})}"
        found: dict[str, Any] = json.loads(await self._ask("GET", path, b"", {}))
        return found

    async def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        site = self._run.context.site
        session = await sign_in(site.system.dialect, site.direct_url, self.user)
        request = HttpRequest(
            method=method, path=path, headers={**headers, **session.headers}, body=body
        )
        reply = await send(self._http, site.direct_url, request)
        if reply.status not in (200, 201):
            raise TargetNotReady(f"{path}: status {reply.status}, {reply.error}")
        return reply.body


@scenario(
    matrix="product",
    arms=arms(improvement=[EVERYTHING]),
    needs=[],
    checks=[
        check("erasure_exact", tables=TABLES),
        check("only_deleted_lost", deleted=SEEN),
        check("nothing_twice"),
    ],
    about_s=15,
    controls=_CONTROLS,
)
async def test_erasure(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """Two users whose names are easily taken for one another have seen, replayed, liked and shared;
    one has all of it erased: is nothing left of that one in any table, and all of the other?"""
    async with start_run(cell) as run, client_of(run.system.dialect) as http:
        erased, other = run.two_users()
        plain, artworks = PlainClient(run), run.artworks(SEEN)
        accounts = [Account(run, http, user) for user in (erased, other)]
        for account in accounts:
            await plain.send(account.user, artworks)
            await account.live(artworks)
        for is_after in (False, True):
            if is_after:
                await accounts[0].post(ERASURE_PATH)
                run.context.shown.difference_update((erased, one) for one in artworks)
            for account in accounts:
                await read_user(
                    run.context.site.dsn,
                    run.context.ledger.witness(DATABASE),
                    account.user,
                    is_erased=account.user == erased,
                    is_after=is_after,
                    timeout_s=READ_S,
                )
        await run.settle()
    judge(run)


@scenario(
    matrix="product",
    arms=arms(improvement=[EVERYTHING]),
    needs=[],
    checks=[
        check("history_whole", pages=LISTED // PAGE - 1, expired=2 * EXPIRED_EACH),
        check("only_deleted_lost", deleted=2 * EXPIRED_EACH),
        check("nothing_twice"),
    ],
    about_s=15,
    controls=_CONTROLS,
)
async def test_history_while_rows_expire(cell: RunPlan, start_run: StartRun, judge: Judge) -> None:
    """A user reads the history page by page while a job deletes old impressions, some on pages that
    were read and some on pages to come: is every other entry listed once?"""
    async with start_run(cell) as run, client_of(run.system.dialect) as http:
        user, artworks = run.visitor, run.artworks(LISTED)
        plain, account = PlainClient(run), Account(run, http, run.visitor)
        for first in range(0, LISTED, PAGE):
            await plain.send(user, artworks[first : first + PAGE])
        client, database = (run.context.ledger.witness(one) for one in (CLIENT, DATABASE))
        query: dict[str, str] = {}
        number = 0
        left = list(artworks)
        while True:
            page = await account.history(**query)
            number += 1
            listed = tuple(str(one["artworkId"]) for one in page["entries"])
            key = page["next"]
            row = HistoryPage(
                user=user, tab=None, artworks=listed, number=number, is_last=key is None
            )
            client.saw(row)
            left = [one for one in left if one not in listed]
            if key is None:
                break
            query = key
            if number <= 2:
                gone = [*left[:EXPIRED_EACH], *listed[-2:]]
                await expire(run.context.site.dsn, database, user, gone)
                run.context.shown.difference_update((user, one) for one in gone)
        await run.settle()
    judge(run)
