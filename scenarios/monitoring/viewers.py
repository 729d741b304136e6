"""Viewers of the artwork pool: each looks at what it has not seen, at a pace of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import aiohttp

from harness.core.clock import NS_PER_S, now, pause, seeded_random
from harness.core.errors import TargetNotReady
from harness.core.outcome import Outcome
from harness.ledger.kinds import LOAD, POOL, VIEWER
from harness.ledger.kinds.load import LoadRow
from harness.ledger.kinds.monitoring.pool import NoFreshArtwork
from harness.ledger.kinds.viewer import ViewIntent, ViewShown
from harness.run.run import Run
from harness.target.dialect import HttpRequest, Session
from harness.target.http import send
from harness.target.reference.dialect import FRESH_PATH
from harness.target.sign_in import sign_in

EVERY_S = 1.5
"""A viewer's views of this time are a batch."""
SHELF = 30
"""Artworks that a viewer asks for at once."""
SPRINTERS_PER_S = (12.0, 10.5, 9.0, 8.0)
SLOWEST_PER_S, FASTEST_PER_S = 0.1, 1.5
SEEN_BEFORE = 0.5
"""The largest share of the pool that a viewer has seen before, and that sprinters have."""
AGAIN = 0.15
"""The share of the batches that are sent again though they were acknowledged."""
AT_ONCE = 20
LEAP = 0.97
"""The share of the pool that a leap takes: more than the highest level, and not all."""
ALL = 1_000
PATIENCE_S = 40.0
RETRY_S = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A viewer: its name, artworks a second, and the share of the pool that it has seen."""

    user: str
    per_s: float
    seen: float


def paces(seed: int, count: int) -> list[Pace]:
    """Return the viewers: a few sprinters, who have seen half of the pool, and others from slow to
    fast."""
    chance = seeded_random(seed, "paces")
    ratio = FASTEST_PER_S / SLOWEST_PER_S
    rest = count - len(SPRINTERS_PER_S)
    sprinters = [
        Pace(user=f"sprinter-{number}", per_s=per_s, seen=SEEN_BEFORE)
        for number, per_s in enumerate(SPRINTERS_PER_S, 1)
    ]
    others = [
        Pace(
            user=f"viewer-{number:03}",
            per_s=SLOWEST_PER_S * ratio ** (number / (rest - 1)),
            seen=chance.uniform(0, SEEN_BEFORE),
        )
        for number in range(rest)
    ]
    return [*sprinters, *others]


class Viewers:
    """All viewers of a run; what they saw, sent and were answered is in the ledger."""

    def __init__(self, run: Run, http: aiohttp.ClientSession) -> None:
        self._context = run.context
        self._http = http
        self._batches = 0
        self._sessions: dict[str, Session] = {}

    async def remember(self, viewers: Sequence[Pace]) -> None:
        """Have each viewer's earlier views stored, a batch each."""
        for first in range(0, len(viewers), AT_ONCE):
            async with asyncio.TaskGroup() as group:
                for viewer in viewers[first : first + AT_ONCE]:
                    seen = range(1, round(viewer.seen * self._context.pool) + 1)
                    artworks = [self._context.artwork_id(number) for number in seen]
                    if artworks:
                        group.create_task(self._look_at(viewer.user, 0, artworks))

    async def view(self, viewers: Sequence[Pace], seconds: float) -> None:
        """Let all of them look for this number of seconds."""
        async with asyncio.TaskGroup() as group:
            for viewer in viewers:
                group.create_task(self._view(viewer, seconds))

    async def leap(self, user: str) -> None:
        """Have a viewer who has seen nothing see nearly all there is in one batch: it crosses every
        level at once, whatever the pace of the others."""
        fresh = await self._fresh(user, ALL)
        await self._look_at(user, 0, fresh[: int(LEAP * len(fresh))])

    async def _view(self, viewer: Pace, seconds: float) -> None:
        chance = seeded_random(self._context.plan.seed, f"viewer {viewer.user}")
        began_ns = now().mono_ns
        shelf: list[str] = []
        viewed, due_s = 0, chance.uniform(0, EVERY_S)
        while due_s < seconds:
            await pause(max(0.0, due_s - (now().mono_ns - began_ns) / NS_PER_S))
            wanted = int(viewer.per_s * due_s) - viewed
            due_s += EVERY_S
            if wanted < 1:
                continue
            viewed += wanted
            if len(shelf) < wanted:
                shelf = await self._fresh(viewer.user, max(SHELF, 2 * wanted))
            seen, shelf = shelf[:wanted], shelf[wanted:]
            # Two tabs at once; what stands in the middle is seen in both.
            half = (len(seen) + 1) // 2
            tabs = [part for part in (seen[:half], seen[half - 1 :]) if part]
            again = chance.random() < AGAIN
            async with asyncio.TaskGroup() as group:
                for tab, artworks in enumerate(tabs):
                    group.create_task(self._look_at(viewer.user, tab, artworks, again=again))

    async def _look_at(
        self, user: str, tab: int, artworks: Sequence[str], *, again: bool = False
    ) -> None:
        """Show artworks and send them until they are acknowledged; with ``again`` once more."""
        viewer, name = self._context.ledger.witness(VIEWER), f"{user}-{tab}"
        for kind in (ViewIntent, ViewShown):
            at = now()
            for artwork in artworks:
                viewer.saw(kind(user=user, tab=name, artwork=artwork), at=at)
        self._context.add_shown(user, artworks)
        self._batches += 1
        batch, attempt = f"{user}-{self._batches}", 1
        until_ns = now().mono_ns + PATIENCE_S * NS_PER_S
        while not await self._send(user, name, batch, attempt, artworks):
            attempt += 1
            if now().mono_ns > until_ns:
                return
            await pause(RETRY_S)
        if again:
            await self._send(user, name, batch, attempt + 1, artworks)

    async def _send(
        self, user: str, tab: str, batch: str, attempt: int, artworks: Sequence[str]
    ) -> bool:
        """Send a batch once and write the answer down; return whether it was acknowledged."""
        site = self._context.site
        dialect = site.system.dialect
        session = await self._session(user)
        request = dialect.batch_request(artworks, tab)
        body = json.loads(request.body) | {"batchId": batch, "attempt": attempt}
        request = replace(
            request, body=json.dumps(body).encode(), headers={**request.headers, **session.headers}
        )
        began = now()
        reply = await send(self._http, site.direct_url, request)
        meaning = dialect.understand(reply)
        self._context.ledger.witness(LOAD).saw(
            LoadRow(
                scheduled_ns=began.mono_ns,
                sent_ns=began.mono_ns,
                done_ns=now().mono_ns,
                user=user,
                tab=tab,
                batch=batch,
                attempt=attempt,
                outcome=meaning.outcome,
                status=reply.status,
                error=reply.error,
                body_bytes=len(request.body),
                inserted=meaning.inserted,
                artworks=tuple(artworks),
            )
        )
        return meaning.outcome is Outcome.ACKNOWLEDGED

    async def _fresh(self, user: str, limit: int) -> list[str]:
        """Return artworks that the user has not seen; that there are none is written down."""
        until_ns = now().mono_ns + PATIENCE_S * NS_PER_S
        while now().mono_ns < until_ns:
            session = await self._session(user)
            path = f"{FRESH_PATH}?limit={limit}"
            headers = {"Accept": "application/json", **session.headers}
            request = HttpRequest(method="GET", path=path, headers=headers, body=b"")
            reply = await send(self._http, self._context.site.direct_url, request)
            if reply.status == 200:
                found = [str(one["id"]) for one in json.loads(reply.body)["artworks"]]
                if not found:
                    self._context.ledger.witness(POOL).saw(NoFreshArtwork(user=user))
                return found
            await pause(RETRY_S)
        return []

    async def _session(self, user: str) -> Session:
        if user not in self._sessions:
            site = self._context.site
            until_ns = now().mono_ns + PATIENCE_S * NS_PER_S
            while True:
                try:
                    session = await sign_in(site.system.dialect, site.direct_url, user)
                except TargetNotReady:
                    if now().mono_ns > until_ns:
                        raise
                    await pause(RETRY_S)
                else:
                    self._sessions[user] = session
                    break
        return self._sessions[user]
