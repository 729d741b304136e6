"""How much of the pool users have left, from the counts that triggers keep; no scan.

``python -m servers.ingest.storage.rollups`` is the nightly cross-check: it scans, compares, and
ends with 1 when a count differs.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

import psycopg

DATABASE_VARIABLE = "INGEST_DATABASE"
_SHOWN = 10

PRESENT = "SELECT to_regclass('freshness_histogram') IS NOT NULL"
FOLDED_AT_ONCE = 2_000
"""Deltas of one transaction: of a large import each has a thousand artworks, and a statement that
took longer than the server's timeout would never end."""
FOLD = f"SELECT fold_freshness({FOLDED_AT_ONCE})"
TIDY = "VACUUM (SKIP_LOCKED, TRUNCATE false) user_freshness_deltas"
"""The room is for the next deltas. Giving it back would wait for all writers, and on a replica for
all readers; autovacuum does after a large import."""
# The roadmap's bounds (6.1): more than ten views make an active user, less than 50 % unseen a risk,
# less than five unseen artworks an exhausted pool.
KPIS = """
WITH pool AS MATERIALIZED (SELECT active, epoch FROM impression_pool),
bucket AS (
    SELECT b.viewed_active AS viewed, b.users FROM freshness_histogram b WHERE b.users > 0
)
SELECT min(p.active), min(p.epoch),
       coalesce(sum(b.users), 0)::bigint,
       coalesce(sum(b.users) FILTER (WHERE b.viewed > 10), 0)::bigint,
       coalesce(sum(b.users) FILTER (
           WHERE b.viewed > 10
             AND 100 * (p.active - b.viewed) < 50 * p.active), 0)::bigint,
       coalesce(sum(b.users) FILTER (WHERE p.active - b.viewed < 5), 0)::bigint,
       (sum(b.users * (p.active - b.viewed)) FILTER (WHERE b.viewed > 10)
        / nullif(p.active * sum(b.users) FILTER (WHERE b.viewed > 10), 0))::float8
FROM pool p LEFT JOIN bucket b ON true GROUP BY p.active
"""
# The roadmap's query (6.1), to the letter. It counts every impression as seen, of artworks that
# have left the pool too; otherwise both agree.
ROADMAP_AT_RISK = """
SELECT COUNT(*) as at_risk_users
FROM (
  SELECT
    ui.user_id,
    100.0 * (ta.total - ui.viewed_count) / ta.total as unseen_pct
  FROM (
    SELECT user_id, COUNT(DISTINCT artwork_id) as viewed_count
    FROM user_art_impressions
    GROUP BY user_id
  ) ui
  CROSS JOIN (
    SELECT COUNT(*) as total
    FROM art_sessions
    WHERE pool_status = 'active'
  ) ta
  WHERE ui.viewed_count > 10  -- Active users only
) stats
WHERE unseen_pct < 50
"""
# The same question to the counts per user, of the same impressions.
KEPT_AT_RISK = """
SELECT count(*) FROM user_freshness f, impression_pool p
WHERE f.viewed > 10 AND 100 * (p.active - f.viewed) < 50 * p.active
"""
_DRIFT = "SELECT what, name, kept, scanned FROM freshness_drift ORDER BY what, name"


class Kpis(NamedTuple):
    """What the pool has left for its users.

    ``unseen_share`` (0 to 1) is the mean over active users, None without any; ``at_risk`` counts
    active users with less than half of the pool unseen, ``exhausted`` all with less than five
    artworks unseen.
    """

    pool: int
    epoch: int
    users: int
    active_users: int
    at_risk: int
    exhausted: int
    unseen_share: float | None


class Drift(NamedTuple):
    """One count that differs from what a scan finds."""

    what: str
    name: str
    kept: str
    scanned: str

    def line(self) -> str:
        """Return it as one line."""
        return f"{self.what} {self.name}".rstrip() + f": kept {self.kept}, scanned {self.scanned}"


def drift(connection: psycopg.Connection) -> list[Drift]:
    """Return every difference between the counts and a scan of the table."""
    found = [Drift(*row) for row in connection.execute(_DRIFT).fetchall()]
    if connection.execute("SELECT active FROM impression_pool").fetchone() in (None, (0,)):
        return found  # the roadmap's query divides by the pool
    row = connection.execute(f"SELECT ({ROADMAP_AT_RISK}), ({KEPT_AT_RISK})".encode()).fetchone()
    assert row is not None
    scanned, kept = row
    if scanned != kept:
        found.append(Drift("users at risk", "", str(kept), str(scanned)))
    return found


def main() -> int:
    """Compare once; return 0 when all agree, 1 when they differ, 2 without the counts."""
    database = os.environ.get(DATABASE_VARIABLE, "")
    if not database:
        print(f"rollups: no database: name it in {DATABASE_VARIABLE}", file=sys.stderr)
        return 2
    try:
        with psycopg.connect(database) as connection:
            # Both questions to one snapshot: what commits between them would be a difference.
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            present = connection.execute(PRESENT).fetchone()
            if present != (True,):
                print(
                    "rollups: none here; start a server with --improvement rollups", file=sys.stderr
                )
                return 2
            found = drift(connection)
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        print(f"rollups: the database is not usable: {reason}", file=sys.stderr)
        return 2
    for one in found[:_SHOWN]:
        print(one.line())
    if len(found) > _SHOWN:
        print(f"and {len(found) - _SHOWN} more")
    print("rollups and scan agree" if not found else f"{len(found)} counts differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
