"""Users of a load ask meanwhile how much is left to see: what they are answered, and by whom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import aiohttp

from harness.core.clock import now, pause, seeded_random
from harness.core.errors import HarnessError
from harness.ledger.files import WitnessFile
from harness.ledger.kinds import TOPOLOGY
from harness.ledger.kinds.monitoring.topology import (
    FreshnessAnswer,
    FreshnessRefused,
    TopologyRow,
)
from harness.load.schedule.schedule import Names, Workload
from harness.run.run import Run
from harness.target.dialect import HttpRequest, Session
from harness.target.http import client_of, send
from harness.target.session import connected
from harness.target.sign_in import sign_in_all
from scenarios.experiments.freshness import show_in_pool

ASKED_PER_S = 20.0
TIMEOUT_S = 5.0
UNSAID = "unsaid"
"""The source of an answer that names none."""


@asynccontextmanager
async def asking(run: Run, workload: Workload) -> AsyncIterator[None]:
    """Let the users of a load ask about freshness for the length of the block.

    The answers are observations: what is stored they do not say. Raises HarnessError when asking
    broke.
    """
    context, site = run.context, run.context.site
    dialect = site.system.dialect
    names = Names(workload, context.plan.seed, dialect)
    for dsn in site.shards.dsns if site.shards else (site.dsn,):
        async with await connected(dsn) as connection:
            await show_in_pool(connection, names.artworks)
    reader = FreshnessReader(
        context.ledger.witness(TOPOLOGY),
        url=site.direct_url,
        path=str(getattr(dialect, "freshness_path", "")),
        sessions=await sign_in_all(dialect, site.direct_url, names.users),
    )
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with client_of(dialect, timeout=timeout) as http:
        reading = asyncio.create_task(reader.ask_on(http, context.plan.seed))
        try:
            yield
        finally:
            reader.stop()
            await reading


class FreshnessReader:
    """Asks as one user after the other, in an order that the seed draws, and notes each answer."""

    def __init__(
        self,
        witness: WitnessFile[TopologyRow],
        *,
        url: str,
        path: str,
        sessions: Mapping[str, Session],
    ) -> None:
        """``sessions``: user → theirs. Raises HarnessError for a system that is asked nothing."""
        if not path:
            raise HarnessError("the target answers no question about freshness")
        self._witness = witness
        self._url = url
        self._path = path
        self._sessions = sessions
        self._is_stopping = False

    def stop(self) -> None:
        """Ask no more after the question that is under way."""
        self._is_stopping = True

    async def ask_on(self, http: aiohttp.ClientSession, seed: int) -> None:
        """Ask until it is stopped. Raises HarnessError for an answer that is none."""
        chance = seeded_random(seed, "who asks about freshness")
        users: Sequence[str] = list(self._sessions)
        while not self._is_stopping:
            await self.ask(http, chance.choice(users))
            await pause(1 / ASKED_PER_S)

    async def ask(self, http: aiohttp.ClientSession, user: str) -> None:
        """Ask once as a user. Raises HarnessError for an answer that is none."""
        headers, at = self._sessions[user].headers, now()
        request = HttpRequest(method="GET", path=self._path, headers=headers)
        reply = await send(http, self._url, request)
        if reply.status != 200:
            why = reply.error or f"answered {reply.status}"
            self._witness.saw(FreshnessRefused(part="server", user=user, why=why), at=at)
            return
        viewed, source = answer_of(reply.body)
        row = FreshnessAnswer(part=source, user=user, viewed=viewed, answered_ns=now().mono_ns)
        self._witness.saw(row, at=at)


def answer_of(body: bytes) -> tuple[int, str]:
    """Return how many impressions an answer knows of, and who gave it by its own word.

    Raises HarnessError for one that is none.
    """
    try:
        answer = json.loads(body)
        return int(answer["viewed"]), str(answer.get("source", UNSAID))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HarnessError(f"an answer about freshness is {body[:80]!r}") from error
