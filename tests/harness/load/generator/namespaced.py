"""One master and three workers, each worker in a network namespace of its own.

Run by test_worker.py behind ``unshare``: it is root of a network of its own there, a bridge
that nothing else is on. Takes a directory, and ``kill`` or ``keep``; prints what it did as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from harness.load.child import run_locust, spawn_worker
from harness.load.generator.task import LIVE_FILE
from harness.process.processes import Child, Processes
from tests.harness.load.generator.target import LONGER, plan_for, target

BRIDGE, HERE, PORT = "lbr0", "10.91.0.1", 5557
WORKERS = 3


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def build() -> None:
    """Make a bridge, and a namespace behind it for every worker."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    ip("link", "set", "lo", "up")
    ip("link", "add", BRIDGE, "type", "bridge")
    ip("addr", "add", f"{HERE}/24", "dev", BRIDGE)
    ip("link", "set", BRIDGE, "up")
    for number in range(1, WORKERS + 1):
        name = f"w{number}"
        ip("netns", "add", name)
        ip("link", "add", f"v{number}", "type", "veth", "peer", "name", "e0", "netns", name)
        ip("link", "set", f"v{number}", "master", BRIDGE, "up")
        ip("-n", name, "addr", "add", f"10.91.0.{10 + number}/24", "dev", "e0")
        ip("-n", name, "link", "set", "e0", "up")


def start_workers(processes: Processes, logs: Path) -> list[Child]:
    workers = []
    for number in range(1, WORKERS + 1):

        def wrap(argv: Sequence[str], name: str = f"w{number}") -> list[str]:
            return ["ip", "netns", "exec", name, *argv]

        log = logs / f"worker-{number}.log"
        workers.append(spawn_worker(processes.inside(wrap), HERE, PORT, log=log))
    return workers


async def load(directory: Path, *, kill: bool) -> dict[str, object]:
    with Processes() as processes:
        workers = start_workers(processes, directory / "logs")
        killed = 0

        async def watch() -> None:
            nonlocal killed
            begun = (directory / LIVE_FILE.format(part=WORKERS - 1)).exists()
            if kill and begun and not killed:
                killed = workers[0].pid
                workers[0].stop(grace_s=0)

        async with target(lambda: (200, ""), HERE) as good:
            plan = plan_for(directory, good.url, LONGER, workers=WORKERS, master=f"{HERE}:{PORT}")
            sending = await run_locust(processes, plan, watch)
        return {
            "sending": asdict(sending),
            "killed": bool(killed),
            "arrived": [[*impression, count] for impression, count in good.arrived.items()],
        }


if __name__ == "__main__":
    build()
    report = asyncio.run(load(Path(sys.argv[1]), kill=sys.argv[2] == "kill"))
    print(json.dumps(report))
