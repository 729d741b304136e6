"""A plain client of the reference server: what somebody saw, sent in whole batches.

Each batch is of the same tab of its user, and a row of the load.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import aiohttp

from harness.core.clock import now
from harness.ledger.kinds import LOAD, VIEWER
from harness.ledger.kinds.load import LoadRow
from harness.ledger.kinds.viewer import ViewIntent, ViewShown
from harness.run.run import Run
from harness.target.http import send
from harness.target.sign_in import sign_in

NONSENSE = b"{"


@dataclass(slots=True, kw_only=True)
class PlainBatch:
    """A batch and what became of it: the newest answer's status, 0 for none."""

    name: str
    user: str
    artworks: tuple[str, ...]
    counters: Mapping[str, int] = field(default_factory=dict)
    attempts: int = 0
    status: int = 0


class PlainClient:
    """Shows artworks to any user and sends them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._batches = 0

    async def send(
        self, user: str, artworks: Sequence[str], *, counters: Mapping[str, int] | None = None
    ) -> PlainBatch:
        """Show artworks and send them in one batch, with a recorder's ``counters`` if given."""
        context = self._run.context
        viewer = context.ledger.witness(VIEWER)
        for kind in (ViewIntent, ViewShown):
            at = now()
            for artwork in artworks:
                viewer.saw(kind(user=user, tab=user, artwork=artwork), at=at)
        context.add_shown(user, artworks)
        self._batches += 1
        batch = PlainBatch(
            name=f"{user}-{self._batches}",
            user=user,
            artworks=tuple(artworks),
            counters=counters or {},
        )
        await self.send_again(batch)
        return batch

    async def send_nonsense(self, user: str) -> None:
        """Send a batch that is no JSON, which no server takes; nothing is shown for it."""
        await self.send_again(PlainBatch(name="", user=user, artworks=()))

    async def send_again(self, batch: PlainBatch) -> None:
        """Send a batch once more, as a client does that could not deliver it."""
        site = self._run.context.site
        dialect = site.system.dialect
        session = await sign_in(dialect, site.direct_url, batch.user)
        request = dialect.batch_request(batch.artworks, batch.user)
        batch.attempts += 1
        body = json.loads(request.body)
        body |= {"batchId": batch.name, "attempt": batch.attempts}
        if batch.counters:
            body["counters"] = dict(batch.counters)
        content = json.dumps(body).encode() if batch.artworks else NONSENSE
        headers = {**request.headers, **session.headers}
        request = replace(request, body=content, headers=headers)
        began = now()
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            reply = await send(http, site.direct_url, request)
        meaning = dialect.understand(reply)
        batch.status = reply.status
        if not batch.artworks:
            return
        self._run.context.ledger.witness(LOAD).saw(
            LoadRow(
                scheduled_ns=began.mono_ns,
                sent_ns=began.mono_ns,
                done_ns=now().mono_ns,
                user=batch.user,
                tab=batch.user,
                batch=batch.name,
                attempt=batch.attempts,
                outcome=meaning.outcome,
                status=reply.status,
                error=reply.error,
                body_bytes=len(request.body),
                inserted=meaning.inserted,
                artworks=batch.artworks,
            )
        )
