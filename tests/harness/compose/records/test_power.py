"""The record of power: seeds add up by defect and scenario, and start anew with other sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.compose.directory import suite_plan
from harness.compose.records import power
from harness.compose.records.power import (
    CaughtSeeds,
    PowerRecord,
    rates,
    read_power,
    record_power,
)
from harness.compose.selftest import seeded_by
from harness.compose.simulated_trials import SIMULATED_FILE, SIMULATION, SimulatedDefects
from harness.ledger.json_files import write_record
from harness.ledger.plan import SuiteEnd, write_plan, write_suite_end
from reports.judging.kill_matrix import Kill, KillMatrix, Tried, matrix_of
from reports.verdict.verdict import Verdict
from scenarios.catalogue.declare import load_all

SCENARIOS = load_all()
DEFECT = "shown_before_written"
BROWSER = "crash_and_restore"


def seed(number: int, kill: Kill = Kill.CAUGHT, scenario: str = SIMULATION) -> Tried:
    return Tried(
        defect=DEFECT,
        twin=False,
        scenario=scenario,
        arm="",
        seed=number,
        kill=kill,
        hits=1,
        verdict=Verdict.FAIL,
    )


def suite_of(directory: Path, cells: Sequence[Tried]) -> Path:
    """Write a self-test whose walks had these outcomes."""
    directory.mkdir()
    write_plan(directory, suite_plan("selftest", "harness selftest", []))
    write_suite_end(directory, SuiteEnd(interrupted=False))
    write_record(directory / SIMULATED_FILE, SimulatedDefects(cells=tuple(cells)))
    return directory


def counts(record: PowerRecord) -> dict[str, tuple[int, int]]:
    return {one.scenario: (one.caught, one.n) for one in record.seeds}


def test_seeds_that_reached_the_defect_count_and_twins_do_not(tmp_path: Path) -> None:
    file = tmp_path / "power.json"
    cells = [
        seed(1),
        seed(2, Kill.MISSED),
        seed(3, Kill.MISNAMED),
        seed(4, Kill.UNREACHED),
        seed(5, Kill.NOT_RUN),
        replace(seed(1, Kill.GREEN), twin=True),
    ]
    record = record_power(file, [suite_of(tmp_path / "a", cells)], SCENARIOS)
    assert counts(record) == {SIMULATION: (1, 3)}
    assert read_power(file) == record
    assert read_power(tmp_path / "none") == PowerRecord()


def test_a_suite_counts_once(tmp_path: Path) -> None:
    file, suite = tmp_path / "power.json", suite_of(tmp_path / "a", [seed(1, scenario=BROWSER)])
    first = record_power(file, [suite, suite], SCENARIOS)
    assert counts(first) == {BROWSER: (1, 1)}
    assert record_power(file, [suite], SCENARIOS) == first


def test_seeds_in_a_browser_add_up_and_those_of_a_simulation_are_the_same_again(
    tmp_path: Path,
) -> None:
    file = tmp_path / "power.json"
    few = [seed(1), seed(1, Kill.MISSED, BROWSER)]
    many = [seed(1), seed(2), seed(2, scenario=BROWSER), seed(3, scenario=BROWSER)]
    record_power(file, [suite_of(tmp_path / "a", many)], SCENARIOS)
    record = record_power(file, [suite_of(tmp_path / "b", few)], SCENARIOS)
    assert counts(record) == {SIMULATION: (2, 2), BROWSER: (2, 3)}


def test_counts_of_other_sources_leave_the_record(tmp_path: Path) -> None:
    file = tmp_path / "power.json"
    older = CaughtSeeds(defect=DEFECT, scenario=SIMULATION, sources="older", caught=1, n=99)
    gone = CaughtSeeds(defect="no_such_defect", scenario=SIMULATION, sources="x", caught=1, n=1)
    write_record(file, PowerRecord(suites=("before",), seeds=(gone, older)))
    record = record_power(file, [suite_of(tmp_path / "a", [seed(1)])], SCENARIOS)
    assert counts(record) == {SIMULATION: (1, 1)}
    assert len(record.suites) == 2


def matrix(*cells: Tried) -> KillMatrix:
    return matrix_of([seeded_by(DEFECT)], cells)


def test_the_rate_is_the_records_where_its_sources_are_todays(tmp_path: Path) -> None:
    file = tmp_path / "power.json"
    cells = [seed(number) for number in range(1, 60)]
    record = record_power(file, [suite_of(tmp_path / "a", cells)], SCENARIOS)
    tried = matrix(seed(1), seed(1, Kill.MISSED, BROWSER))
    found = {one.scenario: one for one in rates(tried, record, SCENARIOS)}
    assert (found[SIMULATION].caught, found[SIMULATION].n) == (59, 59)
    assert found[SIMULATION].is_high
    assert (found[BROWSER].caught, found[BROWSER].n) == (0, 1)
    assert rates(matrix(seed(1, scenario=BROWSER)), record, SCENARIOS)[0].n == 1


@pytest.mark.parametrize("scenario", [SIMULATION, BROWSER])
def test_sources_hold_the_defects_own_module(scenario: str) -> None:
    names = (DEFECT, "no_retry", "no_such_defect")
    one, other, none = (power._sources(name, scenario, SCENARIOS) for name in names)
    assert one
    assert other
    assert one != other
    assert none is None
    assert power._sources(DEFECT, "no_such_scenario", SCENARIOS) is None
