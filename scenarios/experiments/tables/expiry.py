"""The ways to let impressions older than 90 days expire, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scenarios.experiments.tables.filling import SPAN_DAYS

KEPT_DAYS = 90
MONTH_DAYS = 30

DELETE = "DELETE FROM bench.impressions WHERE viewed_at < now() - interval '90 days'"
EXPIRIES: Mapping[str, Sequence[str]] = {
    "keep": (),
    "delete": (DELETE,),
    "vacuum": (DELETE, "VACUUM bench.impressions"),
    "full": (DELETE, "VACUUM FULL bench.impressions"),
    "partitions": tuple(
        f"DROP TABLE bench.impressions_{age}"
        for age in range(KEPT_DAYS // MONTH_DAYS + 1, SPAN_DAYS // MONTH_DAYS + 1)
    ),
}
"""Way → its statements, none where everything is kept."""

_PARTITIONED = """
CREATE TABLE {table} (
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id    text COLLATE "C" NOT NULL,
    artwork_id text COLLATE "C" NOT NULL,
    viewed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, viewed_at)
) PARTITION BY RANGE (viewed_at)
"""
_PARTITION = """
CREATE TABLE bench.impressions_{age} PARTITION OF {table}
FOR VALUES FROM ({begin}) TO ({end}) WITH (autovacuum_enabled = off)
"""
UNIQUE = (
    "CREATE UNIQUE INDEX user_art_impressions_unique_user_artwork "
    "ON {table} (user_id, artwork_id, viewed_at)"
)
"""A partition's key has to be in every unique index: a second view by the same user is a row."""


def partitioned(table: str, today: str, indexes: Sequence[str]) -> list[str]:
    """Return the statements that make a table with a partition for each thirty days up to today
    (``2026-01-31``), and the same indexes as far as PostgreSQL allows them."""
    partitions = []
    for age in range(1, SPAN_DAYS // MONTH_DAYS + 1):
        begin = f"date '{today}' - {age * MONTH_DAYS}"
        end = "MAXVALUE" if age == 1 else f"date '{today}' - {(age - 1) * MONTH_DAYS}"
        if age == SPAN_DAYS // MONTH_DAYS:
            begin = "MINVALUE"
        partitions.append(_PARTITION.format(age=age, table=table, begin=begin, end=end))
    others = [one.format(table=table) for one in indexes[1:]]
    return [_PARTITIONED.format(table=table), *partitions, UNIQUE.format(table=table), *others]
