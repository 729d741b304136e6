"""``python -m benchmarks.switches``: what the server's options of monitoring cost, in pairs.

Two servers, each on a PostgreSQL of its own, one with the options and one without; rounds alternate
ABBA. Then the figures of the alerts are asked for from counts of many users.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.figures import Spread, spread
from benchmarks.ground import Ground, prepared
from benchmarks.machine import facts
from benchmarks.markdown import facts_table, page, table
from harness.core.clock import utc_stamp
from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.json_files import write_json
from harness.process.processes import Processes
from servers.ingest.storage.migrate import migrate
from servers.ingest.storage.rollups import KPIS, drift
from servers.topology.postgres import Postgres

RESULTS = Path(__file__).parent / "results"
OPTIONS = ["--improvement", "rollups"]
IDS = (200, 50, 3)
GOAL = 0.95
KPI_GOAL_MS = 5.0
POOL = 1_000
_MADE_AT_ONCE = 250_000


@dataclass(frozen=True, slots=True)
class Pairs:
    """Rows a second with the options and without, in pairs of neighbouring rounds."""

    ids: int
    switched: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> Spread:
        """Return the ratio of each pair: with the options, over without."""
        return spread([a / b for a, b in zip(self.switched, self.plain, strict=True)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How long the alerts' figures took to read, of how many impressions and users."""

    impressions: int
    users: int
    reads: int
    median_ms: float
    worst_ms: float
    differences: int


async def pairs(processes: Processes, count: int, round_s: float) -> list[Pairs]:
    """Return a trial for each batch size; ``count`` pairs of rounds of ``round_s``."""
    async with prepared(processes, OPTIONS) as switched, prepared(processes, []) as plain:
        sides: dict[bool, Ground] = {True: switched, False: plain}
        for ground in sides.values():
            await ground.serve(50, 2, seed=0)
        trials = [Pairs(ids) for ids in IDS]
        for trial in trials:
            for pair in range(count):
                for side in (True, False) if pair % 2 == 0 else (False, True):
                    done = await sides[side].serve(trial.ids, round_s, seed=pair)
                    (trial.switched if side else trial.plain).append(done.rows_per_s)
                    trial.others.append(done.others)
                _say(f"{trial.ids} ids: {trial.switched[-1] / trial.plain[-1]:.3f}")
    return trials


async def counted(processes: Processes, impressions: int, reads: int) -> Counted:
    """Return how long the figures take: rows are inserted with the triggers in place."""
    users = impressions // (POOL // 2)
    async with _database(processes) as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO art_sessions (id, title) SELECT n::text, '' "
                "FROM generate_series(1, %s) AS n",
                (POOL,),
            )
            step = max(1, _MADE_AT_ONCE // (POOL // 2))
            for first in range(0, users, step):
                connection.execute(
                    "INSERT INTO user_art_impressions (user_id, artwork_id) "
                    "SELECT 'u' || u, a::text FROM generate_series(%s::int, %s::int) AS u, "
                    "generate_series(1, (%s + hashtext(u::text) %% %s)) AS a",
                    (first, min(first + step, users) - 1, POOL // 2, POOL // 2),
                )
                _say(f"{first:,} of {users:,} users")
            (rows,) = connection.execute(
                "SELECT count(*) FROM user_art_impressions"
            ).fetchone() or (0,)
            connection.execute("ANALYZE")
            took_ms = []
            for _ in range(reads):
                began = time.perf_counter()
                connection.execute(KPIS.encode()).fetchall()
                took_ms.append((time.perf_counter() - began) * 1000)
            return Counted(
                impressions=int(rows),
                users=users,
                reads=reads,
                median_ms=statistics.median(took_ms),
                worst_ms=max(took_ms),
                differences=len(drift(connection)),
            )


@contextlib.asynccontextmanager
async def _database(processes: Processes) -> AsyncIterator[str]:
    postgres = Postgres(processes, wait_until, processes.scratch("counted"))
    await postgres.start()
    try:
        async with await psycopg.AsyncConnection.connect(postgres.dsn()) as connection:
            await migrate(connection, ("rollups",))
        yield postgres.dsn()
    finally:
        postgres.stop()


def as_markdown(when: str, machine: dict[str, str], trials: list[Pairs], read: Counted) -> str:
    """Return the page."""
    lines = [_line(trial) for trial in trials]
    columns = ("ids a batch:", "plain, rows/s:", "counting, rows/s:", "ratio, median (range):")
    return page(
        f"# What counting costs, {when}",
        "Made by `python -m benchmarks.switches`; every round is in the JSON file beside it.",
        table((*columns, "pairs:", "CPU of others, at most:"), lines),
        f"The same load against two servers, one with `{' '.join(OPTIONS)}`, each on a PostgreSQL\n"
        f"of its own; goal: {GOAL}. CPU that other processes took blurs the ratios.",
        f"Of {read.impressions:,} impressions of {read.users:,} users the alerts' figures\n"
        f"were read {read.reads} times: median {read.median_ms:.2f} ms, at worst "
        f"{read.worst_ms:.2f} ms (goal: {KPI_GOAL_MS:g}).\n"
        f"Compared with a scan, {read.differences} counts differ.",
        facts_table(machine),
    )


def _line(trial: Pairs) -> str:
    ratio = trial.ratio
    cells = (
        f"{trial.ids}",
        f"{spread(trial.plain).median:,.0f}",
        f"{spread(trial.switched).median:,.0f}",
        f"{ratio.median:.3f} ({ratio.least:.3f} to {ratio.greatest:.3f})",
        f"{ratio.n}",
        f"{100 * max(trial.others):.0f} %",
    )
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Return 0 when everything was measured, whatever the figures; 1 when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.switches", description=__doc__)
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--round", type=float, default=5.0, metavar="S")
    parser.add_argument("--impressions", type=int, default=10_000_000)
    parser.add_argument("--dry", action="store_true", help="the results stay as they are")
    arguments = parser.parse_args()
    try:
        with Processes() as processes:
            machine = facts(processes.scratch("fsync"))
            trials = asyncio.run(pairs(processes, arguments.pairs, arguments.round))
            read = asyncio.run(counted(processes, arguments.impressions, 200))
    except HarnessError as error:
        print(f"switches: {error}", file=sys.stderr)
        return 1
    when = utc_stamp()
    text = as_markdown(when, dict(machine), trials, read)
    print(text)
    if not arguments.dry:
        (RESULTS / "switches.md").write_text(text, encoding="utf-8")
        write_json(RESULTS / "switches.json", _as_json(when, dict(machine), trials, read))
    return 0


def _as_json(
    when: str, machine: dict[str, str], trials: list[Pairs], read: Counted
) -> dict[str, Any]:
    return {
        "format": 1,
        "when": when,
        "facts": machine,
        "options": OPTIONS,
        "pairs": [asdict(trial) for trial in trials],
        "counted": asdict(read),
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
