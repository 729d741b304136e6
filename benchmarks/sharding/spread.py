"""How evenly the roadmap's hash spreads users and impressions, and whether it knows of variants.

    python -m benchmarks.sharding.spread

Users have ids of three kinds; each has seen a number of artworks with a heavy tail, drawn from a
seed. Skew is how much more the fullest shard has than an even share. A variant is independent of
the shard when knowing one says nothing of the other: Cramér's V is then about 0, and 1 where one
follows from the other.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from reports.core.types import Ints
from servers.ingest.experiments.buckets import position
from servers.sharding.buckets import BUCKETS, bucket_of

SEED = 7
USERS = (1_000, 10_000, 100_000)
SHARDS = (4, 8, BUCKETS)
CONFIDENCE = 0.95
HEAVIEST = 20_000
"""No user has seen more: there are not more artworks."""


def ids(kind: str, count: int) -> list[str]:
    """Return user ids: counted, random, or of two digits that repeat."""
    if kind == "user-N":
        return [f"user-{number}" for number in range(count)]
    if kind == "uuid4":
        bits = np.random.default_rng(SEED).integers(0, 2**63, size=(count, 2))
        return [str(uuid.UUID(int=(int(a) << 64) | int(b), version=4)) for a, b in bits]
    return [f"person{number}@example.com" for number in range(count)]


def impressions(count: int) -> Ints:
    """Return how many artworks each user has seen: a lognormal, the busiest tenth has 60 %."""
    drawn = np.random.default_rng(SEED).lognormal(mean=3.5, sigma=1.5, size=count)
    return np.minimum(drawn, HEAVIEST).astype(np.int64) + 1


def skew(weights: Ints, shard: Ints, shards: int) -> float:
    """Return how much more the fullest shard has than an even share: 0.02 is 2 % more."""
    held = np.bincount(shard, weights=weights, minlength=shards)
    return float(held.max() / held.mean() - 1)


def association(table: Ints) -> tuple[float, float, float, float, float]:
    """Return chi², its p, and Cramér's V with an interval, by the noncentral distribution."""
    found = stats.chi2_contingency(table, correction=False)
    chi2, freedom, total = float(found.statistic), int(found.dof), int(table.sum())
    scale = total * (min(table.shape) - 1)

    def bound(tail: float) -> float:
        if stats.chi2.cdf(chi2, freedom) <= tail:
            return 0.0
        high = chi2 + 10 * np.sqrt(chi2 + 1) + 10
        shift = brentq(lambda nc: stats.ncx2.cdf(chi2, freedom, nc) - tail, 1e-9, high)
        return float(shift)

    rest = (1 - CONFIDENCE) / 2
    low, high = bound(1 - rest), bound(rest)
    v = [min(1.0, float(np.sqrt(value / scale))) for value in (chi2, low, high)]
    return chi2, float(found.pvalue), v[0], v[1], v[2]


def _whole(user: str) -> int:
    return int(hashlib.md5(user.encode(), usedforsecurity=False).hexdigest()[:8], 16) % 2


def _roadmap(user: str) -> int:
    return int(hashlib.md5(user.encode(), usedforsecurity=False).hexdigest()[:2], 16) % 2


def _salted(user: str) -> int:
    return int(position("flush-delay", user) < 0.5)


VARIANTS: Sequence[tuple[str, Callable[[str], int]]] = (
    ("the roadmap's: first two digits of MD5, modulo 2", _roadmap),
    ("the shard's own eight digits, modulo 2", _whole),
    ("the server's: HMAC-SHA-256 under a salt", _salted),
)


def skew_rows() -> Iterator[str]:
    """Yield a row for each kind of ids and number of users."""
    for kind in ("user-N", "uuid4", "address"):
        for count in USERS:
            buckets = np.array([bucket_of(user) for user in ids(kind, count)])
            seen, ones = impressions(count), np.ones(count, dtype=np.int64)
            cells = [
                f"{skew(weights, buckets % shards, shards):.1%}"
                for shards in SHARDS
                for weights in (ones, seen)
            ]
            yield f"| {kind} | {count:,} | {' | '.join(cells)} |"


def association_rows(count: int) -> Iterator[str]:
    """Yield a row for each way to draw a variant."""
    users = ids("user-N", count)
    shard = np.array([bucket_of(user) % 4 for user in users])
    for name, draw in VARIANTS:
        variant = np.array([draw(user) for user in users])
        table = np.zeros((2, 4), dtype=np.int64)
        np.add.at(table, (variant, shard), 1)
        chi2, p, v, low, high = association(table)
        yield f"| {name} | {chi2:.1f} | {p:.2g} | {v:.4f} ({low:.4f} to {high:.4f}) |"


def main() -> None:
    """Print both tables."""
    shown = " | ".join(f"{n} shards: users | impressions" for n in SHARDS)
    print(f"| Ids | Users | {shown} |")
    print("|" + "---|" * (2 + 2 * len(SHARDS)))
    print("\n".join(skew_rows()))
    print()
    print("| Variant by | chi² (3 degrees) | p | Cramér's V (95 %) |")
    print("|---|---|---|---|")
    print("\n".join(association_rows(max(USERS))))


if __name__ == "__main__":
    main()
