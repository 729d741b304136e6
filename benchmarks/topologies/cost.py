"""What a topology costs a month: measured CPU, memory and bytes, at prices that are assumed.

The roadmap's own table (7.3) names sums and no quantities. Here the quantities are measured, and
every assumption is a field.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.topologies.cells import TopologyCell

GROUPS: Mapping[str, tuple[str, ...]] = {
    "database": ("databases", "replica", "pooler"),
    "servers": ("servers", "balancer", "queue_workers"),
    "queue": ("broker",),
}
"""Bought of the roadmap's table → the engines in it."""
ROADMAP: Mapping[str, float] = {"database": 500.0, "servers": 200.0, "queue": 100.0}
"""The roadmap's dollars a month for 10,000 users; object storage, 50 more, is not measured here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What is not measured: how much comes, how full machines may be, and prices in dollars a
    month. ``average_share`` is the mean rate as a share of the peak, ``rows`` how many are kept,
    ``row_bytes`` with its indexes, ``log_days`` for how long PostgreSQL's log is kept for a
    restore, ``managed`` what a managed database or queue costs for each dollar of its machine."""

    peak_per_s: float = 100_000 / 60
    average_share: float = 0.1
    busy: float = 0.6
    memory_headroom: float = 2.0
    vcpu: float = 25.0
    gib: float = 3.5
    disk_gb: float = 0.12
    rows: float = 20e6
    row_bytes: float = 290.0
    log_days: float = 7.0
    managed: float = 2.0
    least_vcpu: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """One line of the table: what is bought, and for how much a month. ``disk_gb`` is None where it
    is not known, and then not in ``dollars``."""

    vcpus: float
    gib: float
    disk_gb: float | None
    dollars: float


def lines(cell: TopologyCell, assumed: Assumptions) -> dict[str, Bought]:
    """Return each line of the roadmap's table, by its name; one without an engine is left out."""
    found = {}
    for group, engines in GROUPS.items():
        bought = [_engine(cell, name, assumed) for name in engines if _has(cell, name)]
        if not bought:
            continue
        disk_gb = _disk_gb(cell, assumed) if group == "database" else 0.0
        vcpus, gib = (sum(values) for values in zip(*bought, strict=True))
        machine = vcpus * assumed.vcpu + gib * assumed.gib
        factor = 1.0 if group == "servers" else assumed.managed
        found[group] = Bought(
            vcpus=vcpus,
            gib=gib,
            disk_gb=disk_gb,
            dollars=factor * machine + (disk_gb or 0.0) * assumed.disk_gb,
        )
    return found


def _has(cell: TopologyCell, engine: str) -> bool:
    return f"{engine}_cpu_per_impression_ms" in cell.measures


def _engine(cell: TopologyCell, engine: str, assumed: Assumptions) -> tuple[float, float]:
    """Return the virtual CPUs, in halves, and the GiB of memory of an engine at the peak."""
    cpu_s = cell.measures[f"{engine}_cpu_per_impression_ms"] / 1000
    cores = cpu_s * assumed.peak_per_s / assumed.busy
    vcpus = max(assumed.least_vcpu, math.ceil(2 * cores) / 2)
    mib = cell.measures[f"{engine}_memory_peak_mib"] * assumed.memory_headroom
    return vcpus, mib / 1024


def _disk_gb(cell: TopologyCell, assumed: Assumptions) -> float | None:
    """Return the disk of a database and its replica, with the log that is kept for a restore; None
    where the log was not measured, as of several databases it is not."""
    if "wal_per_impression_bytes" not in cell.measures:
        return None
    copies = 2 if _has(cell, "replica") else 1
    a_day = assumed.peak_per_s * assumed.average_share * 86_400
    log = cell.measures["wal_per_impression_bytes"] * a_day * assumed.log_days
    return (assumed.rows * assumed.row_bytes * copies + log) / 1e9
