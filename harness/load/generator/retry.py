"""When a request is tried again: the recorder's rules (``servers/client``), for the load generator.

A test holds the two together; nothing here knows Locust. Two things differ because a workload
ends. What would be tried again later than ``Workload.drain_s`` after the schedule's end is tried a
last time just before: it stands for the visit in which the recorder sends what it kept on disk. A
session gives up at once when it is asked to wait for longer than ``PATIENCE_S``.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.load.schedule.workload import RETRY_BASE_S, RetryPolicy
from harness.target.dialect import Meaning

RETRY_CAP_S = 300.0
PATIENCE_S = 30.0
AFTER_SPREAD_S = 1.0
LAST_SHARE = 0.1
"""A last attempt is drawn from this share at the end of the time that is left, not all at once."""


def delay_s(
    meaning: Meaning,
    failures: int,
    chance: Callable[[], float],
    *,
    policy: RetryPolicy = "exponential-jitter",
    base_s: float = RETRY_BASE_S,
) -> float | None:
    """Return the seconds to wait before the next attempt, or None when there is none.

    ``failures`` counts the attempts so far, at least one; ``chance`` draws from 0 to 1. The
    recorder's ``policy`` is full jitter over a doubling delay with a cap; the others, which
    experiments compare with it, let the delay grow by ``base_s`` each time, or leave the jitter
    out. The delay that the server asks for counts instead, and up to a second more, or all clients
    that it sent away would come back together.
    """
    if not meaning.may_resend:
        return None
    asked_s = meaning.retry_after_s
    if asked_s is None:
        growth = failures if policy.startswith("linear") else 2 ** (failures - 1)
        planned_s = min(RETRY_CAP_S, base_s * float(growth))
        return planned_s * (chance() if policy.endswith("jitter") else 1.0)
    return asked_s + chance() * AFTER_SPREAD_S if asked_s <= PATIENCE_S else None
