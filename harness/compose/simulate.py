"""The recorder of the reference system under simulation, as it is or with a defect."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import servers
from harness.compose.defects import recorder_sources
from harness.compose.directory import make_suite_directory
from harness.core.errors import MissingPart
from harness.setup import Host, PartStatus
from harness.setup.parts.fake_indexeddb import NAME as FAKE_INDEXEDDB
from harness.setup.parts.fake_indexeddb import FakeIndexedDB
from harness.simulation.campaign import Campaign, Simulated, simulate
from harness.simulation.engine import DISKS_AGREE, Engine
from harness.simulation.files import walk_from, write_failing
from harness.simulation.smallest import smallest
from harness.simulation.tally import Tally

SIMULATION_FILE = "simulation.json"
DISKS = ("own", FAKE_INDEXEDDB)
"""What holds the pages' data: the world's own IndexedDB, or that and fake-indexeddb, compared."""
SCHEMA = 1
"""Version of the JSON that ``harness simulate --json`` prints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationOrder:
    """Which walks, by which recorder, and where what fails is written.

    ``defect`` is the id of a recorder defect, ``ID.twin`` its healthy twin, empty none;
    ``disk`` one of ``DISKS``.
    """

    seed: int
    walks: int
    first: int = 0
    preset: str = "durable"
    defect: str = ""
    processes: int = 1
    disk: str = DISKS[0]
    out: Path
    shrinks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationResult:
    """``directory`` holds simulation.json and the smallest walk for each check that failed."""

    directory: Path
    simulated: Simulated
    files: Mapping[str, Path]


def page_sources(defect: str = "") -> dict[str, str]:
    """Return the scripts of the page by file name, with a defect of the recorder if one is named.

    Raises UsageError for an unknown defect, or one of another layer.
    """
    folder = Path(servers.__file__).parent / "client"
    sources = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.js")}
    return recorder_sources(sources, defect, reached="defectReached()") if defect else sources


def look_for_fake_indexeddb() -> PartStatus:
    """Return whether walks can be compared on fake-indexeddb, and the command that brings it."""
    return FakeIndexedDB().look(Host.here())


def simulate_and_shrink(
    order: SimulationOrder,
    progress: Callable[[Tally], None],
    say: Callable[[str], None],
) -> SimulationResult:
    """Walk the walks, and shrink one for each check that failed; Ctrl-C keeps what there is.

    Raises MissingPart where the order is for fake-indexeddb and that is missing.
    """
    sources = page_sources(order.defect)
    campaign = Campaign(
        sources=sources,
        seed=order.seed,
        walks=order.walks,
        first=order.first,
        preset=order.preset,
        processes=order.processes,
        indexeddb=_indexeddb(order.disk),
    )
    simulated = simulate(campaign, progress)
    directory = make_suite_directory(order.out, "simulate")
    files: dict[str, Path] = {}
    if order.shrinks and not simulated.interrupted:
        try:
            files = _shrunk(order, campaign, simulated.tally, directory, say)
        except KeyboardInterrupt:
            simulated.interrupted = True
    result = SimulationResult(directory=directory, simulated=simulated, files=files)
    text = json.dumps(result_json(order, result), indent=1)
    (directory / SIMULATION_FILE).write_text(text + "\n", encoding="utf-8")
    return result


def result_json(order: SimulationOrder, result: SimulationResult) -> dict[str, Any]:
    """Return what simulation.json holds."""
    tally = result.simulated.tally
    return {
        "schema": SCHEMA,
        "verdict": tally.verdict.value,
        "interrupted": result.simulated.interrupted,
        "seed": order.seed,
        "preset": order.preset,
        "defect": order.defect,
        "disk": order.disk,
        "hits": tally.hits,
        "walks": tally.walks,
        "events": tally.events,
        "failed": tally.failed,
        "fates": tally.fates,
        "checks": {
            name: {
                "walks": found.walks,
                "first": found.first,
                "why": found.why,
                "smallest": str(result.files.get(name, "")),
            }
            for name, found in tally.checks.items()
        },
        "states": tally.states,
        "never_seen": list(tally.never_seen),
    }


def _indexeddb(disk: str) -> Path | None:
    """Return the folder of fake-indexeddb where it is asked for."""
    if disk != FAKE_INDEXEDDB:
        return None
    status = look_for_fake_indexeddb()
    if status.state == "missing":
        raise MissingPart(f"{status.name} is missing: {status.detail}", hint=status.fix)
    return Path(status.where)


def _shrunk(
    order: SimulationOrder,
    campaign: Campaign,
    tally: Tally,
    directory: Path,
    say: Callable[[str], None],
) -> dict[str, Path]:
    """Shrink the first failing walk of each check; return check → file."""
    files: dict[str, Path] = {}
    with Engine(campaign.sources, indexeddb=campaign.indexeddb) as engine:
        for failing in tally.failing:
            findings = {one["check"]: one["why"] for one in failing["findings"]}
            new = [check for check in findings if check not in files]
            if not new:
                continue
            check, walk = new[0], failing["walk"]
            kept = smallest(engine, walk, [check])
            path = directory / f"smallest-{check}.json"
            write_failing(path, kept)
            files |= dict.fromkeys(new, path)
            say(f"\n{check}: {findings[check]}")
            say(f"walk {walk['number']}: {len(kept['steps'])} of {len(walk['steps'])} steps fail:")
            for place, step in enumerate(walk_from(kept).steps, 1):
                say(f"  {place}. {step}")
            if check == DISKS_AGREE:
                say(f"again: {_again(order, walk['number'])}")
            else:
                say(f"in a browser: harness walk --steps {path}")
    return files


def _again(order: SimulationOrder, number: int) -> str:
    """Return the command that walks one walk again."""
    defect = f" --defect {order.defect}" if order.defect else ""
    return (
        f"harness simulate --disk {order.disk} --preset {order.preset}{defect} "
        f"--seed {order.seed} --first {number} --walks 1"
    )
