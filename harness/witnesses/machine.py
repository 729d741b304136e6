"""The machine witness: CPU time, memory and I/O of every process of the run, once a second.

CPU time includes children that ended and were waited for: PostgreSQL starts a process for every
connection, and what one of them used must not vanish with it. (Where the system does not tell,
as on macOS, it does.) Memory is the sum over the family, so what they share counts more than once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping

import psutil

from harness.core.clock import Instant, now
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.machine import MachineRow, ProcessSample

INTERVAL_S = 1.0


class MachineWitness:
    """Samples in a thread; each row is a named process together with its descendants."""

    def __init__(
        self, processes: Callable[[], Mapping[str, int]], witness: WitnessFile[MachineRow]
    ) -> None:
        self._processes = processes
        self._witness = witness
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample_forever, name="machine", daemon=True)

    def start(self) -> None:
        """Start sampling."""
        self._thread.start()

    def stop(self) -> None:
        """Take a last sample and stop."""
        self._stop.set()
        self._thread.join()

    def failure(self) -> str:
        """Return that it samples no longer although it was not stopped; empty while it does."""
        ended = self._thread.ident is not None and not self._thread.is_alive()
        return "its thread ended" if ended and not self._stop.is_set() else ""

    def _sample_forever(self) -> None:
        while True:
            at = now()
            for name, pid in dict(self._processes()).items():
                self._sample(at, name, pid)
            if self._stop.wait(INTERVAL_S):
                return

    def _sample(self, at: Instant, name: str, pid: int) -> None:
        cpu_s, rss, read, written, seen = 0.0, 0, 0, 0, 0
        with contextlib.suppress(psutil.Error):
            family = [psutil.Process(pid)]
            family += family[0].children(recursive=True)
            for process in family:
                with contextlib.suppress(psutil.Error):
                    times = process.cpu_times()
                    cpu_s += times.user + times.system
                    cpu_s += getattr(times, "children_user", 0.0)
                    cpu_s += getattr(times, "children_system", 0.0)
                    rss += process.memory_info().rss
                    seen += 1
                    io = process.io_counters() if hasattr(process, "io_counters") else None
                    if io is not None:
                        read += io.read_bytes
                        written += io.write_bytes
        if seen:
            sample = ProcessSample(
                process=name,
                pid=pid,
                cpu_s=cpu_s,
                rss_bytes=rss,
                read_bytes=read,
                write_bytes=written,
                members=f"{seen} processes",
            )
            self._witness.saw(sample, at=at)
