"""What differs around two results: unsafe first, no secret ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from harness.ledger.json_files import write_record
from harness.ledger.plan import SuiteOptions
from harness.ledger.rundir import OWN_CLUSTER, RUN_FILE, CheckSpec, Condition, TargetRecord
from harness.ledger.stored import read_run
from harness.target.target import Table, Target
from reports.compare.compare import compare
from reports.compare.record import ComparedRecord
from reports.compare.sides import read_sides
from tests.reports.compared import FACTS, StoredCell, compared, experiments, suite, visits
from tests.reports.experiment_builder import Written, around
from tests.reports.report_samples import HOSTILE
from tests.reports.suites import lossy

SECRET = "hunter2"


def found(directory: Path, **changes: Any) -> ComparedRecord:
    """Two suites of a cell each; what is changed of B's plan."""
    a = suite(directory / "a", *visits(0))
    return compare(read_sides(a, suite(directory / "b", *visits(0), **changes)))


def difference(record: ComparedRecord) -> tuple[str, str, str, bool]:
    [one] = record.environment
    return one.what, one.a, one.b, one.unsafe


def test_the_same_has_none(tmp_path: Path) -> None:
    record = found(tmp_path)
    assert record.environment == ()
    assert record.unsafe == ""
    assert record.outcome == "no difference"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"cpus": "4"}, ("number of CPUs", "2", "4", True)),
        ({"system": "Darwin"}, ("operating system and kernel", "Linux 6 x86_64", "Darwin", True)),
        ({"revision": "bbb"}, ("revision", "aaa", "bbb", False)),
        ({"cpu": "Other"}, ("CPU model", "Some CPU", "Other", True)),
        ({"memory": "15.6 GiB"}, ("memory", "7.8 GiB", "15.6 GiB", True)),
        ({"locust": "9"}, ("locust", "not recorded", "9", False)),
    ],
)
def test_facts(tmp_path: Path, facts: dict[str, str], expected: tuple[str, ...]) -> None:
    assert difference(found(tmp_path, facts=FACTS | facts)) == expected


def test_a_machine_that_is_not_recorded_is_another(tmp_path: Path) -> None:
    facts = {name: value for name, value in FACTS.items() if name != "cpus"}
    record = found(tmp_path, facts=facts)
    assert difference(record) == ("number of CPUs", "2", "not recorded", True)
    assert record.unsafe == "These two differ in: number of CPUs; latencies are not comparable"
    assert record.outcome == "undecided"


@pytest.mark.parametrize("name", ["cpu", "memory"])
def test_what_results_did_not_always_record_accuses_no_machine(tmp_path: Path, name: str) -> None:
    facts = {known: value for known, value in FACTS.items() if known != name}
    record = found(tmp_path, facts=facts)
    [one] = record.environment
    assert (one.b, one.unsafe) == ("not recorded", False)
    assert record.unsafe == ""


def test_the_machine_comes_before_all_else(tmp_path: Path) -> None:
    facts = {name: f"another {name}" for name in FACTS} | {"locust": "9"}
    names = [one.what for one in found(tmp_path, facts=facts).environment]
    assert names[:4] == ["CPU model", "number of CPUs", "memory", "operating system and kernel"]
    assert set(names[4:]) == {"revision", "locust"}


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (SuiteOptions(target=Target(pool=9)), "connections of the server's pool"),
        (SuiteOptions(target=Target(table=Table(name="other"))), "table"),
        (SuiteOptions(target=Target(targets="mine.toml")), "file of targets"),
        (SuiteOptions(headed=True), "windows"),
    ],
)
def test_options(tmp_path: Path, options: SuiteOptions, what: str) -> None:
    assert difference(found(tmp_path, options=options))[0] == what


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("harness run -n 2", "2"),
        ("harness run -n4", "4"),
        ("harness run --workers=3", "3"),
        ("harness run -n", "not recorded"),
        ("harness run 'half", "not recorded"),
        (f"harness run -n {SECRET}", "not recorded"),
    ],
)
def test_how_many_cells_ran_at_a_time(tmp_path: Path, command: str, shown: str) -> None:
    assert difference(found(tmp_path, command=command)) == ("cells at a time", "1", shown, True)


def test_a_command_is_never_shown(tmp_path: Path) -> None:
    command = f"harness run --database postgresql://me:{SECRET}@host/db"
    record = found(tmp_path, command=command)
    assert record.environment == ()
    assert SECRET not in repr(record)


def test_targets_come_from_the_runs_and_no_connection_string_does(tmp_path: Path) -> None:
    sides = []
    for name, changes in (
        ("a", {}),
        ("b", {"database": f"postgresql://me:{SECRET}@h/db", "system": "other:SYSTEM"}),
    ):
        directory = suite(tmp_path / name, *visits(0))
        run = directory / "cells/0"
        target = {"name": "t", "server": "m", "database": OWN_CLUSTER, "front": "none"}
        offered = TargetRecord(**(target | {"system": "x:SYSTEM"} | changes))
        write_record(run / RUN_FILE, replace(read_run(run), target=offered))
        sides.append(directory)
    record = compare(read_sides(*sides))
    shown = {one.what: (one.a, one.b) for one in record.environment}
    assert shown == {
        "kind of target": ("x:SYSTEM", "other:SYSTEM"),
        "database": (OWN_CLUSTER, "a PostgreSQL of yours"),
    }
    assert all(one.unsafe for one in record.environment)
    assert SECRET not in repr(record)


def test_a_format_that_did_not_record_the_target_is_not_unsafe(tmp_path: Path) -> None:
    sides = []
    for name, system, offered in (("a", "", None), ("b", "x:SYSTEM", ("flush",))):
        directory = suite(tmp_path / name, *visits(0))
        run = directory / "cells/0"
        target = TargetRecord(
            name="t",
            server="m",
            database=OWN_CLUSTER,
            front="none",
            system=system,
            capabilities=offered,
        )
        write_record(run / RUN_FILE, replace(read_run(run), target=target))
        sides.append(directory)
    record = compare(read_sides(sides[0], sides[1]))
    assert difference(record) == ("kind of target", "not recorded", "x:SYSTEM", False)


def test_what_the_target_offers(tmp_path: Path) -> None:
    a, b = visits(0), visits(0)
    for cells, offered in ((a, ("database", "receipts")), (b, ("database", "flush"))):
        assert cells[0].ledger is not None
        cells[0].ledger.capabilities = offered
    [one] = compared(tmp_path, a, b).environment
    assert (one.what, one.a, one.b) == ("what the target offers", "also receipts", "also flush")


def test_what_cells_are_exposed_to_and_judged_by(tmp_path: Path) -> None:
    def cell(nominal: str, check: str, **parameters: float) -> StoredCell:
        exposed = Condition(title="A load", nominal=nominal, backends=())
        checks = (CheckSpec(name="nothing_lost"), CheckSpec(name=check, parameters=parameters))
        return StoredCell(ledger=lossy(0), conditions=(exposed,), checks=checks)

    a, b = cell("30 s", "recorded", within_s=5.0), cell("60 s", "recorded", within_s=9.0)
    exposed, asked = compared(tmp_path, [a], [b]).environment
    assert (exposed.what, exposed.a, exposed.b, exposed.unsafe) == (
        "what cells are exposed to (1 cell)",
        "A load: 30 s",
        "A load: 60 s",
        True,
    )
    assert (asked.a, asked.b) == ("recorded(within_s=5.0)", "recorded(within_s=9.0)")
    assert not asked.unsafe


def test_suite_cells_and_interruption(tmp_path: Path) -> None:
    a = suite(tmp_path / "a", *visits(0))
    b = suite(tmp_path / "b", *visits(0, 0), suite=HOSTILE)
    (b / "suite-end.json").unlink()
    shown = {one.what: (one.a, one.b) for one in compare(read_sides(a, b)).environment}
    assert shown["cells"] == ("1", "2")
    assert shown["stopped early"] == ("no", "yes")
    assert "\x1b" not in shown["suite"][1]


def test_experiments(tmp_path: Path) -> None:
    arms = around({"200": (1.0,), "50": (1.1,)}, blocks=9)
    one = Written(arms=arms)
    other = Written(
        arms={**arms, "500": arms["50"]},
        facts={"Python": "3.12", "cpus": "8"},
        canary_s=dict.fromkeys(range(1, 10), (0.2, 0.2)),
    )
    record = experiments(tmp_path, one, other)
    shown = {item.what: item.unsafe for item in record.environment}
    assert shown == {
        "number of CPUs": True,
        "speed of the machine (canary)": True,
        "Python": False,
        "arms": False,
    }
