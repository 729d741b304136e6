"""The roadmap's own question to PostgreSQL: how is a batch of this size inserted?"""

from __future__ import annotations

from harness.ledger import door
from harness.ledger.json_files import encode_json
from harness.run.run import Run
from harness.target.session import connected
from harness.target.target import Table
from scenarios.experiments.tables.bench import PLANS

_INSERT = """
INSERT INTO {table} ({user}, {artwork}, {viewed})
SELECT 'test-user-123', 'artwork-' || n, now() FROM generate_series(1, {size}) AS n
ON CONFLICT ({user}, {artwork}) DO NOTHING
"""
"""The roadmap's query (4.1); the id is the table's default."""


def insert_of(table: Table, size: int) -> str:
    """Return the statement that inserts a batch of ``size`` new impressions."""
    return " ".join(
        _INSERT.format(
            table=table.name,
            user=table.user_column,
            artwork=table.artwork_column,
            viewed=table.viewed_column,
            size=size,
        ).split()
    )


async def keep_plan(run: Run, size: int) -> None:
    """Carry the insert out on the target's table and roll it back; keep its plan beside the ledger.

    Raises psycopg.Error when the role may not write there.
    """
    site = run.context.site
    statement = insert_of(site.table, size)
    connection = await connected(site.dsn, autocommit=False)
    async with connection:
        explain = f"EXPLAIN (ANALYZE, BUFFERS, WAL, FORMAT JSON) {statement}"
        row = await (await connection.execute(explain.encode())).fetchone()
        await connection.rollback()
    plan = row[0][0] if row else {}
    content = {"statement": statement, "plan": plan}
    door.write(run.directory, f"{PLANS}/insert.json", encode_json(content))
