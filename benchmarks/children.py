"""Programs that are run to their end and must succeed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.core.errors import HarnessError
from harness.core.wait import wait_until
from harness.process.processes import Processes


async def finished(
    processes: Processes,
    name: str,
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout_s: float = 600.0,
    may_end_with: tuple[int, ...] = (0,),
) -> str:
    """Run a program to its end and return its output.

    Raises HarnessError with its last words when it ended otherwise, or not in time.
    """
    log.unlink(missing_ok=True)
    child = processes.spawn(name, argv, log=log, env=env, cwd=cwd)
    try:
        await wait_until(
            f"{name} has ended",
            lambda: child.exit_code is not None,
            timeout_s=timeout_s,
            interval_s=0.1,
        )
    finally:
        child.stop()
        processes.forget(child.pid)
    if child.exit_code not in may_end_with:
        raise HarnessError(f"{name} ended with {child.exit_code}: {child.last_words(lines=20)}")
    return log.read_text(errors="replace")
