"""A server without a unique index, that loses its first answer to every batch.

The index is not unique, the INSERT has neither GROUP BY nor ON CONFLICT, and after the first
commit of a batch the answer is 503: a client that does its duty sends the batch again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler

from servers.ingest.__main__ import main
from servers.ingest.config import Config
from servers.ingest.http.app import create_app
from servers.ingest.storage.store import Pool, Share, Store, Written

_INDEX = "user_art_impressions_unique_user_artwork"


class Duplicating(Store):
    """Stores every id of every request, whether it has it or not."""

    async def prepare(self, pool: Pool) -> None:
        async with pool.connection() as connection:
            await connection.execute(f"DROP INDEX IF EXISTS {_INDEX}".encode())
            await connection.execute(
                f"CREATE INDEX {_INDEX} ON user_art_impressions (user_id, artwork_id)".encode()
            )

    async def write(self, shares: Sequence[Share]) -> list[Written]:
        async with self._writing.connection() as connection:
            for share in shares:
                for artwork in share.artworks:
                    await connection.execute(
                        "INSERT INTO user_art_impressions (user_id, artwork_id, viewed_at) "
                        "VALUES (%s, %s, to_timestamp(%s))",
                        (share.user, artwork, share.seen_at_s),
                    )
        return [Written(inserted=len(share.artworks), duplicate=0) for share in shares]


def app_that_loses_its_first_answers(config: Config, store: Store) -> web.Application:
    committed: set[str] = set()

    @web.middleware
    async def lose_the_first(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if request.method == "POST" and request.path.endswith("/batch-impressions"):
            batch = json.loads(await request.read())["batchId"]
            if answer.status == 200 and batch not in committed:
                committed.add(batch)
                return web.json_response({"error": "lost"}, status=503)
        return answer

    app = create_app(config, store)
    app.middlewares.append(lose_the_first)
    return app


if __name__ == "__main__":
    sys.exit(main(store_type=Duplicating, app_factory=app_that_loses_its_first_answers))
