"""When a request is tried again: the recorder's rules (``servers/client``), for the load generator.

A test holds the two together; nothing here knows Locust. One thing differs because a workload
ends: a session gives up after ``ATTEMPTS_MAX`` attempts, some time after the schedule's end
(``Workload.drain_s``), or when it is asked to wait for longer than ``PATIENCE_S``, where the
recorder keeps the batch on disk and goes on.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.target.dialect import Meaning

RETRY_BASE_S = 5.0
RETRY_CAP_S = 300.0
ATTEMPTS_MAX = 8
PATIENCE_S = 30.0
AFTER_SPREAD_S = 1.0


def delay_s(meaning: Meaning, failures: int, chance: Callable[[], float]) -> float | None:
    """Return the seconds to wait before the next attempt, or None when there is none.

    ``failures`` counts the attempts so far, at least one; ``chance`` draws from 0 to 1. Full
    jitter over a doubling delay with a cap; the delay that the server asks for counts instead,
    and up to a second more, or all clients that it sent away would come back together.
    """
    if not meaning.may_resend or failures >= ATTEMPTS_MAX:
        return None
    asked_s = meaning.retry_after_s
    if asked_s is None:
        return chance() * min(RETRY_CAP_S, RETRY_BASE_S * float(2 ** (failures - 1)))
    return asked_s + chance() * AFTER_SPREAD_S if asked_s <= PATIENCE_S else None
