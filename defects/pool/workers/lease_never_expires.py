"""A job that was taken is its worker's for ever."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import Switch, WorkerDefect
from defects.overrides.orders import pool_trial
from servers.pool.generator import PoolJob
from servers.pool.jobs import Jobs

TAKE = """
UPDATE pool_jobs SET state = 'running', attempts = attempts + 1, worker = %s
WHERE id = (SELECT id FROM pool_jobs WHERE state = 'waiting' AND due_at <= clock_timestamp()
            ORDER BY urgent DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, user_id, level, epoch, artworks, urgent, attempts
"""


def take(switch: Switch, original: Callable[[Jobs], PoolJob | None], jobs: Jobs) -> PoolJob | None:
    """Take a job that waits; leave those of workers that are gone."""
    if not switch.reached():
        return original(jobs)
    row = jobs._connection.execute(TAKE, (jobs._worker,)).fetchone()
    return None if row is None else PoolJob(*row)


DEFECT = WorkerDefect(
    about="The job of a worker that was killed is never done.",
    expected={"jobs_done"},
    trials=[pool_trial("workers_killed")],
    overrides={"servers.pool.jobs:Jobs.take": take},
)
