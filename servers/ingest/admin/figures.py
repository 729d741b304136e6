"""The live panel: impressions by hour and what users have left of the pool, from rollups alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from psycopg.rows import TupleRow

from servers.ingest.product.session import Ask
from servers.ingest.storage.rollups import KPIS, Kpis

FRESHNESS_TARGET = 0.9
"""The roadmap's (5.1): the share of the pool that an active user has not seen."""
HOUR_S = 3600
WINDOWS = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24}
"""Name → hours. A window begins with a full hour: it holds up to one hour more."""

_HOURS = """
SELECT extract(epoch FROM date_trunc('hour', now(), 'UTC'))::bigint,
       coalesce(array_agg(ARRAY[extract(epoch FROM hour)::bigint, impressions] ORDER BY hour)
                FILTER (WHERE hour IS NOT NULL), '{}')
FROM (SELECT hour, sum(impressions)::bigint AS impressions FROM impression_hours
      WHERE hour >= date_trunc('hour', now(), 'UTC') - interval '720 hours'
      GROUP BY hour HAVING sum(impressions) <> 0) AS hours
"""


class AdminFigures:
    """Reads the panel."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def panel(self) -> dict[str, object]:
        """Return all that the panel shows; raise psycopg.Error."""
        hours, kpis = await asyncio.gather(self._ask(_HOURS, ()), self._ask(KPIS, ()))
        return panel_of(hours[0], Kpis(*kpis[0]))


def panel_of(row: TupleRow, kpis: Kpis) -> dict[str, object]:
    """Return the panel of what the database says of hours and users."""
    this_hour_s, hours = int(row[0]), [(int(at), int(count)) for at, count in row[1]]
    return {
        "impressions": {
            name: {
                "since": this_hour_s - length * HOUR_S,
                "count": _since(hours, this_hour_s, length),
            }
            for name, length in WINDOWS.items()
        },
        "hours": [{"at": at, "count": count} for at, count in hours],
        "thisHour": this_hour_s,
        "pool": kpis.pool,
        "users": kpis.users,
        "activeUsers": kpis.active_users,
        "unseenShare": kpis.unseen_share,
        "freshnessTarget": FRESHNESS_TARGET,
        "alerts": _alerts(kpis),
    }


def _since(hours: Sequence[tuple[int, int]], this_hour_s: int, length: int) -> int:
    return sum(count for at, count in hours if at >= this_hour_s - length * HOUR_S)


def _alerts(kpis: Kpis) -> list[dict[str, object]]:
    """Return what users of the pool are short of, worst first."""
    found: list[dict[str, object]] = []
    if kpis.exhausted:
        text = "users have fewer than five artworks unseen"
        found.append({"code": "pool_exhausted", "users": kpis.exhausted, "text": text})
    if kpis.at_risk:
        text = "active users have seen more than half of the pool"
        found.append({"code": "pool_at_risk", "users": kpis.at_risk, "text": text})
    share = kpis.unseen_share
    if share is not None and share < FRESHNESS_TARGET:
        text = f"active users: on average less than {FRESHNESS_TARGET:.0%} of the pool is unseen"
        found.append({"code": "freshness_low", "users": kpis.active_users, "text": text})
    return found
