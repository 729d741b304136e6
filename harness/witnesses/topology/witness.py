"""The topology witness: asks every engine twice a second what it counts, each in a thread."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

from harness.core.errors import HarnessError
from harness.ledger.files import WitnessFile
from harness.ledger.kinds.monitoring.topology import PartSilent, TopologyRow, TopologyWatched
from harness.target.target import Site
from harness.witnesses.topology.balancer import Balancer
from harness.witnesses.topology.broker import WatchedBroker
from harness.witnesses.topology.pooler import Pooler
from harness.witnesses.topology.replica import WatchedReplica
from harness.witnesses.topology.shard import shards_of

INTERVAL_S = 0.5


class WatchedEngine(Protocol):
    """An engine that can be asked; ``part`` is its name, ``process`` that of its process."""

    part: str
    process: str

    def look(self, pid: int) -> Sequence[TopologyRow]:
        """Return what its process counts now. Raises OSError where it does not say."""


def engines_of(site: Site) -> list[WatchedEngine]:
    """Return the engines of a site that can be asked."""
    found: list[WatchedEngine] = []
    if site.balancer_socket is not None:
        found.append(Balancer(site.balancer_socket))
    if site.pooler_console:
        found.append(Pooler(site.pooler_console))
    if site.replica_dsn:
        found.append(WatchedReplica(site.replica_dsn, site.dsn))
    if site.queue is not None:
        found.append(WatchedBroker(site.queue.metrics_url))
    found += shards_of(site.shards.dsns) if site.shards else []
    return found


class TopologyWitness:
    """Watches from ``start`` to ``stop``; one engine that stands still does not hold up another."""

    def __init__(
        self,
        engines: Sequence[WatchedEngine],
        processes: Mapping[str, int],
        witness: WitnessFile[TopologyRow],
    ) -> None:
        """``processes`` maps names to process ids, as they are now."""
        self._processes = processes
        self._witness = witness
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._watch, args=(one,), name=one.part, daemon=True)
            for one in engines
        ]

    def start(self) -> None:
        """Start watching."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take a last look at each, and stop."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def failure(self) -> str:
        """Return that a thread ended although it was not stopped; empty while they go on."""
        ended = [one.name for one in self._threads if one.ident is not None and not one.is_alive()]
        return f"{ended[0]}: its thread ended" if ended and not self._stop.is_set() else ""

    def _watch(self, engine: WatchedEngine) -> None:
        looks, silent = 0, ""
        try:
            last = False
            while not last:
                last = self._stop.wait(INTERVAL_S)
                pid = self._processes.get(engine.process, 0)
                try:
                    rows = engine.look(pid) if pid else _gone()
                except OSError as error:
                    why = str(error) or type(error).__name__
                    if why != silent:  # once, not twice a second
                        silent = why
                        self._witness.saw(PartSilent(part=engine.part, why=why))
                    continue
                if self._processes.get(engine.process, 0) != pid:
                    continue  # started again meanwhile: whose numbers they are is not known
                looks, silent = looks + 1, ""
                for row in rows:
                    self._witness.saw(row)
            self._witness.saw(TopologyWatched(part=engine.part, looks=looks))
        except HarnessError:  # a full disk: the ledger's flusher says so
            return


def _gone() -> Sequence[TopologyRow]:
    raise OSError("its process is gone")
