"""A mover's word is written down, and its failure has a reason."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from harness.core.errors import HarnessError
from harness.faults.process.shards import BucketMover, BucketsMove
from harness.ledger.files import Ledger, read_witness
from harness.ledger.kinds import TOPOLOGY
from harness.process.processes import Processes
from harness.target.target import ShardedSite

pytestmark = pytest.mark.slow

SWITCHED = {"step": "switched", "bucket": 4, "source": 1, "target": 2, "epoch": 3, "paused_s": 0.5}
PROGRAM = """
import signal, sys
print({row!r}, flush=True)
if "--stand-before" in sys.argv:
    print('{{"step": "stands", "before": "x"}}', flush=True)
    signal.pause()
print("why not", file=sys.stderr)
sys.exit({code})
"""


def site(tmp_path: Path, code: int = 0) -> ShardedSite:
    served, every = tmp_path / "served.json", tmp_path / "every.json"
    served.write_text("some")
    every.write_text("all")
    program = PROGRAM.format(row=json.dumps(SWITCHED), code=code)
    mover = (sys.executable, "-c", program)
    return ShardedSite(dsns=("x",), count=1, mover=mover, served=served, every=every)


def test_what_moved_is_written_down_also_of_a_mover_that_died(tmp_path: Path) -> None:
    with Processes() as processes, Ledger(tmp_path) as ledger:
        mover = BucketMover(site(tmp_path), processes, tmp_path, ledger.witness(TOPOLOGY))
        asyncio.run(mover.move(1, 2, [4]))
        asyncio.run(mover.die_before("x", 1, 2, [4]))
        assert not processes.deaths()
    rows = read_witness(tmp_path / "topology.arrows").table.to_pylist()
    assert [(row["bucket"], row["target"], row["paused_ns"]) for row in rows] == [
        (4, "shard-2", 500_000_000)
    ] * 2


def test_a_mover_that_fails_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    with Processes() as processes, Ledger(tmp_path) as ledger:
        mover = BucketMover(site(tmp_path, 1), processes, tmp_path, ledger.witness(TOPOLOGY))
        with pytest.raises(HarnessError, match="why not"):
            asyncio.run(mover.recover())


def test_the_servers_read_of_every_shard_once_they_are_admitted(tmp_path: Path) -> None:
    one = site(tmp_path)
    with Processes() as processes, Ledger(tmp_path) as ledger:
        BucketMover(one, processes, tmp_path, ledger.witness(TOPOLOGY)).admit_all()
    assert one.served.read_text() == "all"


def test_a_move_is_evident_once_it_is_done() -> None:
    async def move() -> None:
        pass

    fault = BucketsMove("buckets move", move)
    assert asyncio.run(fault.evidence()) == ""
    asyncio.run(fault.inject())
    assert asyncio.run(fault.evidence())
    asyncio.run(fault.heal())
