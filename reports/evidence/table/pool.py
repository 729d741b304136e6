"""The artwork pool over time: its size, what each user had seen, and each job's states.

Everything comes from snapshots of the database, so what stands in one sample was true at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.ledger.kinds.monitoring.pool import (
    JobChanged,
    NoFreshArtwork,
    PoolSize,
    PoolWatched,
    UserViewed,
)
from reports.core.kinds import of_kind, payloads
from reports.core.types import Floats, Ints
from reports.evidence.frame import LedgerFrames

PACE = "pace"
"""The level of a job that a user's pace made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLife:
    """One job. ``first`` is the index of the sample that shows it first, ``states`` are what each
    sample shows in which it changed: index, state, artworks made, attempts."""

    number: int
    user: str
    level: str
    epoch: int
    artworks: int
    first: int
    states: tuple[tuple[int, str, int, int], ...]

    @property
    def name(self) -> str:
        """Return what a reader finds it by."""
        return f"job {self.number} ({self.user}, {self.level}, epoch {self.epoch})"

    @property
    def last(self) -> tuple[int, str, int, int]:
        """Return index, state, artworks made and attempts as they were last."""
        return self.states[-1]

    @property
    def done(self) -> int | None:
        """Return the index of the first sample that shows it done; None: it never was."""
        return next((index for index, state, _, _ in self.states if state == "done"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolHistory:
    """What the samples show, by their index: ``at_s`` since the run's start, the pool's ``epoch``
    and number of ``artworks``, and in ``viewed`` a row for each of ``users`` with how many of them
    that user had seen. ``ran_out`` are the users who asked for an artwork and got none;
    ``is_whole``: watching went on to its end."""

    at_s: Floats
    epoch: Ints
    artworks: Ints
    users: tuple[str, ...]
    viewed: Ints
    jobs: tuple[JobLife, ...]
    ran_out: tuple[str, ...]
    is_whole: bool

    @property
    def unseen(self) -> Ints:
        """Return how many artworks each user had left, a row for each."""
        return self.artworks - self.viewed


def pool_history(ledger: LedgerFrames) -> PoolHistory | None:
    """Return what was watched; None where no snapshot has the pool's size."""
    return ledger.remembered("pool history", lambda: _history(ledger))


def _history(ledger: LedgerFrames) -> PoolHistory | None:
    rows = ledger.pool
    sizes = of_kind(rows, PoolSize)
    if sizes.empty:
        return None
    sampled = rows[rows["sample"].notna()]
    numbers = np.unique(sampled["sample"].to_numpy(dtype=int))
    first = sampled.drop_duplicates("sample").set_index(sampled["sample"].astype(int).unique())
    seen = of_kind(rows, UserViewed)
    users = tuple(sorted(seen["user"].unique()))
    viewed = _held(seen, numbers, "viewed", [users.index(user) for user in seen["user"]], users)
    watched = of_kind(rows, PoolWatched)
    return PoolHistory(
        at_s=ledger.seconds(first.loc[numbers, "mono_ns"]).to_numpy(dtype=float),
        epoch=_held(sizes, numbers, "epoch", [0] * len(sizes), ("",))[0],
        artworks=_held(sizes, numbers, "size", [0] * len(sizes), ("",))[0],
        users=users,
        viewed=viewed,
        jobs=_jobs(ledger, numbers),
        ran_out=tuple(sorted({one.user for one in payloads(rows, NoFreshArtwork)})),
        is_whole=bool(len(watched)) and int(watched["samples"].min()) > 1,
    )


def _held(
    rows: pd.DataFrame, numbers: Ints, column: str, places: list[int], names: tuple[str, ...]
) -> Ints:
    """Return name × sample → the value that held then, 0 before the first."""
    table = np.full((len(names), len(numbers)), -1, dtype=np.int64)
    at = np.searchsorted(numbers, rows["sample"].to_numpy(dtype=int))
    table[places, at] = rows[column].to_numpy(dtype=np.int64)
    last = np.where(table >= 0, np.arange(len(numbers)), 0)
    np.maximum.accumulate(last, axis=1, out=last)
    held = np.take_along_axis(table, last, axis=1)
    return np.maximum(held, 0)


def _jobs(ledger: LedgerFrames, numbers: Ints) -> tuple[JobLife, ...]:
    lives: dict[int, list[JobChanged]] = {}
    for one in payloads(ledger.pool, JobChanged):
        lives.setdefault(one.job, []).append(one)
    found = []
    for number, changes in sorted(lives.items()):
        states = [
            (int(np.searchsorted(numbers, one.sample or 0)), one.state, one.made, one.attempts)
            for one in changes
        ]
        begin = changes[0]
        found.append(
            JobLife(
                number=number,
                user=begin.user,
                level=begin.level,
                epoch=begin.epoch,
                artworks=begin.size,
                first=states[0][0],
                states=tuple(states),
            )
        )
    return tuple(found)
