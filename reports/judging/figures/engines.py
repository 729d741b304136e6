"""What each engine of a topology costs: CPU an impression, and memory, a group of processes each.

An engine may be several processes, and is started again where a fault asks for it; what it used is
added up. The harness's own processes are none of the system's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from reports.evidence.frame import LedgerFrames
from reports.evidence.resources import Series, grown, impressions_by, load_span_s

ENGINES: Mapping[str, re.Pattern[str]] = {
    "balancer": re.compile("haproxy"),
    "servers": re.compile(r"ingest(-\d+)?"),
    "broker": re.compile("rabbitmq|epmd"),
    "queue_workers": re.compile(r"queue-worker-\d+"),
    "pooler": re.compile("pgbouncer"),
    "databases": re.compile(r"postgres|shard-\d+"),
    "replica": re.compile("replica"),
}
"""Engine → the names under which its processes are watched."""
SYSTEM = "system"
"""All of them together."""

ENGINE_MEASURES = tuple(
    f"{name}_{figure}"
    for name in (*ENGINES, SYSTEM)
    for figure in ("cpu_per_impression_ms", "memory_peak_mib")
)
"""Every figure of an engine that a run can have, by name."""


def engine_measures(ledger: LedgerFrames) -> dict[str, float]:
    """Return the figures of a run's engines by name, unit last; those of engines that it lacks are
    left out, and all of them where nothing was acknowledged to a load."""
    if ledger.load.empty:
        return {}
    impressions = float(impressions_by(ledger, np.array([np.inf]))[0])
    if not impressions:
        return {}
    cpu_s: dict[str, float] = {}
    memory: dict[str, float] = {}
    for process in sorted(set(ledger.machine["process"].astype(str))):
        engine = next((name for name, own in ENGINES.items() if own.fullmatch(process)), "")
        samples = ledger.machine[ledger.machine["process"] == process].sort_values("mono_ns")
        at_s = ledger.seconds(samples["mono_ns"]).to_numpy(dtype=float)
        used = Series(at_s, samples["cpu_s"].to_numpy(dtype=float))
        spent = grown(used, load_span_s(ledger))
        if engine and spent is not None:
            cpu_s[engine] = cpu_s.get(engine, 0.0) + spent
            memory[engine] = memory.get(engine, 0.0) + float(samples["rss_bytes"].max())
    if not cpu_s:
        return {}
    cpu_s[SYSTEM], memory[SYSTEM] = sum(cpu_s.values()), sum(memory.values())
    return {
        **{f"{name}_cpu_per_impression_ms": 1000 * s / impressions for name, s in cpu_s.items()},
        **{f"{name}_memory_peak_mib": held / 2**20 for name, held in memory.items()},
    }
