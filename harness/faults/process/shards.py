"""Buckets move between shards while a load goes on, and a mover dies in the middle of it."""

from __future__ import annotations

import json
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.monitoring.topology import BucketSwitched, TopologyRow
from harness.process.processes import Child, Processes
from harness.target.target import ShardedSite

MOVED_S = 120.0
PROCESS = "mover"


class BucketMover:
    """Runs the target's own mover, and writes down which buckets it says have moved."""

    def __init__(
        self,
        site: ShardedSite,
        processes: Processes,
        logs: Path,
        witness: WitnessFile[TopologyRow],
    ) -> None:
        self._site = site
        self._processes = processes
        self._logs = logs
        self._witness = witness
        self._runs = 0

    def admit_all(self) -> None:
        """Tell the servers of every shard, those that own nothing yet included."""
        beside = self._site.served.with_suffix(".next")
        beside.write_bytes(self._site.every.read_bytes())
        beside.replace(self._site.served)

    async def move(self, source: int, target: int, buckets: list[int]) -> None:
        """Move buckets, shards counted from 1. Raises HarnessError where the mover fails."""
        await self._run(_move(source, target, buckets))

    async def grow(self, shards: int) -> None:
        """Spread all buckets over more shards. Raises HarnessError where the mover fails."""
        await self._run(["grow", "--to", str(shards)])

    async def recover(self) -> None:
        """Put right what a mover that died has left. Raises HarnessError where that fails."""
        await self._run(["recover"])

    async def die_before(self, step: str, source: int, target: int, buckets: list[int]) -> None:
        """Begin to move buckets and kill the mover as it stands before a step."""
        log, child = self._start(["--stand-before", step, *_move(source, target, buckets)])

        def stands() -> bool:
            if child.exit_code is not None:
                raise HarnessError(f"the mover ended before it stood: {child.last_words()}")
            return any(row.get("step") == "stands" for row in _rows(log))

        await wait_until(f"the mover stands before {step}", stands, timeout_s=MOVED_S)
        child.stop(ask_with=signal.SIGKILL)
        self._processes.forget(child.pid)
        self._note(log)

    async def _run(self, words: list[str]) -> None:
        log, child = self._start(words)
        await wait_until(
            f"the mover is done: {words[0]}",
            lambda: child.exit_code is not None,
            timeout_s=MOVED_S,
        )
        self._note(log)
        code = child.exit_code
        self._processes.forget(child.pid)
        if code:
            raise HarnessError(f"the mover failed: {child.last_words()}")

    def _start(self, words: list[str]) -> tuple[Path, Child]:
        self._runs += 1
        log = self._logs / f"mover-{self._runs}.log"
        return log, self._processes.spawn(PROCESS, [*self._site.mover, *words], log=log)

    def _note(self, log: Path) -> None:
        for row in _rows(log):
            if row.get("step") == "switched":
                paused_s = row.get("paused_s")
                self._witness.saw(
                    BucketSwitched(
                        part=PROCESS,
                        bucket=int(row["bucket"]),
                        source=f"shard-{row['source']}",
                        target=f"shard-{row['target']}",
                        epoch=int(row["epoch"]),
                        paused_ns=None if paused_s is None else round(paused_s * 1e9),
                    )
                )


class BucketsMove:
    """Buckets move, and nothing is broken by it: what ``move`` does."""

    disturbs = False

    def __init__(self, name: str, move: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self._move = move
        self._is_done = False

    async def inject(self) -> None:
        """Move them; returns when they have moved and nothing is left behind."""
        await self._move()
        self._is_done = True

    async def heal(self) -> None:
        """Nothing is to be undone."""

    async def evidence(self) -> str:
        """Return that the mover has come to its end."""
        return "the mover has done what it was asked for" if self._is_done else ""


def _move(source: int, target: int, buckets: list[int]) -> list[str]:
    return ["move", "--from", str(source), "--to", str(target), *map(str, buckets)]


def _rows(log: Path) -> list[dict[str, Any]]:
    """Return the rows that a mover printed; other lines of its log are none."""
    found = []
    for line in log.read_text(errors="replace").splitlines() if log.exists() else ():
        if line.startswith("{") and line.endswith("}"):
            found.append(json.loads(line))
    return found
