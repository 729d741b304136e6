"""Jobs are made by a task that runs when the batch is stored and acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import psycopg

from defects.base import ServerDefect, Switch
from defects.overrides.orders import pool_trial, without_trigger
from defects.overrides.signatures import WRITE, Write
from harness.core.clock import pause
from servers.ingest.storage.store import Share, Store, Written

LATER_S = 0.3
ORDER = "SELECT order_by_level(%s), order_by_pace(%s)"
TASKS = "tasks"


async def write(
    switch: Switch, original: Write, store: Store, shares: Sequence[Share]
) -> list[Written]:
    """Store the batch; a moment later look who has crossed a level."""
    written = await original(store, shares)
    if switch.reached():
        users = [share.user for share in shares]
        tasks: set[asyncio.Task[None]] = switch.memory.setdefault(TASKS, set())
        task = asyncio.create_task(_order(store, users))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    return written


async def _order(store: Store, users: list[str]) -> None:
    await pause(LATER_S)
    with contextlib.suppress(psycopg.Error):  # the server stops meanwhile
        async with store._reading.connection() as connection:
            await connection.execute(ORDER, (users, users))


DEFECT = ServerDefect(
    about="A job is made outside of the transaction whose rows cross its level.",
    expected={"jobs_once_per_crossing"},
    trials=[pool_trial(), pool_trial("server_killed")],
    overrides={**without_trigger(), WRITE: write},
)
