"""When a request is tried again: the recorder's rules (``servers/client``), for the load generator.

A test holds the two together; nothing here knows Locust. One thing differs because a workload
ends: a session gives up after ``ATTEMPTS_MAX`` attempts, some time after the schedule's end
(``Workload.drain_s``), or when it is asked to wait for longer than ``PATIENCE_S``, where the
recorder keeps the batch on disk and goes on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from harness.core.outcome import Outcome

RETRY_BASE_S = 5.0
RETRY_CAP_S = 300.0
ATTEMPTS_MAX = 8
PATIENCE_S = 30.0
AFTER_SPREAD_S = 1.0

# "Not now": the same request may be welcome later. Every other 4xx is final ...
PASSING_4XX = frozenset({408, 425, 429})
# ... but these are about who is signed in: the batch waits for its owner and is not sent again.
HELD_4XX = frozenset({401, 409})


def outcome_of(status: int) -> Outcome:
    """Return what a status says about the batch; 0 means that no answer came."""
    if 200 <= status < 300:
        return Outcome.ACKNOWLEDGED
    if 400 <= status < 500 and status not in PASSING_4XX | HELD_4XX:
        return Outcome.REFUSED
    return Outcome.UNKNOWN


def delay_s(
    status: int, failures: int, retry_after: str | None, chance: Callable[[], float]
) -> float | None:
    """Return how long to wait before the next attempt, or None when there is none.

    ``failures`` counts the attempts so far, at least one; ``chance`` draws from 0 to 1. Full
    jitter over a doubling delay with a cap; a Retry-After counts instead, and up to a second
    more, or all who were sent away would come back together.
    """
    if outcome_of(status) is not Outcome.UNKNOWN or status in HELD_4XX:
        return None
    if failures >= ATTEMPTS_MAX:
        return None
    asked_s = seconds_of(retry_after)
    if asked_s is None:
        return chance() * min(RETRY_CAP_S, RETRY_BASE_S * float(2 ** (failures - 1)))
    return asked_s + chance() * AFTER_SPREAD_S if asked_s <= PATIENCE_S else None


def seconds_of(retry_after: str | None, now: dt.datetime | None = None) -> float | None:
    """Return what a Retry-After header asks for, seconds or a date; None for no or a bad one."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - (now or dt.datetime.now(dt.UTC))).total_seconds())
