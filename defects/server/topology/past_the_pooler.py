"""The servers connect to PostgreSQL itself, not to the pooler."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import HarnessDefect, Switch
from defects.overrides.topology import POOLED
from servers.topology.postgres import SERVER_ROLE, Postgres
from servers.topology.scaled.pgbouncer import PgBouncer


def dsn(
    switch: Switch,
    original: Callable[[PgBouncer, Postgres, str], str],
    pooler: PgBouncer,
    postgres: Postgres,
    database: str,
) -> str:
    """Return where PostgreSQL listens."""
    if not switch.reached():
        return original(pooler, postgres, database)
    return postgres.dsn(database, role=SERVER_ROLE)


DEFECT = HarnessDefect(
    about="The pooler runs, and no server uses it.",
    expected={"writes_through_pooler"},
    trials=[POOLED],
    overrides={"servers.topology.scaled.pgbouncer:PgBouncer.dsn": dsn},
)
