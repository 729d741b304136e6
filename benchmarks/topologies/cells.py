"""One load on one topology, as a stored suite holds it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness.target.reference.topologies import FACTOR, SINGLE
from reports.judging.figures.engines import ENGINE_MEASURES

MEASURES = (
    *("load_response_p50_ms", "load_response_p95_ms", "shown_to_durable_p95_ms"),
    *("wire_per_impression_bytes", "wal_per_impression_bytes", "shown_impressions"),
    *ENGINE_MEASURES,
)
"""What is kept of a cell's measures."""


class TopologyCell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that sent a load. ``arm`` is without its topology; ``when`` is its suite's name."""

    topology: str
    scenario: str
    arm: str
    seed: int
    when: str
    verdict: str
    measures: dict[str, float]

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Return what tells the cell from all others; a later one of the same replaces it."""
        return self.scenario, self.arm, self.topology, self.seed


def cells_in(suite: Path) -> Iterator[TopologyCell]:
    """Yield the cells of a suite's directory whose engines were measured under a load."""
    verdict = json.loads((suite / "verdict.json").read_text(encoding="utf-8"))
    for cell in verdict["cells"]:
        levels = dict(pair.partition("=")[::2] for pair in cell["arm"].split(","))
        measures = {name: cell["measures"].get(name) for name in MEASURES}
        known = {name: float(value) for name, value in measures.items() if value is not None}
        if "system_cpu_per_impression_ms" not in known:
            continue
        topology = levels.pop(FACTOR, SINGLE)
        yield TopologyCell(
            topology=topology,
            scenario=cell["scenario"],
            arm=",".join(f"{name}={level}" for name, level in levels.items()),
            seed=cell["seed"],
            when=suite.resolve().name,
            verdict=cell["verdict"],
            measures=known,
        )
