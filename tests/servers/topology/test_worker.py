"""A process of workers: ready by its file, started anew under its name, and its last words."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.core.wait import wait_until
from servers.topology.spawning import NotReady
from servers.topology.worker import WorkerProcess
from tests.servers.spawner import TestSpawner

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]
WORKS = """
import json, os, pathlib, sys, time
words = dict(zip(sys.argv[1::2], sys.argv[2::2]))
ready = pathlib.Path(words["--ready-file"])
part = ready.with_name("part")
part.write_text(json.dumps({"word": os.environ["WORD"], "again": words.get("--again", "")}))
part.replace(ready)
time.sleep(60)
"""


class Worker(WorkerProcess):
    process, takes = "some-worker", "work"
    word: Mapping[str, Any] = {}

    def more_arguments(self) -> Sequence[str]:
        return ["--again", "yes"] if self.word else []

    def is_up(self, word: Mapping[str, Any]) -> None:
        self.word = word


def worker(program: str, spawner: TestSpawner, logs: Path, running: dict[str, int]) -> Worker:
    argv = [sys.executable, "-c", program]
    return Worker("w-1", argv, {"WORD": "secret"}, spawner, wait_until, logs, running)


async def test_it_is_killed_and_comes_back_under_its_name(tmp_path: Path) -> None:
    running: dict[str, int] = {}
    with TestSpawner() as spawner:
        one = worker(WORKS, spawner, tmp_path, running)
        assert one.pid == 0
        await one.start()
        await one.start()
        assert (running, one.word) == ({"w-1": one.pid}, {"word": "secret", "again": ""})
        assert "secret" not in " ".join(psutil.Process(one.pid).cmdline())
        before = one.pid
        await one.kill()
        assert (running, one.pid, psutil.pid_exists(before)) == ({}, 0, False)
        await one.start()
        assert one.word == {"word": "secret", "again": "yes"}
        one.stop()
        one.stop()
        assert running == {}


async def test_one_that_ends_at_once_says_why(tmp_path: Path) -> None:
    with TestSpawner() as spawner:
        one = worker("import sys; sys.exit('no queue here')", spawner, tmp_path, {})
        with pytest.raises(NotReady, match="w-1 ended at once: no queue here"):
            await one.start()
