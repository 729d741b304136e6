"""Cells of loads, hand-written."""

from __future__ import annotations

from benchmarks.topologies.cells import TopologyCell

MEASURED = {
    "load_response_p50_ms": 5.0,
    "load_response_p95_ms": 20.0,
    "shown_to_durable_p95_ms": 2500.0,
    "wal_per_impression_bytes": 500.0,
    "system_cpu_per_impression_ms": 0.9,
    "system_memory_peak_mib": 1024.0,
    "servers_cpu_per_impression_ms": 0.36,
    "servers_memory_peak_mib": 512.0,
    "databases_cpu_per_impression_ms": 0.54,
    "databases_memory_peak_mib": 512.0,
}


def cell(topology: str = "single", **more: float) -> TopologyCell:
    return TopologyCell(
        topology=topology,
        scenario="paced_load",
        arm="workload=steady",
        seed=1,
        when="a-suite",
        verdict="pass",
        measures={**MEASURED, **more},
    )
