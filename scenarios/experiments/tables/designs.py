"""The ways to index the table of impressions, as data: what each changes in the schema.

The schema is the reference server's: an id as the key, a unique index on user and artwork, and four
more. A change names the table as ``{table}`` and indexes by the schema's names, so that it fits
both the target's table and one of the same shape in another schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

COLUMNS = """
CREATE TABLE {table} (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id    text COLLATE "C" NOT NULL,
    artwork_id text COLLATE "C" NOT NULL,
    viewed_at  timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_enabled = off)
"""
INDEXES = (
    "CREATE UNIQUE INDEX user_art_impressions_unique_user_artwork ON {table} (user_id, artwork_id)",
    "CREATE INDEX user_art_impressions_user_id_idx ON {table} (user_id)",
    "CREATE INDEX user_art_impressions_artwork_id_idx ON {table} (artwork_id)",
    "CREATE INDEX user_art_impressions_viewed_at_idx ON {table} (viewed_at)",
    "CREATE INDEX user_art_impressions_user_viewed_idx ON {table} (user_id, viewed_at)",
)
"""The five indexes as the schema has them; the first one is what makes a repetition no row."""

COVERING = "user_impressions_covering ON {table} (user_id, artwork_id, viewed_at)"
"""What the roadmap's covering index is made of, after CREATE INDEX with or without CONCURRENTLY."""

DESIGNS: Mapping[str, Sequence[str]] = {
    "roadmap": (),
    "covering": (f"CREATE INDEX {COVERING}",),
    "lean": ("DROP INDEX user_art_impressions_user_id_idx",),
    "brin": (
        "DROP INDEX user_art_impressions_viewed_at_idx",
        "CREATE INDEX user_art_impressions_viewed_at_brin ON {table} USING brin (viewed_at)",
    ),
    "primary_key": (
        "DROP INDEX user_art_impressions_unique_user_artwork",
        "ALTER TABLE {table} DROP COLUMN id",
        "ALTER TABLE {table} ADD PRIMARY KEY (user_id, artwork_id)",
    ),
    "uuidv7": ("ALTER TABLE {table} ALTER COLUMN id SET DEFAULT uuidv7()",),
}
"""Design → what it changes: the schema as it is, with the covering index, without the index on the
user alone, with a block range index on the time, with user and artwork as the primary key, and with
ids that grow with time."""

FRESH = """
SELECT a.id FROM bench.art_sessions a
LEFT JOIN bench.impressions uai ON uai.user_id = $1 AND uai.artwork_id = a.id
WHERE uai.{tested} IS NULL AND a.pool_status = 'active'
LIMIT 10
"""
ANTI_JOIN = """
SELECT a.id FROM bench.art_sessions a
WHERE a.pool_status = 'active' AND NOT EXISTS (
    SELECT FROM bench.impressions uai WHERE uai.user_id = $1 AND uai.artwork_id = a.id)
LIMIT 10
"""
INSERT = """
INSERT INTO bench.impressions (user_id, artwork_id, viewed_at)
SELECT $1, artwork, now() FROM unnest($2::text[]) AS artwork
ON CONFLICT (user_id, artwork_id) DO NOTHING
"""


def changes(design: str, table: str) -> list[str]:
    """Return the statements that make the schema's indexes on a table those of a design."""
    return [statement.format(table=table) for statement in DESIGNS[design]]


def schema(design: str, table: str) -> list[str]:
    """Return the statements that make an empty table of a design."""
    return [one.format(table=table) for one in (COLUMNS, *INDEXES)] + changes(design, table)


def freshness(design: str) -> str:
    """Return the roadmap's query for artworks that a user ($1) has not seen.

    It tests the row's own id; without such a column, the user, which is the next thing at hand.
    """
    return FRESH.format(tested="user_id" if design == "primary_key" else "id")
