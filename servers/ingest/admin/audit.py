"""Who looked at what, and who was turned away: a row an access, written before the answer."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable

from servers.ingest.admin.access import AdminPart
from servers.ingest.product.session import Ask

ADMITTED = "admitted"
REFUSALS_MAX = 300
"""Refusals that are kept of one minute: who is not let in cannot fill the disk."""
_MINUTE_S = 60.0
_ORIGIN_CHARACTERS = 200

_WRITE = """
INSERT INTO admin_accesses (actor, part, outcome, about, origin, omitted)
VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
"""


class Audit:
    """The log of accesses. ``clock`` returns monotonic seconds."""

    def __init__(self, ask: Ask, key: bytes, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._key = key
        self._clock = clock
        self._began_s = clock()
        self._refusals = 0
        self._omitted = 0

    async def write(
        self,
        actor: str | None,
        part: AdminPart,
        outcome: str,
        *,
        about: str | None = None,
        origin: str | None = None,
    ) -> None:
        """Keep one access; raise psycopg.Error when it cannot be kept: then nothing is shown.

        Refusals over ``REFUSALS_MAX`` in a minute are counted in the next row.
        """
        if outcome != ADMITTED and not self._has_room():
            self._omitted += 1
            return
        omitted, self._omitted = self._omitted, 0
        digest = None if about is None else self.digest(about)
        origin = None if origin is None else origin[:_ORIGIN_CHARACTERS]
        try:
            await self._ask(_WRITE, (actor, part.value, outcome, digest, origin, omitted))
        except BaseException:
            self._omitted += omitted
            raise

    def digest(self, user: str) -> str:
        """Return what stands for a user who was looked at: who has the key can say whether it is
        a certain one."""
        return hmac.digest(
            self._key, f"about:{user}".encode("utf-8", "surrogatepass"), hashlib.sha256
        ).hex()[:32]

    def _has_room(self) -> bool:
        now_s = self._clock()
        if now_s - self._began_s >= _MINUTE_S:
            self._began_s, self._refusals = now_s, 0
        self._refusals += 1
        return self._refusals <= REFUSALS_MAX
