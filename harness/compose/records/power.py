"""Power: of how many seeds that reached a defect how many caught it, in which scenario.

The record is committed and grows (docs/power.json). Seeds count for a defect in a scenario, under a
hash of what decides whether it is caught: checks, evidence and scenario, or the simulated world and
the recorder; and the defect's own module. What is recorded is judged again first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import servers
from harness import simulation
from harness.compose.defects import DefectiveJudge, defect_module
from harness.compose.records.clean_cells import sources_of
from harness.compose.selftest import kill_matrix
from harness.compose.simulated_trials import SIMULATION
from harness.ledger.json_files import Natural, Record, read_record, write_record
from harness.ledger.stored import read_plan
from reports.judging.judge import judge_suite
from reports.judging.kill_matrix import KillMatrix, Power, power_of, power_where
from scenarios.catalogue.declare import Scenario

POWER_FILE = Path("docs/power.json")


class CaughtSeeds(Record, frozen=True, kw_only=True):
    """How many of ``n`` seeds that reached a defect caught it by its right name in a scenario."""

    defect: str
    scenario: str
    sources: str
    caught: Natural = 0
    n: Natural = 0


class PowerRecord(Record, frozen=True, kw_only=True):
    """docs/power.json: the counts, and the suites that are in them, each once."""

    format: int = 1
    suites: tuple[str, ...] = ()
    seeds: tuple[CaughtSeeds, ...] = ()


def read_power(file: Path) -> PowerRecord:
    """Return the record; an empty one where there is no file. Raises LedgerUnreadable."""
    return read_record(file, PowerRecord) if file.exists() else PowerRecord()


def record_power(
    file: Path, suites: Sequence[Path], scenarios: Mapping[str, Scenario]
) -> PowerRecord:
    """Judge self-tests again, add what their seeds caught, and write the record.

    A suite that is in it already is left out. Seeds of a simulation give the same walks again: of
    two suites the one with more of them counts. Counts of sources that are no longer today's leave
    the record. Raises LedgerUnreadable for a directory that is no suite, OSError when the file
    cannot be written.
    """
    found = read_power(file)
    known = list(found.suites)
    counts = {(one.defect, one.scenario): one for one in _today(found.seeds, scenarios)}
    for suite in suites:
        plan = read_plan(suite)
        name = f"{plan.started} {plan.suite} {suite.resolve().name}"
        if name in known:
            continue
        known.append(name)
        judge = DefectiveJudge()
        matrix = kill_matrix(suite, judge_suite(suite, judge), judge)
        for power in power_of(matrix.cells):
            sources = _sources(power.defect, power.scenario, scenarios)
            if sources is None:
                continue
            more = CaughtSeeds(
                defect=power.defect,
                scenario=power.scenario,
                sources=sources,
                caught=power.caught,
                n=power.n,
            )
            place = (power.defect, power.scenario)
            counts[place] = _together(counts.get(place), more)
    record = PowerRecord(
        suites=tuple(known), seeds=tuple(counts[place] for place in sorted(counts))
    )
    write_record(file, record)
    return record


def rates(
    matrix: KillMatrix, record: PowerRecord, scenarios: Mapping[str, Scenario]
) -> tuple[Power, ...]:
    """Return how often the matrix's defects are caught where chance decides: by the record, or by
    the matrix where today's sources are not in that."""
    found = {(one.defect, one.scenario): one for one in power_of(matrix.cells)}
    for one in _today(record.seeds, scenarios):
        if (one.defect, one.scenario) in found:
            found[one.defect, one.scenario] = Power.of(
                one.defect, one.scenario, caught=one.caught, n=one.n
            )
    return power_where(matrix.defects, found.values())


def _together(before: CaughtSeeds | None, more: CaughtSeeds) -> CaughtSeeds:
    if before is None:
        return more
    if more.scenario == SIMULATION:
        return max(before, more, key=lambda one: one.n)
    return CaughtSeeds(
        defect=more.defect,
        scenario=more.scenario,
        sources=more.sources,
        caught=before.caught + more.caught,
        n=before.n + more.n,
    )


def _today(
    seeds: Iterable[CaughtSeeds], scenarios: Mapping[str, Scenario]
) -> Iterable[CaughtSeeds]:
    return (one for one in seeds if one.sources == _sources(one.defect, one.scenario, scenarios))


def _sources(defect: str, scenario: str, scenarios: Mapping[str, Scenario]) -> str | None:
    """Return the hash of all that decides whether a defect is caught; None where the defect or the
    scenario is gone."""
    module = defect_module(defect)
    if module is None:
        return None
    if scenario == SIMULATION:
        judged = _simulated()
    elif scenario in scenarios:
        judged = sources_of(scenarios[scenario])
    else:
        return None
    return hashlib.sha256(judged.encode() + module.read_bytes()).hexdigest()[:16]


def _simulated() -> str:
    """Return the hash of the simulated world, of how its walks are judged, and of the recorder."""
    world = Path(simulation.__file__).parent
    client = Path(servers.__file__).parent / "client"
    files = [*sorted(world.glob("world/*.js")), world / "tally.py", *sorted(client.glob("*.js"))]
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
