"""What is measured becomes machines, disks and dollars, at prices that are named."""

from __future__ import annotations

import pytest

from benchmarks.topologies.cost import Assumptions, Bought, lines
from tests.benchmarks.topologies.figures import cell

ROUND = Assumptions(
    peak_per_s=1000, average_share=0.1, vcpu=10, gib=1, disk_gb=1, rows=1e9, row_bytes=100
)


def test_a_line_is_its_machine_and_its_disk() -> None:
    """0.36 ms an impression and 1,000 a second are 0.6 cores when all are 60 % busy."""
    found = lines(cell(), ROUND)
    assert found["servers"] == Bought(vcpus=1.0, gib=1.0, disk_gb=0.0, dollars=11.0)
    disk_gb = 100 + 500 * 100 * 86_400 * 7 / 1e9
    assert found["database"].vcpus == 1.0
    assert found["database"].disk_gb == pytest.approx(disk_gb)
    assert found["database"].dollars == pytest.approx(2 * (10 + 1) + disk_gb)
    assert "queue" not in found


def test_an_engine_takes_half_a_processor_at_least_and_is_managed_where_it_holds_data() -> None:
    broker = {"broker_cpu_per_impression_ms": 0.001, "broker_memory_peak_mib": 512.0}
    assert lines(cell("queued", **broker), ROUND)["queue"] == Bought(
        vcpus=0.5, gib=1.0, disk_gb=0.0, dollars=12.0
    )


def test_a_log_that_was_not_measured_is_not_taken_for_none() -> None:
    shards = cell("sharded")
    del shards.measures["wal_per_impression_bytes"]
    assert lines(shards, ROUND)["database"] == Bought(
        vcpus=1.0, gib=1.0, disk_gb=None, dollars=22.0
    )


def test_a_replica_holds_the_rows_once_more() -> None:
    replica = {"replica_cpu_per_impression_ms": 0.1, "replica_memory_peak_mib": 512.0}
    one, two = lines(cell(), ROUND), lines(cell("full", **replica), ROUND)
    assert one["database"].disk_gb is not None
    assert two["database"].disk_gb == pytest.approx(one["database"].disk_gb + 100)
    assert two["database"].vcpus == 1.5
