"""What scenarios of visitors do again and again: name artworks, feel a fault, come back, settle."""

from __future__ import annotations

import contextlib
import string
from typing import Any

from harness.core.clock import seeded_random
from harness.core.errors import WaitTimeout
from harness.core.wait import wait_until
from harness.faults.request.answers import FeltByUse
from harness.run.run import Run
from harness.target.capabilities import Capability

RETURN_S = 30.0
"""How long a return visit may take to send what an earlier one left: adoption and a retry."""

DRAIN_S = 20.0
"""How long a page may take to send its queue where that is not the question."""

SOON = "400"
"""``retryBaseMs`` of cases that do not ask about the backoff itself: the same rule, sooner."""
EAGER: dict[str, Any] = {"flushDelayMs": "100", "retryBaseMs": SOON, "retryCapMs": "1000"}
"""Page options of cases that do not ask about delays: the same rules, sooner."""

FELT_S = 4.0
"""What a browser that closes a tab still has to send is at the gateway by then, or never."""

_PLAIN = string.ascii_letters + string.digits

NO_BEACON = "delete Navigator.prototype.sendBeacon;"
"""A script that leaves a page as a content blocker does, and as the oldest browsers are."""


def long_ids(run: Run, count: int, size_bytes: int, *, letter: str = "") -> list[str]:
    """Return ``count`` ids of exactly ``size_bytes`` UTF-8 bytes each; each seed has its own.

    They are filled with ``letter``, or with letters and digits by chance, which a recorder that
    compresses its requests cannot make small.
    """
    chance = seeded_random(run.plan.seed, "long ids")
    width = len(letter.encode()) or 1
    found = []
    for number in range(count):
        head = f"{run.plan.seed}-{number:04d}-"
        room = size_bytes - len(head)
        filling = letter * (room // width) or "".join(chance.choices(_PLAIN, k=room))
        found.append(head + filling + "." * (room % width))
    return found


def heavy_ids(run: Run, count: int, size_bytes: int, *, beside: int) -> list[str]:
    """Return ``count`` ids that fill a narrow line: ``long_ids`` or, of a target that takes none
    which the harness makes up, ids of the pool that are not among its first ``beside``."""
    if Capability.FREE_IDS in run.context.site.capabilities:
        return long_ids(run, count, size_bytes)
    return run.artworks(beside + count)[beside:]


async def felt(fault: FeltByUse, *, acts: int = 1) -> None:
    """Give what left a closing page time to meet the fault; whether it did, checks decide."""
    with contextlib.suppress(WaitTimeout):
        await wait_until(f"{fault.name} was felt", lambda: fault.acts >= acts, timeout_s=FELT_S)


async def finish(run: Run, *users: str) -> None:
    """Let each user (default: the run's visitor) return once, so that what waits on disk is sent;
    then settle."""
    for user in users or (run.visitor,):
        await run.visitors.return_visit(user, timeout_s=RETURN_S)
    await run.settle()
