"""The live panel: what it adds up, and that it agrees with a scan."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from servers.ingest.admin.figures import HOUR_S, panel_of
from servers.ingest.storage.rollups import Kpis
from tests.servers.ingest.admin.admins import asked, dashboard
from tests.servers.ingest.site import visitor

FIGURES = "/admin/impressions/figures"
NOW = 1_000_000 * HOUR_S
MOVED = """
UPDATE user_art_impressions SET viewed_at = viewed_at - interval '3 days'
WHERE artwork_id = 'artwork-0001'
"""
SCANNED = """
SELECT count(*) FROM (
    SELECT date_trunc('hour', viewed_at, 'UTC') AS hour, count(*) AS n FROM user_art_impressions
    GROUP BY 1) AS s
FULL JOIN (SELECT hour, sum(impressions) AS n FROM impression_hours GROUP BY 1
           HAVING sum(impressions) <> 0) AS k USING (hour)
WHERE s.n IS DISTINCT FROM k.n
"""


def kpis(**changes: Any) -> Kpis:
    healthy = {"pool": 100, "epoch": 1, "users": 3, "active_users": 2, "at_risk": 0}
    return Kpis(**{**healthy, "exhausted": 0, "unseen_share": 0.95, **changes})


def hours(*ago: tuple[int, int]) -> tuple[int, list[list[int]]]:
    return NOW, [[NOW - back * HOUR_S, count] for back, count in ago]


def test_a_window_begins_with_a_full_hour() -> None:
    panel: Any = panel_of(hours((720, 1), (169, 2), (168, 4), (25, 8), (24, 16), (0, 32)), kpis())
    counts = {name: one["count"] for name, one in panel["impressions"].items()}
    assert counts == {"24h": 48, "7d": 60, "30d": 63}
    assert panel["impressions"]["24h"]["since"] == NOW - 24 * HOUR_S


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"unseen_share": None, "active_users": 0}, []),
        ({"unseen_share": 0.9}, []),
        ({"unseen_share": 0.899}, ["freshness_low"]),
        ({"at_risk": 1}, ["pool_at_risk"]),
        ({"exhausted": 1, "at_risk": 1}, ["pool_exhausted", "pool_at_risk"]),
    ],
)
def test_alerts_are_there_when_something_is_short(
    changes: dict[str, Any], codes: list[str]
) -> None:
    panel: Any = panel_of(hours(), kpis(**changes))
    assert [one["code"] for one in panel["alerts"]] == codes


@pytest.mark.stack
@pytest.mark.asyncio
async def test_hours_agree_with_a_scan_whatever_becomes_of_rows(database: str) -> None:
    async with dashboard(database, pool=20) as (site, boss), visitor(site.url) as ann:
        empty = (await boss.get(FIGURES)).body
        assert (empty["impressions"]["30d"]["count"], empty["hours"]) == (0, [])
        await ann.send([f"artwork-{number:04}" for number in range(1, 13)])
        await ann.send(["artwork-0001", "artwork-0013"])
        panel = (await boss.get(FIGURES)).body
        assert [panel["impressions"][name]["count"] for name in ("24h", "7d", "30d")] == [13] * 3
        assert (panel["users"], panel["activeUsers"], panel["pool"]) == (1, 1, 20)
        assert panel["unseenShare"] == pytest.approx(7 / 20)
        with psycopg.connect(database) as connection:
            connection.execute(MOVED)
            connection.execute("DELETE FROM user_art_impressions WHERE artwork_id > 'artwork-0011'")
        moved = (await boss.get(FIGURES)).body["impressions"]
        assert [moved[name]["count"] for name in ("24h", "7d", "30d")] == [10, 11, 11]
        assert asked(database, SCANNED) == [(0,)]
        with psycopg.connect(database) as connection:
            connection.execute("TRUNCATE user_art_impressions")
        assert (await boss.get(FIGURES)).body["impressions"]["30d"]["count"] == 0
