"""The rows of a bench: users who have each seen a part of one pool of artworks, in time's order.

Everything follows from the seed and the number of rows, in SQL, so that ten million rows cost no
transfer. A user walks the pool from a place and by a step of their own; the pool's size is a prime,
so they meet no artwork twice, and what they have not seen yet is the rest of the walk.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.clock import seeded_random

POOL = 1_009
"""How many artworks there are, a prime; every tenth of them is not shown any more."""
SEEN = (20, 80, 150, 250, 500)
"""How many artworks a user has seen, user after user again: 200 in the middle, from 2 to 50 % of
the pool."""
BATCH = 200
ROWS_OF_A_ROUND = sum(SEEN)
SPAN_DAYS = 150
"""The views are spread evenly over this time, up to now."""

POOL_SQL = """
CREATE TABLE bench.art_sessions (
    id          text COLLATE "C" PRIMARY KEY,
    title       text NOT NULL,
    pool_status text NOT NULL DEFAULT 'active',
    created_at  timestamptz NOT NULL DEFAULT now()
);
INSERT INTO bench.art_sessions (id, title, pool_status)
SELECT 'artwork-' || lpad(n::text, 4, '0'), 'Artwork ' || n,
       CASE WHEN n % 10 = 0 THEN 'archived' ELSE 'active' END
FROM generate_series(1, {pool}) AS n
"""
USERS_SQL = """
CREATE TABLE bench.users AS
SELECT n, md5($1 || ':' || n)::uuid::text COLLATE "C" AS id,
       ($2::int[])[1 + n % cardinality($2::int[])] AS seen,
       ((hashint8extended(n, $3::bigint) & 2147483647) % $4::int)::int AS start,
       (1 + (hashint8extended(n, $3::bigint + 1) & 2147483647) % ($4::int - 1))::int AS step
FROM generate_series(0, $5::int - 1) AS n
"""
VIEWS_SQL = """
INSERT INTO bench.impressions (user_id, artwork_id, viewed_at)
SELECT id, 'artwork-' || lpad(artwork::text, 4, '0'),
       now() - $1::interval * (1 - place / $4::float8)
FROM (
    SELECT u.id, 1 + (u.start + k::bigint * u.step) % $2::int AS artwork,
           row_number() OVER (ORDER BY hashint8extended(u.n * $2::bigint + k, $3::bigint + 2), u.n)
               AS place
    FROM bench.users u, generate_series(0, u.seen - 1) AS k
) AS views
ORDER BY place
"""

NEXT_SQL = """
INSERT INTO bench.impressions (user_id, artwork_id, viewed_at)
SELECT u.id, 'artwork-' || lpad((1 + (u.start + k::bigint * u.step) % $1::int)::text, 4, '0'), now()
FROM bench.users u, generate_series(u.seen, $1::int - 1) AS k
ORDER BY hashint8extended(u.n * $1::bigint + k, $2::bigint + 2), u.n LIMIT $3::bigint
"""

NewRows = tuple[str, list[str]]
"""A user, and the ids of a batch that is new to them."""


@dataclass(frozen=True, slots=True)
class Walker:
    """A user: has seen the first ``seen`` artworks of a walk through the pool."""

    id: str
    seen: int
    start: int
    step: int

    @property
    def batches_left(self) -> int:
        """Return how many whole batches of artworks they have not seen."""
        return (POOL - self.seen) // BATCH

    def unseen(self, number: int) -> list[str]:
        """Return one of these batches, from 0: what they see next, in the order of ids."""
        first = self.seen + number * BATCH
        walk = range(first, first + BATCH)
        return sorted(artwork((self.start + k * self.step) % POOL) for k in walk)


def artwork(place: int) -> str:
    """Return the id of the artwork at a place of the pool, from 0."""
    return f"artwork-{place + 1:04}"


def users_for(rows: int) -> int:
    """Return how many users have seen a number of rows. Raises ValueError when it is not whole."""
    if rows < ROWS_OF_A_ROUND or rows % ROWS_OF_A_ROUND:
        raise ValueError(f"{rows} rows are no multiple of {ROWS_OF_A_ROUND}")
    return rows // ROWS_OF_A_ROUND * len(SEEN)


def batches(walkers: list[Walker], seed: int, most: int) -> list[NewRows]:
    """Return up to ``most`` batches of new rows, each of one user, in an order of the seed's."""
    every = [(one, number) for one in walkers for number in range(one.batches_left)]
    drawn = seeded_random(seed, "new rows").sample(every, min(most, len(every)))
    return [(one.id, one.unseen(number)) for one, number in drawn]


def askers(walkers: list[Walker], seed: int, count: int) -> list[str]:
    """Return the users who ask for fresh artworks, one after the other, drawn from the seed."""
    return seeded_random(seed, "askers").choices([one.id for one in walkers], k=count)
