"""Who has seen what, as a sparse matrix of users and artworks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from scipy import sparse

Matrix = sparse.csr_array
"""Users in rows, artworks in columns; 1 where a user has seen an artwork, nothing elsewhere."""

_READ = """
SELECT i.user_id, i.artwork_id, extract(epoch FROM i.viewed_at)::float8
FROM user_art_impressions i JOIN art_sessions a ON a.id = i.artwork_id
WHERE a.pool_status = 'active' ORDER BY i.viewed_at, i.user_id, i.artwork_id
"""
_POOL = "SELECT id FROM art_sessions WHERE pool_status = 'active' ORDER BY id"
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class UserView:
    """One impression; ``at_s`` is seconds since the epoch."""

    user: str
    artwork: str
    at_s: float


@dataclass(frozen=True, slots=True)
class SeenMatrix:
    """What users have seen of a pool; ``pool`` names each column of the matrix, ``users`` each row.

    A time of a view is no measure of liking, so the matrix holds that it was seen, not when.
    """

    users: tuple[str, ...]
    pool: tuple[str, ...]
    matrix: Matrix

    @property
    def views(self) -> int:
        """The number of impressions."""
        return int(self.matrix.nnz)

    def popularity(self) -> npt.NDArray[np.int64]:
        """Return how many users have seen each artwork."""
        counts: npt.NDArray[np.int64] = np.asarray(self.matrix.sum(axis=0), dtype=np.int64).ravel()
        return counts

    def of_user(self, row: int) -> npt.NDArray[np.int32]:
        """Return the columns that the user of a row has seen."""
        start, end = self.matrix.indptr[row], self.matrix.indptr[row + 1]
        columns: npt.NDArray[np.int32] = self.matrix.indices[start:end]
        return columns

    def of_a_new_user(self) -> npt.NDArray[np.int32]:
        """Return what somebody has seen who has seen nothing."""
        return np.empty(0, dtype=np.int32)


def seen_of(views: Iterable[UserView], pool: Sequence[str]) -> SeenMatrix:
    """Return the matrix of some views; what is not in the pool is left out."""
    column = {artwork: number for number, artwork in enumerate(pool)}
    row: dict[str, int] = {}
    pairs = {
        (row.setdefault(view.user, len(row)), column[view.artwork])
        for view in views
        if view.artwork in column
    }
    rows, columns = zip(*sorted(pairs), strict=True) if pairs else ((), ())
    ones = np.ones(len(pairs), dtype=np.float64)
    matrix = sparse.csr_array((ones, (rows, columns)), shape=(len(row), len(pool)))
    return SeenMatrix(tuple(row), tuple(pool), matrix)


def read_views(connection: psycopg.Connection[Any]) -> tuple[list[UserView], list[str]]:
    """Return the impressions of the active pool by time, and the pool, of one moment.

    Read with a cursor in the server, so that the database does not hold the whole answer for us.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        pool = [row[0] for row in connection.execute(_POOL)]
        with connection.cursor(name="seen") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(_READ)
            views = [UserView(*row) for row in cursor]
    return views, pool
