"""The statement whose plan is kept, and that it leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from harness.target.target import Table
from scenarios.experiments.explain import insert_of, keep_plan


def test_the_statement_names_the_target_s_own_table() -> None:
    table = Table(name="app.seen", user_column="who", artwork_column="what", viewed_column="at")
    assert insert_of(table, 50) == (
        "INSERT INTO app.seen (who, what, at) SELECT 'test-user-123', 'artwork-' || n, now() "
        "FROM generate_series(1, 50) AS n ON CONFLICT (who, what) DO NOTHING"
    )


@pytest.mark.slow
@pytest.mark.stack
@pytest.mark.asyncio
async def test_the_plan_is_kept_and_no_row_is(dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE SCHEMA explained; CREATE TABLE explained.seen (id uuid DEFAULT "
            "gen_random_uuid(), user_id text, artwork_id text, viewed_at timestamptz, "
            "UNIQUE (user_id, artwork_id))"
        )
        site = SimpleNamespace(dsn=dsn, table=Table(name="explained.seen"))
        run: Any = SimpleNamespace(context=SimpleNamespace(site=site), directory=tmp_path)
        await keep_plan(run, 200)
        kept = json.loads((tmp_path / "plans" / "insert.json").read_text())
        assert kept["plan"]["Plan"]["Node Type"] == "ModifyTable"
        assert kept["plan"]["Plan"]["WAL Records"] > 200
        rows = connection.execute("SELECT count(*) FROM explained.seen").fetchone()
        assert rows == (0,)
