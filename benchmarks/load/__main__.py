"""``python -m benchmarks.load``: measure the load generator, print the page, keep it."""

from __future__ import annotations

import argparse
import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.__main__ import RESULTS
from benchmarks.ground import prepared
from benchmarks.load.analysis import analysis
from benchmarks.load.cost import beside, cost
from benchmarks.load.fidelity import fidelity
from benchmarks.load.page import Results, as_json, as_markdown
from benchmarks.load.peers import PEERS, InstalledPeer, find_or_build
from benchmarks.load.service import Service, service
from benchmarks.load.stall import stall
from benchmarks.load.tools import Bench
from benchmarks.machine import facts
from harness.core.clock import utc_stamp
from harness.core.errors import HarnessError
from harness.ledger.json_files import write_json
from harness.process.processes import Processes
from harness.setup.host import Host

T = TypeVar("T")

TRIALS = ("fidelity", "cost", "beside", "service", "stall", "analysis")
WITH_PEERS = frozenset({"beside", "service", "stall"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How long to try."""

    fidelity_s: float
    cost_pairs: int
    cost_round_s: float
    blocks: int
    round_s: float
    stall_periods: int
    observations: int


FULL = Size(
    fidelity_s=200,
    cost_pairs=6,
    cost_round_s=8,
    blocks=12,
    round_s=10,
    stall_periods=3,
    observations=10_000_000,
)
QUICK = Size(
    fidelity_s=15,
    cost_pairs=2,
    cost_round_s=4,
    blocks=1,
    round_s=4,
    stall_periods=1,
    observations=300_000,
)


def main() -> int:
    """Return 0 when every trial was made, whatever its figures; 1 when one could not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four minutes; the page stays as is")
    parser.add_argument("--only", choices=TRIALS, action="append", help="one trial; page stays")
    parser.add_argument("--build-only", action="store_true", help="bring vegeta and k6, no more")
    arguments = parser.parse_args()
    chosen = arguments.only or list(TRIALS)
    wanted = PEERS if arguments.build_only or WITH_PEERS.intersection(chosen) else ()
    peers = {peer.name: find_or_build(peer, Host.here(), _say) for peer in wanted}
    if arguments.build_only:
        for name, peer in peers.items():
            print(f"{name}: {peer if isinstance(peer, str) else f'{peer.version}, {peer.program}'}")
        return 1 if any(isinstance(peer, str) for peer in peers.values()) else 0
    size = QUICK if arguments.quick else FULL
    keep = not arguments.quick and not arguments.only
    try:
        with Processes() as processes:
            results = asyncio.run(_measure(processes, size, peers, chosen))
            _publish(results, keep=keep)
    except HarnessError as error:
        print(f"benchmarks.load: {error.line}", file=sys.stderr)
        return 1
    trials = [getattr(results, name) for name in chosen]
    return 1 if any(isinstance(trial, str) for trial in trials) else 0


def _publish(results: Results, *, keep: bool) -> None:
    page = as_markdown(results)
    print(page, flush=True)
    if keep:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "load.md").write_text(page, encoding="utf-8")
        write_json(RESULTS / "load.json", as_json(results))


async def _measure(
    processes: Processes, size: Size, peers: dict[str, InstalledPeer | str], chosen: list[str]
) -> Results:
    bench = Bench(processes=processes, directory=processes.scratch("load"))
    here = {name: peer for name, peer in peers.items() if isinstance(peer, InstalledPeer)}

    async def beside_peers() -> Service:
        async with prepared(processes, []) as ground:
            return await service(
                bench, ground, list(here.values()), size.blocks, size.round_s, _say
            )

    async def tried(name: str, trial: Callable[[], Awaitable[T]]) -> T | str:
        """Make a trial; one that cannot be made does not take the others with it."""
        if name not in chosen:
            return "not asked for"
        _say(f"trial: {name}")
        try:
            return await trial()
        except HarnessError as error:
            reason = error.line
        except Exception as error:  # a quarter of an hour of other figures is not thrown away
            reason = f"it broke: {error!r}"
            traceback.print_exc()
        _say(f"{name}: {reason}")
        return " ".join(reason.replace("|", "/").split())

    return Results(
        when=utc_stamp(),
        facts=facts(processes.scratch("fsync")),
        peers=peers,
        fidelity=await tried("fidelity", lambda: fidelity(processes, size.fidelity_s)),
        cost=await tried("cost", lambda: cost(bench, size.cost_pairs, size.cost_round_s, _say)),
        beside=await tried(
            "beside",
            lambda: beside(bench, list(here.values()), size.cost_pairs, size.cost_round_s, _say),
        ),
        service=await tried("service", beside_peers),
        stall=await tried("stall", lambda: stall(bench, here, size.stall_periods, _say)),
        analysis=await tried("analysis", lambda: analysis(bench, size.observations, _say)),
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
