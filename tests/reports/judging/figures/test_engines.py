"""What an engine's processes used is added up, for each impression that was acknowledged."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ledger.kinds.machine import ProcessSample
from reports.evidence.frame import read_ledger
from reports.judging.figures.engines import ENGINE_MEASURES, engine_measures
from tests.reports.ledgers import HandWritten, lived

MIB = 2**20


def used(ledger: HandWritten, process: str, *cpu_s: float, mib: int = 1, pid: int = 7) -> None:
    """A process is seen at 0, 10, 20 … s with so much CPU time used."""
    for number, seconds in enumerate(cpu_s):
        ledger.saw(10.0 * number, sample(process, seconds, mib=mib, pid=pid))


def sample(process: str, cpu_s: float, *, mib: int, pid: int) -> ProcessSample:
    return ProcessSample(
        process=process, pid=pid, cpu_s=cpu_s, rss_bytes=mib * MIB, read_bytes=0, write_bytes=0
    )


def loaded() -> HandWritten:
    """Return a run in which a load was acknowledged one impression, from 1 to 9 s."""
    ledger = lived()
    ledger.sent(1.0, took_ms=8000.0)
    return ledger


def test_processes_of_one_engine_are_added_up_and_the_harness_s_are_none(tmp_path: Path) -> None:
    ledger = loaded()
    used(ledger, "ingest-1", 1.0, 1.5, mib=100)
    used(ledger, "ingest-2", 9.0, 9.25, mib=50)
    used(ledger, "haproxy", 0.0, 0.125, mib=10)
    used(ledger, "shard-1", 0.0, 0.5, mib=20)
    used(ledger, "shard-2", 0.0, 0.5, mib=20)
    used(ledger, "generator-0", 0.0, 99.0, mib=999)
    used(ledger, "toxiproxy", 0.0, 99.0, mib=999)
    found = engine_measures(read_ledger(ledger.write(tmp_path)))
    assert found == {
        "servers_cpu_per_impression_ms": pytest.approx(750.0),
        "servers_memory_peak_mib": 150.0,
        "balancer_cpu_per_impression_ms": pytest.approx(125.0),
        "balancer_memory_peak_mib": 10.0,
        "databases_cpu_per_impression_ms": pytest.approx(1000.0),
        "databases_memory_peak_mib": 40.0,
        "system_cpu_per_impression_ms": pytest.approx(1875.0),
        "system_memory_peak_mib": 200.0,
    }
    assert found.keys() <= {*ENGINE_MEASURES}


def test_a_process_that_was_seen_once_says_nothing(tmp_path: Path) -> None:
    ledger = loaded()
    used(ledger, "rabbitmq", 1.0)
    assert engine_measures(read_ledger(ledger.write(tmp_path))) == {}


def test_without_a_load_there_is_nothing_to_divide_by(tmp_path: Path) -> None:
    ledger = lived()
    used(ledger, "postgres", 0.0, 1.0)
    assert engine_measures(read_ledger(ledger.write(tmp_path))) == {}
