"""How long a command takes and how much memory: ``python -m benchmarks.load.timed RESULT ARGV…``.

A process of its own, so that the largest child that it waited for is the command.
"""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import time
from pathlib import Path

import psutil

from benchmarks.machine import rss_bytes
from harness.core.environment import child_environment
from harness.core.wait import block_until
from harness.ledger.json_files import write_json

LONGEST_S = 1800.0
_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024
"""Of ru_maxrss: bytes on macOS, KiB on Linux (getrusage(2))."""


def main(result: Path, argv: list[str]) -> int:
    """Run the command; write ``seconds``, ``cpu_s`` of it and its children, ``rss_bytes`` (the
    largest process, or all together as sampled, whichever is more) and ``code``."""
    sampled = [0]
    began_s = time.monotonic()
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, env=child_environment()) as child:

        def ended() -> bool:
            with contextlib.suppress(psutil.Error):
                sampled.append(rss_bytes(child.pid))
            return child.poll() is not None

        block_until("the command has ended", ended, timeout_s=LONGEST_S, interval_s=0.05)
    seconds = time.monotonic() - began_s
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    measured = {
        "seconds": seconds,
        "cpu_s": used.ru_utime + used.ru_stime,
        "rss_bytes": max(used.ru_maxrss * _UNIT_BYTES, *sampled),
        "code": child.returncode,
    }
    write_json(result, measured)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
