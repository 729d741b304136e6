"""``python -m benchmarks.monitoring.killed_counts``: do the counts of users survive kills?

Batches are sent to a server that keeps count, over HTTP, and while they are under way the server
and PostgreSQL are killed, in turns, and started again. In the end every count is compared with a
scan.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import aiohttp
import psycopg

from benchmarks.machine import facts
from harness.compose.monitoring import KEEPS_COUNT
from harness.core.clock import pause, seeded_random, utc_stamp
from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.json_files import write_json
from harness.process.processes import Processes
from harness.target.dialect import Session
from harness.target.http import send
from harness.target.reference.dialect import ReferenceDialect
from harness.target.sign_in import sign_in
from servers.ingest.storage.rollups import drift
from servers.topology.single import Stack, StackOptions

RESULTS = Path(__file__).parents[1] / "results" / "killed-counts.json"
CLIENTS, IDS, USERS, POOL = 8, 200, 200, 10_000
VICTIMS = ("server", "database")
AGAIN_S = 0.05
LIMIT_S = 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KilledCounts:
    """What was stored meanwhile, and how many counts differ from a scan at the end."""

    rows: int
    users: int
    batches_answered: int
    batches_unanswered: int
    server_kills: int
    database_kills: int
    differences: int
    seconds: float


class _Clients:
    """Sends batches of random ids of the pool until the table has enough rows."""

    def __init__(self, url: str, sessions: Sequence[Session], seed: int) -> None:
        self._url = url
        self._dialect = ReferenceDialect()
        self._sessions = sessions
        self._random = seeded_random(seed, "killed counts")
        self.answered = self.unanswered = 0
        self.is_over = False

    async def run(self) -> None:
        """Send with all clients at the same time, until it is over."""
        timeout = aiohttp.ClientTimeout(total=30)
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(cookie_jar=jar, timeout=timeout) as http:
            await asyncio.gather(*(self._client(http) for _ in range(CLIENTS)))

    async def _client(self, http: aiohttp.ClientSession) -> None:
        while not self.is_over:
            user = self._random.randrange(len(self._sessions))
            numbers = self._random.sample(range(1, POOL + 1), IDS)
            artworks = [self._dialect.artwork_id(number) for number in numbers]
            request = self._dialect.batch_request(artworks, f"tab-{user}")
            headers = {**request.headers, **self._sessions[user].headers}
            request = replace(request, headers=headers)
            reply = await send(http, self._url, request)
            if reply.status == 200:
                self.answered += 1
            else:
                self.unanswered += 1
                await pause(AGAIN_S)


async def killed_counts(
    processes: Processes, directory: Path, *, rows: int, kills: int, seed: int = 1
) -> KilledCounts:
    """Store at least ``rows`` rows and kill each of server and database ``kills`` times meanwhile.

    Kills are spread evenly over the rows. Raises HarnessError when the rows do not come.
    """
    options = StackOptions(server_arguments=KEEPS_COUNT, pool=POOL, seed=seed)
    began_s = time.monotonic()
    async with Stack(options, processes, wait_until, directory) as stack:
        names = [f"counted-{number}" for number in range(USERS)]
        sessions = [await sign_in(ReferenceDialect(), stack.direct_url, name) for name in names]
        clients = _Clients(stack.direct_url, sessions, seed)
        sending = asyncio.create_task(clients.run())
        try:
            for number in range(2 * kills):
                await _until_stored(stack, (number + 1) * rows // (2 * kills + 1))
                part = stack.parts[VICTIMS[number % 2]]
                await part.stop(killed=True)
                await part.start()
                print(f"{part.name} killed, {clients.answered:,} batches", file=sys.stderr)
            await _until_stored(stack, rows)
        finally:
            clients.is_over = True
            await sending
        with psycopg.connect(stack.dsn) as connection:
            found = drift(connection)
            stored = connection.execute("SELECT count(*) FROM user_art_impressions").fetchone()
    return KilledCounts(
        rows=int((stored or (0,))[0]),
        users=USERS,
        batches_answered=clients.answered,
        batches_unanswered=clients.unanswered,
        server_kills=kills,
        database_kills=kills,
        differences=len(found),
        seconds=round(time.monotonic() - began_s, 1),
    )


async def _until_stored(stack: Stack, rows: int) -> None:
    async def are_stored() -> bool:
        def ask() -> bool:
            with psycopg.connect(stack.dsn) as connection:
                row = connection.execute("SELECT count(*) FROM user_art_impressions").fetchone()
                return row is not None and row[0] >= rows

        return await asyncio.to_thread(ask)

    await wait_until(f"{rows:,} rows are stored", are_stored, timeout_s=LIMIT_S)


def main() -> int:
    """Return 0 when no count differs, 1 when one does or it could not be tried."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.monitoring.killed_counts", description=__doc__
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=5, help="of the server and of the database")
    parser.add_argument("--dry", action="store_true", help="the results stay as they are")
    arguments = parser.parse_args()
    try:
        with Processes() as processes:
            machine = facts(processes.scratch("fsync"))
            found = asyncio.run(
                killed_counts(
                    processes,
                    processes.scratch("killed-counts"),
                    rows=arguments.rows,
                    kills=arguments.kills,
                )
            )
    except HarnessError as error:
        print(f"killed_counts: {error}", file=sys.stderr)
        return 1
    print(found)
    if not arguments.dry:
        result = {"format": 1, "when": utc_stamp(), "facts": machine, "found": asdict(found)}
        write_json(RESULTS, result)
    return 1 if found.differences else 0


if __name__ == "__main__":
    sys.exit(main())
