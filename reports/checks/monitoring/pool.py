"""The artwork pool: no viewer runs out, each crossing is ordered once, each job is done once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from harness.ledger.kinds import POOL
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.table.pool import PACE, JobLife, PoolHistory, pool_history
from reports.verdict.verdict import Finding

LEVELS = (85, 90, 95)
"""The roadmap's (5.2), percent of the active pool that a user has seen."""

_UNWATCHED = "the pool was not watched to the end"


def _watched(evidence: Evidence) -> PoolHistory | None:
    history = pool_history(evidence.ledger)
    return history if history is not None and history.is_whole and history.users else None


@check(rests_on={POOL.name})
def no_viewer_ran_out(evidence: Evidence) -> Finding:
    """In every snapshot every user has an artwork of the pool left, and every viewer who asked for
    one got it.

    It is undecided unless a user has seen more artworks than the pool had at first: without new
    ones that user would have run out.
    """
    history = _watched(evidence)
    if history is None:
        return no_evidence(_UNWATCHED)
    least = history.unseen.min(axis=1)
    out = {user for user, left in zip(history.users, least, strict=True) if left < 1}
    out |= set(history.ran_out)
    figures = Figures(measured=int(least.min()), target=1, unit="artworks", n=len(history.users))
    if out:
        return figures.failed(
            f"{len(out)} of {len(history.users)} users ran out", examples=sorted(out)
        )
    needed = int((history.viewed[:, -1] > history.artworks[0]).sum())
    if not needed:
        return figures.undecided("no viewer has seen more than the pool had at first")
    return figures.passed(
        f"the fewest that a viewer had left were {least.min()}; {needed} saw more than the first "
        f"{history.artworks[0]} artworks"
    )


@check(rests_on={POOL.name})
def jobs_once_per_crossing(evidence: Evidence) -> Finding:
    """Each time a user crosses 85, 90 or 95 % of the pool there is one job, from the very snapshot
    that shows the crossing; there is no job without a crossing, and in no epoch are there two of
    one user for a level or for a pace.

    What a snapshot shows was true at one moment, users see more and more, and the pool grows. So a
    level that was crossed between two snapshots was crossed in one of their epochs; and a job is
    wrong where even the most that its user can have seen, of the smallest the pool can have been,
    is below the level. What happens between two snapshots and is undone there is not seen.
    """
    history = _watched(evidence)
    if history is None:
        return no_evidence(_UNWATCHED)
    crossings, missed = _crossings(history)
    wrong = [*missed, *_doubled(history), *_unfounded(history)]
    figures = Figures(measured=len(wrong), target=0, unit="jobs", n=crossings)
    if wrong:
        return figures.failed(f"{len(wrong)} jobs are missing or too many", examples=wrong)
    if not crossings:
        return figures.undecided("no viewer crossed a level")
    paced = sum(job.level == PACE for job in history.jobs)
    return figures.passed(
        f"each of {crossings} crossings has its job; {paced} more were ordered by pace"
    )


@check(rests_on={POOL.name})
def jobs_done(evidence: Evidence, *, retaken: int = 0) -> Finding:
    """Each job is done at the end, with as many artworks in the pool as it is for, and in no
    snapshot is one done with fewer or more.

    ``retaken`` is the number of jobs that must have been taken more than once, where workers were
    killed or stood still: with fewer it is undecided, for then none of them was in the middle.
    """
    history = _watched(evidence)
    if history is None:
        return no_evidence(_UNWATCHED)
    if not history.jobs:
        return no_evidence("no job was made")
    wrong = [f"{job.name} {reason}" for job in history.jobs if (reason := _undone(job))]
    again = sum(job.last[3] > 1 for job in history.jobs)
    figures = Figures(measured=len(wrong), target=0, unit="jobs", n=len(history.jobs))
    if wrong:
        return figures.failed(
            f"{len(wrong)} of {len(history.jobs)} jobs went wrong", examples=wrong
        )
    if again < retaken:
        return figures.undecided(f"{again} jobs were taken more than once, not {retaken}")
    artworks = sum(job.artworks for job in history.jobs)
    return figures.passed(
        f"{len(history.jobs)} jobs made {artworks} artworks; {again} were taken more than once"
    )


def _undone(job: JobLife) -> str:
    """Return what is wrong with a job, empty where nothing is."""
    for _, state, made, _ in job.states:
        if state == "done" and made != job.artworks:
            return f"was done with {made} of {job.artworks} artworks"
    _, state, made, _ = job.last
    return "" if state == "done" else f"is {state} at the end, with {made} artworks"


def _crossings(history: PoolHistory) -> tuple[int, list[str]]:
    """Return how many crossings the samples show, and those without a job at that moment."""
    jobs: dict[tuple[str, str], list[JobLife]] = defaultdict(list)
    for job in history.jobs:
        jobs[job.user, job.level].append(job)
    count, missed = 0, []
    for level in LEVELS:
        above = 100 * history.viewed >= level * history.artworks
        crossed = above & ~np.pad(above, ((0, 0), (1, 0)))[:, :-1]
        for place, index in zip(*np.nonzero(crossed), strict=True):
            count += 1
            user = history.users[place]
            low = history.epoch[index - 1] if index else 0
            if not any(
                job.first <= index and low <= job.epoch <= history.epoch[index]
                for job in jobs[user, str(level)]
            ):
                missed.append(f"{user} crossed {level} % at {history.at_s[index]:.1f} s: no job")
    return count, missed


def _doubled(history: PoolHistory) -> Iterator[str]:
    """Yield the jobs that follow one of the same user and level, in its epoch or before the user
    can have fallen below the level."""
    before: dict[tuple[str, str], JobLife] = {}
    for job in sorted(history.jobs, key=lambda one: (one.epoch, one.number)):
        earlier = before.get((job.user, job.level))
        before[job.user, job.level] = job
        if earlier is None:
            continue
        if earlier.epoch == job.epoch:
            yield f"{job.name} is a second one of its epoch"
        elif job.level != PACE and earlier.first > 0:
            place = history.users.index(job.user)
            least = history.viewed[place, earlier.first - 1]
            most = history.artworks[: job.first + 1].max()
            if 100 * least >= int(job.level) * most:
                yield f"{job.name} follows job {earlier.number}, never below {job.level} % between"


def _unfounded(history: PoolHistory) -> Iterator[str]:
    """Yield the jobs whose user cannot have been at the level, or whose epoch was another."""
    for job in history.jobs:
        index, before = job.first, max(0, job.first - 1)
        if not (history.epoch[before] if index else 0) <= job.epoch <= history.epoch[index]:
            yield f"{job.name} is of another epoch than the pool was in"
        elif job.level != PACE:
            most = history.viewed[history.users.index(job.user), index]
            if 100 * most < int(job.level) * history.artworks[before : index + 1].min():
                yield f"{job.name}: its user had seen {most} of {history.artworks[index]}"
