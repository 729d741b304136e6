"""An admin signs in, with the secret that the server was started with."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
from aiohttp import web

from servers.ingest.admin.access import ROLE, Access, AdminPart, check_origin
from servers.ingest.admin.audit import ADMITTED, Audit
from servers.ingest.batch import check_text, decode
from servers.ingest.http.body import check_headers, read_body
from servers.ingest.http.session import set_cookie
from servers.ingest.product.session import ProductContext
from servers.ingest.refusal import Refusal

TRIES_MAX = 20
"""Wrong secrets in a minute, of all together; one more is a 429."""
_MINUTE_S = 60.0


class AdminSignIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of ``POST /admin/session``."""

    user_id: str
    secret: str


_SIGN_IN = msgspec.json.Decoder(AdminSignIn)


class SignInAdmin:
    """The handler. ``clock`` returns monotonic seconds."""

    def __init__(
        self,
        context: ProductContext,
        access: Access,
        audit: Audit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._access = access
        self._audit = audit
        self._clock = clock
        self._began_s = clock()
        self._wrong = 0

    async def post(self, request: web.Request) -> web.Response:
        """Give an admin a session; raise Refusal 403 for a wrong secret, 429 for too many."""
        check_headers(request, self._context.origins)
        check_origin(request, AdminPart.SIGN_IN)
        wanted = decode(_SIGN_IN, await read_body(request, self._context.limits))
        check_text("userId", wanted.user_id, self._context.limits.id_bytes)
        origin = request.headers.get("Origin")
        self._admit()
        if not self._access.is_secret(wanted.secret):
            self._wrong += 1
            await self._audit.write(None, AdminPart.SIGN_IN, "wrong_secret", origin=origin)
            raise Refusal(403, "wrong_secret", "that is not the admins' secret")
        await self._audit.write(wanted.user_id, AdminPart.SIGN_IN, ADMITTED, origin=origin)
        response = web.Response(status=204)
        value = self._context.signer.sign(wanted.user_id, role=ROLE)
        lifetime_s = int(self._access.lifetime_s)
        set_cookie(response, value, secure=request.secure, lifetime_s=lifetime_s)
        return response

    def _admit(self) -> None:
        now_s = self._clock()
        if now_s - self._began_s >= _MINUTE_S:
            self._began_s, self._wrong = now_s, 0
        if self._wrong >= TRIES_MAX:
            wait_s = max(1, round(_MINUTE_S - (now_s - self._began_s)))
            raise Refusal(
                429, "too_many_tries", "too many wrong secrets in this minute", retry_after_s=wait_s
            )
