"""A plain client of the reference server: whole batches, each a row of the load."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import aiohttp

from harness.core.clock import now
from harness.core.outcome import Outcome
from harness.ledger.kinds import LOAD
from harness.ledger.kinds.load import LoadRow
from harness.run.run import Run
from harness.target.http import send
from harness.target.sign_in import sign_in


class PlainClient:
    """Sends for any user; each batch of a user is of the same tab."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._sent = 0

    async def send(
        self, user: str, artworks: Sequence[str], *, counters: Mapping[str, int] | None = None
    ) -> int:
        """Send one batch, with a recorder's ``counters`` if given; return the status, 0 if none."""
        site = self._run.context.site
        dialect = site.system.dialect
        session = await sign_in(dialect, site.direct_url, user)
        request = dialect.batch_request(artworks, user)
        self._sent += 1
        batch = f"{user}-{self._sent}"
        body = json.loads(request.body) | {"batchId": batch}
        if counters is not None:
            body |= {"counters": dict(counters)}
        request = replace(
            request,
            body=json.dumps(body).encode(),
            headers={**request.headers, **session.headers},
        )
        began = now()
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            reply = await send(http, site.direct_url, request)
        meaning = dialect.understand(reply)
        if meaning.outcome is Outcome.ACKNOWLEDGED:
            self._run.context.add_shown(user, artworks)
        self._run.context.ledger.witness(LOAD).saw(
            LoadRow(
                scheduled_ns=began.mono_ns,
                sent_ns=began.mono_ns,
                done_ns=now().mono_ns,
                user=user,
                tab=user,
                batch=batch,
                attempt=1,
                outcome=meaning.outcome,
                status=reply.status,
                error=reply.error,
                body_bytes=len(request.body),
                inserted=meaning.inserted,
                artworks=tuple(artworks),
            )
        )
        return reply.status
