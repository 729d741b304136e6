"""Three ways to say what a user sees next: a model, what is popular, and chance."""

from __future__ import annotations

import importlib.util
from typing import Protocol

import numpy as np
import numpy.typing as npt

from servers.prediction.seen import SeenMatrix

EXTRA = "impression-harness[prediction]"
Scores = npt.NDArray[np.float64]


class Ranking(Protocol):
    """Scores every artwork of the pool for a user of the matrix; the higher, the sooner."""

    name: str

    def scores(self, row: int) -> Scores:
        """Return a score for each column."""


class Popular:
    """The same for all: how many users have seen an artwork."""

    name = "popularity"

    def __init__(self, seen: SeenMatrix) -> None:
        self._scores = seen.popularity().astype(np.float64)

    def scores(self, row: int) -> Scores:
        """Return the number of users that have seen each artwork."""
        return self._scores


class Random:
    """Chance, drawn for each user from the seed: what any ranking must beat."""

    name = "random"

    def __init__(self, seen: SeenMatrix, seed: int) -> None:
        self._artworks, self._seed = len(seen.pool), seed

    def scores(self, row: int) -> Scores:
        """Return numbers that are drawn evenly."""
        return np.random.default_rng((self._seed, row)).random(self._artworks)


class Factors:
    """Non-negative matrix factorization: users and artworks by what they have in common.

    scikit-learn's NMF by coordinate descent, begun with the singular vectors (``nndsvda``), so that
    the same seed and matrix give the same model. D. D. Lee, H. S. Seung, Nature 401 (1999), 788.
    """

    name = "nmf"

    def __init__(self, seen: SeenMatrix, *, components: int, seed: int) -> None:
        """Train. There are at most as many components as users and artworks."""
        from sklearn.decomposition import NMF

        possible = max(1, min(components, *seen.matrix.shape))
        model = NMF(
            n_components=possible, init="nndsvda", random_state=seed, max_iter=400, tol=1e-3
        )
        self.components = possible
        self._users: Scores = model.fit_transform(seen.matrix)
        self._artworks: Scores = model.components_

    def scores(self, row: int) -> Scores:
        """Return how strongly the model expects each artwork for the user of a row."""
        scores: Scores = self._users[row] @ self._artworks
        return scores


def top_unseen(scores: Scores, seen: npt.NDArray[np.int32], count: int) -> npt.NDArray[np.intp]:
    """Return the columns with the highest scores among those that are not seen, best first.

    Equal scores keep the pool's order, so that the same model gives the same list.
    """
    ranked = scores.copy()
    ranked[seen] = -np.inf
    return np.argsort(-ranked, kind="stable")[: min(count, len(scores) - len(seen))]


def missing() -> str:
    """Return what to install when scikit-learn is not; empty when it is."""
    if importlib.util.find_spec("sklearn") is not None:
        return ""
    return f"scikit-learn is not installed: pip install '{EXTRA}'"
