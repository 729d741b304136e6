"""The server that does nothing, as a child for one block."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.load.tools import Bench
from harness.core.wait import wait_until
from harness.ledger.json_files import read_json


@asynccontextmanager
async def responder(
    bench: Bench, *, stall_s: float = 0.0, period_s: float = 0.0
) -> AsyncIterator[str]:
    """Yield the URL of a responder that stalls so long in every period."""
    room = bench.room("responder")
    ready = room / "ready.json"
    argv = [sys.executable, "-m", "benchmarks.load.responder", str(ready)]
    argv += ["--stall-s", f"{stall_s:g}", "--period-s", f"{period_s:g}"]
    child = bench.processes.spawn("responder", argv, log=room / "responder.log")
    try:
        await wait_until("the responder is ready", ready.exists, timeout_s=20)
        yield f"http://127.0.0.1:{read_json(ready)['port']}"
    finally:
        child.stop()
        bench.processes.forget(child.pid)
