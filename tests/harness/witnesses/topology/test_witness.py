"""The topology witness writes what each engine says, once that one is silent, and its end."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from harness.core.errors import HarnessError
from harness.core.wait import block_until
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import TOPOLOGY
from harness.ledger.kinds.monitoring.topology import PoolerState, TopologyRow
from harness.target.target import QueueAccess
from harness.witnesses.topology.witness import TopologyWitness, engines_of
from tests.harness.fake_run import site

PROCESSES = {"pooler": 7, "balancer": 8}


class Fake:
    """An engine that is silent now and then, or breaks."""

    def __init__(self, part: str = "pooler") -> None:
        self.part = self.process = part
        self.looks = self.asked = 0
        self.silent = False
        self.broken = False
        self.waits = threading.Event()
        self.waits.set()

    def look(self, pid: int) -> Sequence[TopologyRow]:
        self.asked += 1
        self.waits.wait()
        self.looks += 1
        if self.broken:
            raise HarnessError("the disk is full")
        if self.silent:
            raise OSError("gone")
        return [
            PoolerState(
                part=self.part,
                pid=pid,
                clients=1,
                waiting=0,
                connections=1,
                transactions=self.looks,
            )
        ]

    def looked(self, more: int) -> None:
        aim = self.looks + more
        block_until("the engine was asked", lambda: self.looks >= aim, timeout_s=20)


def rows(directory: Path) -> list[tuple[str, str, int | None]]:
    found = read_witness(directory / "topology.arrows").table.to_pylist()
    return [(row["kind"], row["part"], row["looks"]) for row in found]


def test_a_silence_is_written_once_and_the_end_says_how_many_looks(tmp_path: Path) -> None:
    engine = Fake()
    with Ledger(tmp_path) as ledger:
        witness = TopologyWitness([engine], PROCESSES, ledger.witness(TOPOLOGY))
        witness.start()
        engine.looked(1)
        engine.silent = True
        engine.looked(3)
        engine.silent = False
        engine.looked(2)
        assert witness.failure() == ""
        witness.stop()
        assert witness.failure() == ""
    found = rows(tmp_path)
    kinds = [kind for kind, _, _ in found]
    assert kinds.count("part_silent") == 1
    assert kinds[-1] == "topology_watched"
    assert found[-1][2] == kinds.count("pooler") >= 3


def test_one_that_stands_still_does_not_hold_up_another(tmp_path: Path) -> None:
    still, other = Fake("balancer"), Fake()
    still.waits.clear()
    with Ledger(tmp_path) as ledger:
        witness = TopologyWitness([still, other], PROCESSES, ledger.witness(TOPOLOGY))
        witness.start()
        other.looked(3)
        assert still.looks == 0
        still.waits.set()
        witness.stop()
    assert {part for _, part, _ in rows(tmp_path)} == {"balancer", "pooler"}


def test_numbers_of_a_process_that_was_replaced_meanwhile_or_is_gone_are_not_written(
    tmp_path: Path,
) -> None:
    engine, processes = Fake(), {"pooler": 7}
    with Ledger(tmp_path) as ledger:
        witness = TopologyWitness([engine], processes, ledger.witness(TOPOLOGY))
        engine.waits.clear()
        witness.start()
        block_until("it is being asked", lambda: engine.asked == 1, timeout_s=20)
        processes["pooler"] = 9
        engine.waits.set()
        engine.looked(3)
        del processes["pooler"]
        witness.stop()
    found = read_witness(tmp_path / "topology.arrows").table.to_pylist()
    assert {row["pid"] for row in found if row["kind"] == "pooler"} == {9}
    assert [row["why"] for row in found if row["kind"] == "part_silent"] == ["its process is gone"]


def test_a_thread_that_ends_by_itself_is_a_failure(tmp_path: Path) -> None:
    engine = Fake()
    engine.broken = True
    with Ledger(tmp_path) as ledger:
        witness = TopologyWitness([engine], PROCESSES, ledger.witness(TOPOLOGY))
        witness.start()
        block_until("its thread ended", lambda: bool(witness.failure()), timeout_s=20)
        assert witness.failure() == "pooler: its thread ended"
        witness.stop()


def test_the_engines_are_those_of_the_site(tmp_path: Path) -> None:
    assert engines_of(site()) == []
    console, gone = "postgresql://console@127.0.0.1:1/pgbouncer", "postgresql://ann@127.0.0.1:1/x"
    found = engines_of(site(balancer_socket=tmp_path / "admin", pooler_console=console))
    assert [engine.part for engine in found] == ["balancer", "pooler"]
    assert [engine.part for engine in engines_of(site(replica_dsn=gone))] == ["replica"]
    queue = QueueAccess(
        url="amqp://x", metrics_url="http://x", workers=(), halt_file=tmp_path / "halt", proxy="q"
    )
    assert [engine.part for engine in engines_of(site(queue=queue))] == ["broker"]
