"""Erasure: a user has all that is kept of them removed, and nothing of anybody else."""

from __future__ import annotations

import msgspec
from aiohttp import web

from servers.ingest.http.session import COOKIE
from servers.ingest.product.session import Changes, ProductContext
from servers.ingest.refusal import json_response

ERASURE_PATH = "/api/users/me/erasure"
_ERASE = "SELECT erase_user(%s)"


class Erasure(Changes):
    """The body of ``POST /api/users/me/erasure``: the user is named once more."""


_ERASURE = msgspec.json.Decoder(Erasure)


class ErasureApi:
    """The handler of erasures."""

    def __init__(self, context: ProductContext) -> None:
        self._context = context

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.post(ERASURE_PATH, self.erased)]

    async def erased(self, request: web.Request) -> web.Response:
        """Remove all that is kept of the signed-in user, and sign them out; return how many rows
        that were."""
        user, _ = await self._context.changes_of(request, _ERASURE)
        response = json_response({"erased": await self.erase(user)})
        response.del_cookie(COOKIE, path="/")
        return response

    async def erase(self, user: str) -> int:
        """Remove all rows of a user in one transaction; raise psycopg.Error: then none is."""
        ((rows,),) = await self._context.ask(_ERASE, (user,))
        return int(rows)
