"""Is the model better than what is popular? Tried on what users saw later."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from servers.prediction.rankings import Factors, Popular, Random, Ranking, top_unseen
from servers.prediction.seen import SeenMatrix, UserView, seen_of

TOP = 10
"""Artworks that are recommended, and looked for among what was seen later."""
LATER_SHARE = 0.2
"""The share of the impressions, the last ones by time, that the rankings do not see."""
USERS_MIN = 20
"""Below this many users with impressions on both sides nothing is decided."""
_DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class Score:
    """How one ranking did.

    ``hit_rate`` is the share of the users who saw one of their ten later (0 to 1), ``hits`` and
    ``users`` its parts. ``low`` and ``high`` bound it at 95 % (Wilson's interval). ``coverage`` is
    the share of the pool that was recommended to anyone.
    """

    ranking: str
    hits: int
    users: int
    hit_rate: float
    low: float
    high: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How the rankings did on the same users, and whether the model may be used.

    ``gain`` is the model's hit rate less popularity's, of the same users; ``gain_low`` and
    ``gain_high`` bound it at 95 % (bootstrap over users). ``cold`` is the number of users who were
    first seen later: no ranking knows anything of them.
    """

    scores: tuple[Score, ...]
    gain: float
    gain_low: float
    gain_high: float
    cold: int
    reason: str

    @property
    def beats_popularity(self) -> bool:
        """Whether the whole interval of the gain lies above zero, of enough users."""
        return not self.reason and self.gain_low > 0


def evaluate(
    views: Sequence[UserView], pool: Sequence[str], *, components: int, seed: int
) -> Evaluation:
    """Return how model, popularity and chance find what users saw in the last fifth of the views.

    The split is by time, of all users together: a split by chance would let a model learn from the
    future. Artworks that the user has seen before are never recommended, by no ranking.
    """
    ordered = sorted(views, key=lambda view: (view.at_s, view.user, view.artwork))
    known = math.floor(len(ordered) * (1 - LATER_SHARE))
    before = seen_of(ordered[:known], pool)
    later = _later(ordered[known:], before)
    cold = len({view.user for view in ordered[known:]} - set(before.users))
    if len(later) < USERS_MIN:
        reason = f"{len(later)} users have impressions on both sides, {USERS_MIN} are needed"
        return Evaluation((), math.nan, math.nan, math.nan, cold, reason)
    rankings: tuple[Ranking, ...] = (
        Factors(before, components=components, seed=seed),
        Popular(before),
        Random(before, seed),
    )
    found = [_tried(ranking, before, later) for ranking in rankings]
    scores = tuple(_score(ranking, *one) for ranking, one in zip(rankings, found, strict=True))
    differences = found[0][0].astype(np.float64) - found[1][0]
    low, high = _bootstrap(differences, seed)
    return Evaluation(scores, float(differences.mean()), low, high, cold, "")


def _later(views: Sequence[UserView], before: SeenMatrix) -> dict[int, set[int]]:
    """Return, by row, the columns that known users saw for the first time later."""
    row = {user: number for number, user in enumerate(before.users)}
    column = {artwork: number for number, artwork in enumerate(before.pool)}
    later: dict[int, set[int]] = {}
    for view in views:
        if view.user in row and view.artwork in column:
            later.setdefault(row[view.user], set()).add(column[view.artwork])
    fresh = {one: seen - set(before.of_user(one).tolist()) for one, seen in later.items()}
    return {one: seen for one, seen in sorted(fresh.items()) if seen}


def _tried(
    ranking: Ranking, before: SeenMatrix, later: dict[int, set[int]]
) -> tuple[npt.NDArray[np.bool_], float]:
    """Return whether each user saw one of the ten later, and the share of the pool in all tens."""
    hits, recommended = [], set()
    for row, seen in later.items():
        top = top_unseen(ranking.scores(row), before.of_user(row), TOP).tolist()
        recommended |= set(top)
        hits.append(bool(seen & set(top)))
    return np.array(hits), len(recommended) / len(before.pool)


def _score(ranking: Ranking, hits: npt.NDArray[np.bool_], coverage: float) -> Score:
    users, found = len(hits), int(hits.sum())
    low, high = wilson(found, users)
    return Score(ranking.name, found, users, found / users, low, high, coverage)


def wilson(found: int, of: int) -> tuple[float, float]:
    """Return the 95 % bounds of a share.

    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927), 209.
    """
    z = 1.959964
    share, spread = found / of, z * z / of
    centre = share + spread / 2
    half = z * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    return max(0.0, (centre - half) / (1 + spread)), min(1.0, (centre + half) / (1 + spread))


def _bootstrap(differences: npt.NDArray[np.float64], seed: int) -> tuple[float, float]:
    """Return the 95 % bounds of the mean: users drawn again, with replacement."""
    generator = np.random.default_rng(seed)
    users = len(differences)
    means = [differences[generator.integers(0, users, users)].mean() for _ in range(_DRAWS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
