"""Users of a load: is one of them served worse than all the others?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from harness.core.lazy import LazyModule
from reports.checks.base import EXAMPLES_MAX, Figures, check, no_evidence
from reports.core.types import Ints
from reports.evidence.evidence import EVERY_WITNESS, Evidence
from reports.evidence.frame import LedgerFrames
from reports.evidence.generators import held_up, sent_by_generator
from reports.verdict.verdict import Finding

if TYPE_CHECKING:
    from scipy import special
else:
    # scipy.stats, which is not needed, takes 45 MB more.
    special = LazyModule("scipy.special")

_USERS_MIN, _SECONDS_MIN = 20, 4
"""Fewer users say little of one among them, and fewer seconds little of a user."""
_STRANGE = 1e-6


@check(
    always=True,
    applies=lambda evidence: not _users(evidence.ledger, 0.0).empty,
    rests_on=EVERY_WITNESS,
)
def no_user_starved(evidence: Evidence, *, slow_ms: float = 500) -> Finding:
    """No user of a load waits for most of its requests where the others do not.

    A percentile over all requests hides a user whose every request is slow. Counted are a user's
    seconds with a request of ``slow_ms`` or longer: at least half of them, and more than chance
    explains by the share of all the others' (binomial, all users together one in a million). What
    the generator may have made slow itself does not count.
    """
    users = _users(evidence.ledger, slow_ms)
    if users.empty:
        return no_evidence(f"there are not {_USERS_MIN} users with {_SECONDS_MIN} seconds each")
    slow, seconds = users["slow"], users["seconds"]
    others = (slow.sum() - slow + 1) / (seconds.sum() - seconds + 1)
    # The chance of this number of slow seconds or more: that none or more are is certain.
    share = np.minimum(others, 1.0)
    tail = special.betainc(np.maximum(slow, 1), seconds - np.maximum(slow, 1) + 1, share)
    chance = np.where(slow > 0, tail, 1.0) * len(users)
    starved = users[(slow >= seconds / 2) & (chance < _STRANGE)]
    figures = Figures(measured=len(starved), target=0, unit="users", n=len(users))
    if len(starved):
        examples = [
            f"{user}: slow in {row.slow} of {row.seconds} seconds"
            for user, row in zip(
                starved.index[:EXAMPLES_MAX], starved.itertuples(index=False), strict=False
            )
        ]
        return figures.failed(
            f"{len(starved)} of {len(users)} users waited {slow_ms:g} ms or more for most of their "
            f"requests, all together in {100 * slow.sum() / seconds.sum():.2g} % of their seconds",
            examples=examples,
        )
    return figures.passed(f"none of {len(users)} users was served worse than the others")


def _users(ledger: LedgerFrames, slow_ms: float) -> pd.DataFrame:
    """Return for each user with enough seconds in how many it sent requests (``seconds``), and in
    how many of them one took ``slow_ms`` or longer (``slow``); empty for too few users."""

    def count() -> pd.DataFrame:
        load = sent_by_generator(ledger.load)
        took_ms = (load["done_ns"] - load["scheduled_ns"]).to_numpy(dtype=float) / 1e6
        late = np.flatnonzero(took_ms >= slow_ms)
        if len(late):
            late = late[~held_up(ledger, load.iloc[late], at_least_ms=slow_ms / 10)]
        names = load["user"].array
        second = load["scheduled_ns"].to_numpy(dtype=np.int64) // 1_000_000_000
        users = pd.DataFrame(
            {
                "slow": _seconds(names.codes[late], second[late], len(names.categories)),
                "seconds": _seconds(names.codes, second, len(names.categories)),
            },
            index=names.categories,
        )
        users = users[users["seconds"] >= _SECONDS_MIN]
        return users if len(users) >= _USERS_MIN else users.head(0)

    return ledger.remembered(f"seconds of users, slow from {slow_ms} ms on", count)


def _seconds(user: Ints, second: Ints, users: int) -> Ints:
    """Return in how many different seconds each user (by number) is there: one array of the rows'
    length in memory, where a group-by would have ten."""
    if not len(second):
        return np.zeros(users, dtype=np.int64)
    first = int(second.min())
    span = int(second.max()) - first + 1
    moments = user.astype(np.int64) * span
    moments += second
    moments -= first
    moments.sort()
    new = np.concatenate(([True], moments[1:] != moments[:-1])) & (moments >= 0)
    found: Ints = np.bincount(moments[new] // span, minlength=users)
    return found
