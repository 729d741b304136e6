"""How many sessions may be made in a minute: by one user, and by all together.

A session is a signed cookie and takes no memory here; what it costs is the signature, and each one
is another entry in every cache. The counts are kept for the minute that runs, by a hash of the
user: memory is bounded by the limit for all.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from servers.ingest.config import Limits
from servers.ingest.refusal import Refusal

MINUTE_S = 60.0


class SessionLimits:
    """Counts sign-ins of one process. ``clock`` returns monotonic seconds."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._began_s = clock()
        self._made = 0
        self._by_user: Counter[int] = Counter()

    def admit(self, user: str) -> None:
        """Count a session of ``user``; raise Refusal 429 when there are too many this minute."""
        now_s = self._clock()
        if now_s - self._began_s >= MINUTE_S:
            self._began_s, self._made = now_s, 0
            self._by_user.clear()
        retry_after_s = max(1, round(MINUTE_S - (now_s - self._began_s)))
        if self._made >= self._limits.sessions:
            raise Refusal(
                429,
                "too_many_sessions",
                "too many sessions were made in this minute",
                retry_after_s=retry_after_s,
            )
        key = hash(user)
        if self._by_user[key] >= self._limits.sessions_of_user:
            raise Refusal(
                429,
                "too_many_sessions_of_user",
                "this user has made too many sessions in this minute",
                retry_after_s=retry_after_s,
            )
        self._made += 1
        self._by_user[key] += 1
