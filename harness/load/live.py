"""What a load looks like while it runs: one small file, written anew every second.

``load-live.json`` joins what the generators say of the last seconds with the server's queue and
the database's CPU. It is for people who watch; no verdict is made from it, and it goes with the
load.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from hdrh.histogram import HdrHistogram

from harness.core.errors import HarnessError
from harness.ledger.json_files import write_json
from harness.ledger.rundir import LOAD_FILE
from harness.load.generator.task import LIVE_FILE
from harness.load.schedule.workload import Workload
from harness.target.dialect import Dialect
from harness.target.http import batches_in_flight

INTERVAL_S = 1.0
PERCENTILES_OVER_S = 10

_SUMS = ("offered_per_s", "achieved_per_s", "views_per_s", "in_flight", "waiting")
_TOTALS = ("views", "inserted", "failed", "capped", "sent", "scheduled")


class LiveView:
    """Joins the parts of one load."""

    def __init__(
        self,
        directory: Path,
        server_url: str,
        dialect: Dialect,
        server_processes: Mapping[str, int],
        workload: Workload,
    ) -> None:
        self._directory = directory
        self._server_url = server_url
        self._dialect = dialect
        self._processes = server_processes
        self._workload = workload
        self._seen: dict[str, float] = {}
        self._seconds: deque[HdrHistogram] = deque(maxlen=PERCENTILES_OVER_S)
        self._cpu: tuple[float, float] | None = None
        self._due = 0.0

    def says(self, phase: str) -> None:
        """Write what is being done before anything is sent."""
        self._write({"phase": phase})

    async def look(self) -> None:
        """Join the parts, at most once a second."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + INTERVAL_S
        parts = self._parts()
        if not parts:
            return
        self._note_responses(parts)
        elapsed_s = max(part["elapsed_s"] for part in parts)
        joined: dict[str, Any] = {
            name: sum(part[name] for part in parts) for name in (*_SUMS, *_TOTALS)
        }
        joined |= {
            "phase": "sending" if elapsed_s < self._workload.duration_s else "draining",
            "generators": len(parts),
            "elapsed_s": elapsed_s,
            "left_s": max(0.0, self._workload.duration_s - elapsed_s),
            "lag_ms_p99": max(part["lag_ms_p99"] for part in parts),
            "queue": await self._queue(),
            "database_cpu": self._database_cpu(),
            **self._percentiles(),
        }
        self._write(joined)

    def end(self) -> None:
        """Remove the files: what is of worth is in the ledger."""
        for path in [
            *self._directory.glob(LIVE_FILE.format(part="*")),
            self._directory / LOAD_FILE,
        ]:
            path.unlink(missing_ok=True)

    def _write(self, content: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):  # a full disk: the ledger says so, with a reason
            write_json(self._directory / LOAD_FILE, content)

    def _parts(self) -> list[dict[str, Any]]:
        parts = []
        for path in self._directory.glob(LIVE_FILE.format(part="*")):
            with contextlib.suppress(OSError, ValueError):
                parts.append(json.loads(path.read_text(encoding="utf-8")))
        return parts

    def _note_responses(self, parts: list[dict[str, Any]]) -> None:
        second = _empty()
        for part in parts:
            if self._seen.get(part["process"]) != part["elapsed_s"]:
                self._seen[part["process"]] = part["elapsed_s"]
                second.decode_and_add(part["response"])
        self._seconds.append(second)

    def _percentiles(self) -> dict[str, float | None]:
        joined = _empty()
        for second in self._seconds:
            joined.add(second)
        if not joined.get_total_count():
            return {"p50_ms": None, "p95_ms": None, "p99_ms": None}
        return {f"p{p}_ms": joined.get_value_at_percentile(p) / 1000 for p in (50, 95, 99)}

    async def _queue(self) -> int | None:
        """Return how many batches the server has accepted and not answered.

        None when it does not tell.
        """
        if self._dialect.readiness_path:
            with contextlib.suppress(HarnessError):
                return await batches_in_flight(self._dialect, self._server_url, timeout_s=0.5)
        return None

    def _database_cpu(self) -> float | None:
        """Return the share of the machine that PostgreSQL took since the last look (0 … 1)."""
        pid = self._processes.get("postgres")
        if pid is None:
            return None
        used_s, at_s = 0.0, time.monotonic()
        with contextlib.suppress(psutil.Error):
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            for process in family:
                with contextlib.suppress(psutil.Error):
                    times = process.cpu_times()
                    used_s += times.user + times.system
        before, self._cpu = self._cpu, (used_s, at_s)
        if before is None or at_s <= before[1]:
            return None
        share = (used_s - before[0]) / (at_s - before[1]) / (psutil.cpu_count() or 1)
        return max(0.0, share)


def _empty() -> HdrHistogram:
    """Return a histogram like those that the generators send (``harness.load.generator.pulse``)."""
    return HdrHistogram(1, 3_600_000_000, 3)
