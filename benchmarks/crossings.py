"""``python -m benchmarks.crossings``: are jobs for new artworks missed or doubled?

For each seed a thousand crossings of a level happen at once: users who have seen most of a pool see
more of it in overlapping batches from four connections, whose backends are ended now and then; the
pool grows, and all of them cross again. What jobs there must be follows from what was sent alone.
Then workers carry out a fourth of the jobs; some of them give up in the middle or come too late.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - the type alone
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.machine import facts
from benchmarks.markdown import facts_table, page, table
from harness.core.clock import seeded_random, utc_stamp
from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.json_files import write_json
from harness.process.processes import Processes
from servers.ingest.config import Config
from servers.ingest.storage.store import Share, Store
from servers.pool.generator import SvgGenerator
from servers.pool.jobs import Jobs
from servers.topology.postgres import Postgres

RESULTS = Path(__file__).parent / "results"
CROSSINGS = 1_000
LEVELS = (85, 90, 95)
POOL, GROWTH = 100, 25
WRITERS, WORKERS = 4, 4
ENDED = 0.05
"""The share of the batches at which a backend is ended."""
GIVEN_UP, LATE = 0.1, 0.1
"""The shares of the jobs that a worker drops, and finishes after another one has."""
CARRIED_OUT = 4
"""Workers are given each fourth job."""
SEEN_AT_S = 1_700_000_000.0

Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingTrial:
    """One seed: the crossings that were sent, the jobs that are missing, of which there is more
    than one, or which no crossing explains; the backends that were ended; jobs without their
    artworks or with more; jobs that were taken more than once, late finishes and those of them that
    were let through."""

    seed: int
    crossings: int
    missed: int
    doubled: int
    unexplained: int
    backends_ended: int
    jobs_not_done: int
    jobs_made_twice: int
    taken_again: int
    late: int
    late_accepted: int
    seconds: float

    @property
    def is_exact(self) -> bool:
        """Return whether nothing is missing and nothing is there twice."""
        wrong = (self.missed, self.doubled, self.unexplained, self.late_accepted)
        return not any((*wrong, self.jobs_not_done, self.jobs_made_twice))


def levels_of(viewed: int, pool: int) -> list[str]:
    """Return the levels at or below what a user has seen of a pool."""
    return [str(level) for level in LEVELS if 100 * viewed >= level * pool]


def targets(chance: Random, crossings: int) -> list[tuple[int, int]]:
    """Return for each user how much is seen of the pool, and of the pool that has grown, so that
    exactly that number of levels is crossed in both together."""
    found: list[tuple[int, int]] = []
    left = crossings
    while left > 0:
        both = chance.randint(85, POOL), chance.randint(107, POOL + GROWTH)
        more = len(levels_of(both[0], POOL)) + len(levels_of(both[1], POOL + GROWTH))
        if more <= left:
            found.append(both)
            left -= more
        elif left == 1:
            found.append((85, 84))  # one level, and none of the larger pool
            left = 0
    return found


class Crowd:
    """Writes views of many users from several connections at once."""

    def __init__(self, store: Store, dsn: str, chance: Random) -> None:
        self._store = store
        self._dsn = dsn
        self._chance = chance
        self.ended = 0

    async def see(self, wanted: Sequence[tuple[str, int, int]]) -> None:
        """Have each user see the artworks from the first to the last number, in overlapping
        batches; each connection sends all of them in an order of its own."""
        await asyncio.gather(*(self._writer(wanted, number) for number in range(WRITERS)))

    async def _writer(self, wanted: Sequence[tuple[str, int, int]], number: int) -> None:
        chance = seeded_random(self._chance.randrange(1 << 30), f"writer {number}")
        shares = []
        for user, first, last in wanted:
            middle = chance.randint(first, last)
            overlap = max(first, middle - 2)
            shares += [
                Share(user, [_artwork(n) for n in range(first, middle + 1)], SEEN_AT_S),
                Share(user, [_artwork(n) for n in range(overlap, last + 1)], SEEN_AT_S),
            ]
        # A user's second batch may well come first.
        chance.shuffle(shares)
        while shares:
            group = [shares.pop() for _ in range(min(len(shares), chance.randint(2, 20)))]
            if chance.random() < ENDED:
                await asyncio.to_thread(self._end_one)
            await self._write(group)

    async def _write(self, group: Sequence[Share]) -> None:
        while True:  # as a client does that was not answered
            try:
                await self._store.write(group)
            except psycopg.OperationalError:
                continue
            return

    def _end_one(self) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            row = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity "
                "WHERE application_name = 'ingest writing' ORDER BY random() LIMIT 1) AS one"
            ).fetchone()
            self.ended += row[0] if row else 0


def _artwork(number: int) -> str:
    return f"artwork-{number:04}"


async def cross(dsn: str, chance: Random, crossings: int) -> tuple[list[Key], list[Key], int]:
    """Have users cross levels in two epochs; return the jobs that must be there, those that are,
    and how many backends were ended."""
    config = Config(
        database=dsn,
        secret=b"s",
        lifetime="l",
        pool=POOL,
        writers=WRITERS,
        improvements=("predictive_pool",),
    )
    store = Store(config)
    await store.open()
    expected: list[Key] = []
    crowd = Crowd(store, dsn, chance)
    users = [(f"user-{n:04}", *both) for n, both in enumerate(targets(chance, crossings))]
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("UPDATE pool_levels SET artworks = 1")
            connection.execute("UPDATE pool_forecast SET horizon_s = 0")
            before = {user: chance.randint(60, 84) for user, _, _ in users}
            await store.write(
                [
                    Share(user, [_artwork(n) for n in range(1, last + 1)], 0.0)
                    for user, last in before.items()
                ]
            )
            await crowd.see([(user, before[user] + 1, first) for user, first, _ in users])
            expected += _keys(connection, [(user, first) for user, first, _ in users], POOL)
            connection.execute(
                "INSERT INTO art_sessions (id, title) SELECT 'artwork-' || lpad(n::text, 4, '0'), "
                "'' FROM generate_series(%s::int, %s::int) AS n",
                (POOL + 1, POOL + GROWTH),
            )
            again = [(user, first + 1, last) for user, first, last in users if last > first]
            await crowd.see(again)
            at = [(user, max(first, last)) for user, first, last in users]
            expected += _keys(connection, at, POOL + GROWTH)
            found = connection.execute("SELECT user_id, level, epoch FROM pool_jobs").fetchall()
            connection.execute("DELETE FROM pool_jobs WHERE id %% %s <> 0", (CARRIED_OUT,))
    finally:
        await store.close()
    return expected, found, crowd.ended


def _keys(
    connection: psycopg.Connection, seen: Sequence[tuple[str, int]], pool: int
) -> Iterator[Key]:
    row = connection.execute("SELECT epoch FROM impression_pool").fetchone()
    assert row is not None
    return iter([(user, level, row[0]) for user, n in seen for level in levels_of(n, pool)])


def work(dsn: str, seed: int) -> dict[str, int]:
    """Have all jobs carried out by workers that are not to be relied on; return what went on."""
    seen: Counter[str] = Counter()
    lock = threading.Lock()

    def worker(number: int) -> None:
        chance = seeded_random(seed, f"worker {number}")
        generator = SvgGenerator(seed)
        with psycopg.connect(dsn, autocommit=True) as connection:
            lost = Jobs(connection, f"lost-{number}", lease_s=0, attempts_max=1_000)
            jobs = Jobs(connection, f"worker-{number}", lease_s=600, attempts_max=1_000)
            while True:
                draw = chance.random()
                if draw < GIVEN_UP:
                    job = lost.take()  # and never seen again
                elif draw < GIVEN_UP + LATE and (job := lost.take()) is not None:
                    other = jobs.take()
                    if other is not None:
                        jobs.finish(other, generator.make(other))
                    mine = other is not None and (other.id, other.attempt) == (job.id, job.attempt)
                    taken = connection.execute(
                        "SELECT attempts FROM pool_jobs WHERE id = %s", (job.id,)
                    ).fetchone()
                    is_late = taken is not None and taken[0] > job.attempt
                    accepted = is_late and jobs.finish(job, generator.make(job))
                    with lock:
                        seen["late"] += is_late and not mine
                        seen["late_accepted"] += bool(accepted)
                else:
                    job = jobs.take()
                    if job is not None:
                        jobs.finish(job, generator.make(job))
                if job is None and draw >= GIVEN_UP + LATE:
                    return

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worker(WORKERS)  # what the last ones dropped
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT count(*) FILTER (WHERE state <> 'done' OR made < artworks), "
            "count(*) FILTER (WHERE made > artworks), count(*) FILTER (WHERE attempts > 1) "
            "FROM (SELECT j.*, (SELECT count(*) FROM art_sessions a WHERE a.job_id = j.id) AS made "
            "FROM pool_jobs j) AS jobs"
        ).fetchone()
    assert row is not None
    not_done, twice, again = row
    return {**seen, "jobs_not_done": not_done, "jobs_made_twice": twice, "taken_again": again}


def tried(dsn: str, seed: int, crossings: int = CROSSINGS) -> CrossingTrial:
    """Return what became of one seed, in a schema of its own."""
    began = time.perf_counter()
    name = f"seed_{seed}_{secrets.token_hex(4)}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")  # no crash, so no loss
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE SCHEMA {name}".encode())
        try:
            own = make_conninfo(dsn, options=f"-csearch_path={name}")
            chance = seeded_random(seed, "crossings")
            expected, found, ended = asyncio.run(cross(own, chance, crossings))
            worked = work(own, seed)
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())
    there, due = Counter(found), Counter(expected)
    return CrossingTrial(
        seed=seed,
        crossings=len(expected),
        missed=sum((due - there).values()),
        doubled=sum(count - 1 for count in there.values()),
        unexplained=len(there.keys() - due.keys()),
        backends_ended=ended,
        late=worked.get("late", 0),
        late_accepted=worked.get("late_accepted", 0),
        jobs_not_done=worked["jobs_not_done"],
        jobs_made_twice=worked["jobs_made_twice"],
        taken_again=worked["taken_again"],
        seconds=round(time.perf_counter() - began, 2),
    )


def as_markdown(when: str, machine: dict[str, str], seeds: Sequence[CrossingTrial]) -> str:
    """Return the page."""
    total = {name: sum(getattr(one, name) for one in seeds) for name in _COUNTED}
    exact = sum(one.is_exact for one in seeds)
    lines = [f"| {words} | {total[name]:,} |" for name, words in _COUNTED.items()]
    return page(
        f"# Are jobs for new artworks missed or doubled? {when}",
        "Made by `python -m benchmarks.crossings`; every seed is in the JSON file beside it.",
        f"Of {len(seeds)} seeds {exact} are exact: nothing is missing and nothing is there twice.",
        table(("what:", "in all seeds:"), lines),
        facts_table(machine),
    )


_COUNTED = {
    "crossings": "crossings that were sent",
    "missed": "jobs missed",
    "doubled": "jobs doubled",
    "unexplained": "jobs without a crossing",
    "backends_ended": "connections ended by the database in the middle",
    "jobs_not_done": "jobs without their artworks",
    "jobs_made_twice": "jobs with more artworks than were ordered",
    "taken_again": "jobs that were taken more than once",
    "late": "late finishes that were tried",
    "late_accepted": "late finishes that were let through",
}


def main() -> int:
    """Return 0 when every seed is exact, 1 when one is not or nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crossings", description=__doc__)
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    parser.add_argument("--seeds", type=int, default=100, help="how many (default 100)")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR")
    parser.add_argument("--dry", action="store_true", help="the results stay as they are")
    arguments = parser.parse_args()
    seeds: list[CrossingTrial] = []
    try:
        with Processes() as processes:
            machine = dict(facts(processes.scratch("fsync")))
            dsn = asyncio.run(_postgres(processes))
            for seed in range(arguments.first, arguments.first + arguments.seeds):
                seeds.append(tried(dsn, seed))
                _say(f"seed {seed}: {'exact' if seeds[-1].is_exact else asdict(seeds[-1])}")
                if not arguments.dry:
                    keep(arguments.results, machine, seeds)
            print(as_markdown(utc_stamp(), machine, seeds))
    except HarnessError as error:
        print(f"crossings: {error}", file=sys.stderr)
        return 1
    return 0 if all(one.is_exact for one in seeds) else 1


def keep(directory: Path, machine: dict[str, str], seeds: Sequence[CrossingTrial]) -> None:
    """Write the results, with the seeds of earlier runs that were not tried again."""
    every = {one.seed: one for one in [*_known(directory / "crossings.json"), *seeds]}
    ordered = [every[seed] for seed in sorted(every)]
    when = utc_stamp()
    text = as_markdown(when, machine, ordered)
    (directory / "crossings.md").write_text(text, encoding="utf-8")
    content = {"format": 1, "when": when, "facts": machine, "seeds": list(map(asdict, ordered))}
    write_json(directory / "crossings.json", content)


def _known(path: Path) -> list[CrossingTrial]:
    """Return the seeds of an earlier, or a shorter, run; they are shown with the new ones."""
    with contextlib.suppress(FileNotFoundError):
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return [CrossingTrial(**one) for one in content["seeds"]]
    return []


async def _postgres(processes: Processes) -> str:
    postgres = Postgres(processes, wait_until, processes.scratch("crossings"))
    await postgres.start()
    return postgres.dsn()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
