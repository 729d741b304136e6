"""Many walks on several processes, chunk by chunk, until they are walked or one has failed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import HarnessError
from harness.simulation.engine import Engine
from harness.simulation.tally import Tally

CHUNK = 500
"""Walks of one order: a second or less, after which a process sees that it is no longer needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Which walks: numbers ``first`` … of a seed, by a recorder with these sources.

    ``until_failing``: no more once a walk has failed; ``chunk`` is how many walks an order has;
    ``indexeddb`` is the folder of fake-indexeddb where every walk is compared on it.
    """

    sources: Mapping[str, str]
    seed: int
    walks: int
    first: int = 0
    preset: str = "durable"
    processes: int = 1
    until_failing: bool = False
    indexeddb: Path | None = None
    chunk: int = CHUNK


@dataclass(slots=True)
class Simulated:
    """What came of a campaign, and whether it was interrupted before its end."""

    tally: Tally
    interrupted: bool = False


def simulate(
    campaign: Campaign, progress: Callable[[Tally], None] = lambda tally: None
) -> Simulated:
    """Walk all walks of a campaign; ``progress`` is called after each chunk.

    Ctrl-C ends it, and what was walked is returned. Raises HarnessError when a process breaks.
    """
    simulated = Simulated(Tally())
    chunks: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
    end = campaign.first + campaign.walks
    numbers = list(range(campaign.first, end, campaign.chunk))
    for number in numbers:
        chunks.put((number, min(campaign.chunk, end - number)))
    parts: queue.SimpleQueue[dict[str, Any] | HarnessError] = queue.SimpleQueue()
    with ExitStack() as stack:
        count = max(1, min(campaign.processes, len(numbers)))
        engines = [
            stack.enter_context(Engine(campaign.sources, indexeddb=campaign.indexeddb))
            for _ in range(count)
        ]
        threads = [
            threading.Thread(target=_walk_chunks, args=(one, campaign, chunks, parts), daemon=True)
            for one in engines
        ]
        try:
            for thread in threads:
                thread.start()
            for _ in numbers:
                part = parts.get()
                if isinstance(part, HarnessError):
                    raise part
                simulated.tally.add(part)
                progress(simulated.tally)
                if campaign.until_failing and simulated.tally.checks:
                    break
        except KeyboardInterrupt:
            simulated.interrupted = True
        finally:
            _empty(chunks)
            for engine in engines:
                engine.kill()
            for thread in threads:
                thread.join()
    simulated.tally.judge_pauses()
    return simulated


def _walk_chunks(
    engine: Engine,
    campaign: Campaign,
    chunks: queue.SimpleQueue[tuple[int, int]],
    parts: queue.SimpleQueue[dict[str, Any] | HarnessError],
) -> None:
    while not chunks.empty():
        try:
            first, count = chunks.get_nowait()
            parts.put(
                engine.many(seed=campaign.seed, first=first, count=count, preset=campaign.preset)
            )
        except queue.Empty:
            return
        except HarnessError as error:
            parts.put(error)
            return


def _empty(chunks: queue.SimpleQueue[tuple[int, int]]) -> None:
    try:
        while True:
            chunks.get_nowait()
    except queue.Empty:
        return
