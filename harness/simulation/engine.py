"""One Node process with the world in it, asked over a pipe: an order a line, answers in JSON.

Orders are short, so that a process whose harness is gone ends by itself within a moment: its input
is closed then.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.core.environment import child_environment
from harness.core.errors import HarnessError
from harness.simulation.node import find_node

WORLD = Path(__file__).parent / "world" / "main.js"
_FLAGS = ("--allow-natives-syntax", "--max-semi-space-size=32")
"""The first lets the world run microtasks when a callback ends, as a browser does."""

DISKS_AGREE = "disks_agree"
"""The check that fails where a walk differs on fake-indexeddb and on the world's own disk."""

Progress = Callable[[int], None]
"""Receives how many walks of an order have been walked."""


class Engine:
    """Walks walks in one process; a context manager. Not safe to share between threads.

    Every method raises HarnessError when the process ends or the recorder's scripts do not load.
    """

    def __init__(self, sources: Mapping[str, str], *, indexeddb: Path | None = None) -> None:
        """``sources``: file of the page → its text. Raises MissingPart without Node.js.

        ``indexeddb``: the folder of fake-indexeddb; each walk is walked on it and on the world's
        own disk, and the finding ``disks_agree`` says where the two differ.
        """
        self._sources = dict(sources)
        self._indexeddb = str(indexeddb.absolute()) if indexeddb else ""
        self._node = str(find_node())
        self._process: subprocess.Popen[str] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process

    def __enter__(self) -> Engine:
        self._process = subprocess.Popen(
            [self._node, *_FLAGS, str(WORLD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
            env=child_environment(),
            start_new_session=True,  # Ctrl-C is the harness's to handle
        )
        try:
            self._ask("load", sources=self._sources, indexeddb=self._indexeddb)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def kill(self) -> None:
        """End the process, from any thread; an order that it carries out raises HarnessError."""
        if self._process is not None:
            self._process.kill()

    def _close(self) -> None:
        assert self._process is not None
        self._process.kill()
        with contextlib.suppress(OSError):  # what was not written any more
            self._process.communicate()
        self._errors.close()

    def many(
        self,
        *,
        seed: int,
        first: int,
        count: int,
        preset: str,
        progress: Progress = lambda walks: None,
    ) -> dict[str, Any]:
        """Draw and walk walks ``first`` … of a seed; return what came of them (main.js)."""
        order = {"seed": seed, "first": first, "count": count, "preset": preset}
        found: dict[str, Any] = self._ask("many", progress, **order)
        return found

    def draw(self, *, seed: int, first: int, count: int, preset: str) -> list[dict[str, Any]]:
        """Return walks of a seed without walking them."""
        found: list[dict[str, Any]] = self._ask(
            "draw", seed=seed, first=first, count=count, preset=preset
        )
        return found

    def walk(
        self, walk: Mapping[str, Any], *, lucks: Sequence[int] = (0,), rows: bool = False
    ) -> dict[str, Any]:
        """Walk a walk with each luck until it fails; return what came of the last.

        ``rows``: with everything that the witnesses saw.
        """
        found: dict[str, Any] = self._ask("walk", walk=walk, lucks=list(lucks), rows=rows)
        return found

    def _ask(self, order: str, progress: Progress = lambda walks: None, **content: Any) -> Any:
        assert self._process is not None
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(json.dumps({"order": order, **content}) + "\n")
            self._process.stdin.flush()
            while line := self._process.stdout.readline():
                answer = json.loads(line)
                if "done" in answer:
                    return answer["done"]
                if "trouble" in answer:
                    raise HarnessError(f"the simulation cannot {order}: {answer['trouble']}")
                progress(answer["progress"])
        except (OSError, ValueError) as error:
            raise HarnessError(f"the simulation broke: {self._last_words() or error}") from error
        raise HarnessError(f"the simulation ended: {self._last_words()}")

    def _last_words(self) -> str:
        self._errors.seek(0)
        text = self._errors.read().decode("utf-8", "replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return next((line for line in lines if "Error" in line), " | ".join(lines[-3:]))
