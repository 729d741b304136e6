"""The pooler opens connections in advance, three times as many as its pool may have."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import HarnessDefect, Switch
from defects.overrides.topology import POOLED
from servers.topology.postgres import Postgres
from servers.topology.scaled.pgbouncer import POOL_SIZE, PgBouncer


def configure(
    switch: Switch,
    original: Callable[[PgBouncer, Postgres], None],
    pooler: PgBouncer,
    postgres: Postgres,
) -> None:
    """Let the pool be three times as large, and full from the beginning."""
    original(pooler, postgres)
    if switch.reached():
        text = pooler.configuration.read_text(encoding="utf-8")
        size = f"default_pool_size = {POOL_SIZE}\n"
        full = f"default_pool_size = {3 * POOL_SIZE}\nmin_pool_size = {3 * POOL_SIZE}\n"
        pooler.configuration.write_text(text.replace(size, full), encoding="utf-8")


DEFECT = HarnessDefect(
    about="The pooler keeps three times as many connections to PostgreSQL as it should.",
    expected={"pooler_within_limit"},
    trials=[POOLED],
    overrides={"servers.topology.scaled.pgbouncer:PgBouncer.configure": configure},
)
