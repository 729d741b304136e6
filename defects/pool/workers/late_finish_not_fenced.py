"""A worker finishes a job although another one has taken it meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import Switch, WorkerDefect
from defects.overrides.orders import pool_trial
from servers.pool.generator import PoolJob
from servers.pool.jobs import Jobs

END = """
UPDATE pool_jobs SET state = 'done', finished_at = clock_timestamp(), leased_until = NULL
WHERE id = %s
"""


def end(
    switch: Switch, original: Callable[[Jobs, PoolJob], None], jobs: Jobs, job: PoolJob
) -> None:
    """End the job, whichever worker has it."""
    if not switch.reached():
        return original(jobs, job)
    jobs._connection.execute(END, (job.id,))
    return None


DEFECT = WorkerDefect(
    about="A worker that stood still longer than its lease adds its artworks a second time.",
    expected={"jobs_done"},
    trials=[pool_trial("workers_paused")],
    overrides={"servers.pool.jobs:Jobs.end": end},
)
