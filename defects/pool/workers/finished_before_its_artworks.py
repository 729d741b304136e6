"""A job is done when its artworks are made, before they are in the pool."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import Switch, WorkerDefect
from defects.overrides.orders import pool_trial
from servers.pool.generator import PoolJob
from servers.pool.jobs import Jobs
from servers.pool.worker import PoolWorker

CarryOut = Callable[[PoolWorker, Jobs, PoolJob], bool]


def carry_out(
    switch: Switch, original: CarryOut, worker: PoolWorker, jobs: Jobs, job: PoolJob
) -> bool:
    """End the job, then have its artworks made and add them."""
    if not switch.reached():
        return original(worker, jobs, job)
    jobs.end(job)
    jobs.add(job, worker._generator.make(job))
    return True


DEFECT = WorkerDefect(
    about="A job is done before its artworks are committed, and a killed worker leaves none.",
    expected={"jobs_done"},
    trials=[pool_trial(), pool_trial("workers_killed")],
    overrides={"servers.pool.worker:PoolWorker.carry_out": carry_out},
)
