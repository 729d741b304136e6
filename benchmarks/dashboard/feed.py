"""What fifty viewers of the feed cost: the same server with them and without, in pairs of rounds.

Both sides are one server with the dashboard, so what differs is the watching alone.
"""

from __future__ import annotations

import contextlib
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.dashboard.viewers import ViewersPlan
from benchmarks.figures import Spread, spread
from benchmarks.ground import Ground, Round, prepared
from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.json_files import read_json, write_json
from harness.process.processes import Processes
from servers.ingest.admin.access import ROLE

GOAL = 0.97
VIEWERS = 50
ARTWORKS = 10_000
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FeedTrial:
    """Rows a second with viewers and without, in pairs of neighbouring rounds, the microseconds of
    CPU that server and PostgreSQL took for a row, and how many frames viewers got in all."""

    ids: int
    viewers: int
    watched: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    watched_cpu_us: list[float] = field(default_factory=list)
    plain_cpu_us: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)

    @property
    def ratio(self) -> Spread:
        """Return the ratio of each pair: watched, over not."""
        return spread([a / b for a, b in zip(self.watched, self.plain, strict=True)])

    @property
    def cpu_ratio(self) -> Spread:
        """Return the ratio of each pair's CPU for a row: watched, over not."""
        pairs = zip(self.watched_cpu_us, self.plain_cpu_us, strict=True)
        return spread([a / b for a, b in pairs])

    def add(self, done: Round, *, is_watched: bool) -> None:
        """Take one round."""
        cpu_us = 1e6 * (done.cpu_s["server"] + done.cpu_s["postgres"]) / done.rows
        (self.watched if is_watched else self.plain).append(done.rows_per_s)
        (self.watched_cpu_us if is_watched else self.plain_cpu_us).append(cpu_us)
        self.others.append(done.others)


@contextlib.asynccontextmanager
async def viewers(
    processes: Processes, directory: Path, plan: ViewersPlan
) -> AsyncIterator[Callable[[], int]]:
    """Have viewers watch for the length of the block; what is yielded returns, after it, how many
    frames came."""
    file = directory / "viewers.json"
    ready, done = file.with_suffix(".ready.json"), file.with_suffix(".done.json")
    for old in (ready, done):
        old.unlink(missing_ok=True)
    write_json(file, asdict(plan))
    argv = [sys.executable, "-m", "benchmarks.dashboard.viewers", str(file)]
    child = processes.spawn("viewers", argv, log=directory / "viewers.log")
    try:
        await wait_until(
            "all viewers watch",
            lambda: ready.exists() or child.exit_code is not None,
            timeout_s=60,
        )
        if child.exit_code is not None:
            raise HarnessError(f"the viewers ended: {child.last_words()}")
        yield lambda: int(read_json(done)["frames"])
    finally:
        child.stop()
        processes.forget(child.pid)


async def feed_cost(
    processes: Processes, ids: int, count: int, round_s: float, say: Say, watching: int = VIEWERS
) -> FeedTrial:
    """Return ``count`` pairs of rounds of ``round_s``, in batches of ``ids``.

    Raises HarnessError when the viewers got nothing in a round: then nothing was measured.
    """
    trial = FeedTrial(ids, watching)
    directory = processes.scratch("viewers")
    env = {"INGEST_ADMIN_SECRET": secrets.token_hex(16)}
    async with prepared(processes, ["--improvement", "admin"], env=env) as ground:
        await ground.fill_pool(ARTWORKS)
        await ground.serve(50, 2, seed=0, artworks=ARTWORKS)  # once unmeasured
        plan = ViewersPlan(
            url=ground.url, cookie=ground.cookie_of("boss", role=ROLE), viewers=watching
        )
        for pair in range(count):
            for is_watched in (True, False) if pair % 2 == 0 else (False, True):
                trial.add(await _round(processes, directory, ground, plan, trial, is_watched,
                                       (ids, round_s, pair)), is_watched=is_watched)  # fmt: skip
            last = trial.watched[-1] / trial.plain[-1]
            cpu = trial.watched_cpu_us[-1] / trial.plain_cpu_us[-1]
            say(f"{ids} ids: {trial.watched[-1]:,.0f} rows/s, {last:.3f}; CPU a row {cpu:.3f}")
    return trial


async def _round(
    processes: Processes,
    directory: Path,
    ground: Ground,
    plan: ViewersPlan,
    trial: FeedTrial,
    is_watched: bool,
    load: tuple[int, float, int],
) -> Round:
    ids, round_s, seed = load
    if not is_watched:
        return await ground.serve(ids, round_s, seed, ARTWORKS)
    async with viewers(processes, directory, plan) as frames:
        done = await ground.serve(ids, round_s, seed, ARTWORKS)
    trial.frames.append(frames())
    if frames() < plan.viewers:
        raise HarnessError("the viewers got no frames: nothing was measured")
    return done
