"""What a suite left behind is read back whole, in this format and in the one before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from harness.core.errors import LedgerDamaged, LedgerUnreadable
from harness.ledger.plan import (
    PlannedCell,
    SuiteEnd,
    SuiteOptions,
    SuitePlan,
    WhyNot,
    write_plan,
    write_suite_end,
)
from harness.ledger.rundir import (
    FORMAT,
    CheckSpec,
    Condition,
    Expected,
    RunEnd,
    RunPlan,
    RunRecord,
    TargetRecord,
    begin_run,
    checksum,
    end_run,
)
from harness.ledger.stored import DEFAULTS_1, read_end, read_plan, read_run, read_suite_end
from harness.target.target import Table, Target
from scenarios.catalogue.roadmap import ROADMAP

PLAN = RunPlan(
    scenario="short_outage",
    arm={"browser": "chromium", "preset": "roadmap"},
    seed=3,
    checks=(CheckSpec(name="in_time", parameters={"within_s": 20, "share": 0.5, "all": True}),),
    matrix="network",
    question="Is anything lost?",
    conditions=(
        Condition(title="Outage", nominal="for 5 s", backends=("toxiproxy",), lasts_s=5.0),
    ),
    expected=Expected(
        fates=("lost_unacked",), checks=("nothing_lost",), rate=(0.1, 0.2), source="s"
    ),
)
TARGET = TargetRecord(name="t", server="m", database="d", front="none", capabilities=("page",))
OLD_RUN: dict[str, Any] = {
    "format": 1,
    "scenario": "first_visit",
    "arm": {"browser": "chromium"},
    "seed": 1,
    "checks": [
        {"name": "nothing_lost", "parameters": {}},
        {"name": "fault_was_live", "parameters": {"lasting_s": 5}},
    ],
    "started": "20261128T000000Z",
    "started_mono_ns": 1,
    "started_wall_ns": 2,
    "clock": {"kind": "CLOCK_MONOTONIC", "same_host": True},
    "pid": 7,
    "target": {"name": "reference", "server": "m", "database": "d", "front": "none"},
    "versions": {"python": "3.11"},
}
OLD_CELL: dict[str, Any] = {
    **{name: OLD_RUN[name] for name in ("scenario", "arm", "seed", "checks")},
    "run": "cells/first_visit/elsewhere",
    "node": "n",
    "about_s": 5,
    "budget_s": 80.0,
    "exclusive": False,
    "not_run": None,
}
OLD_PLAN: dict[str, Any] = {
    "format": 1,
    "suite": "smoke",
    "command": "harness run",
    "started": "20261128T000000Z",
    "facts": {},
    "options": {"headed": False},
    "cells": [OLD_CELL],
}


def stored(directory: Path, name: str, content: dict[str, Any]) -> Path:
    (directory / name).write_text(json.dumps(content))
    return directory


def test_a_plan_is_read_as_it_was_written_without_what_may_hold_a_password(tmp_path: Path) -> None:
    why = WhyNot(kind="missing", reason="no paint", fix="buy paint")
    cells = [
        PlannedCell(plan=PLAN, node="n", about_s=1.5, budget_s=66, exclusive=True),
        PlannedCell(plan=replace(PLAN, seed=4), node="n", about_s=1, budget_s=64, not_run=why),
    ]
    target = Target(
        pool=7,
        table=Table(name="seen"),
        database_url="postgresql://me:secret@here/db",
        browsers={"mac": "webdriver+http://me:secret@mac"},
    )
    plan = SuitePlan(
        suite="s",
        command="harness run s",
        cells=cells,
        options=SuiteOptions(target=target, headed=True, bind="10.0.0.1"),
        facts={"python": "3"},
        roadmap=ROADMAP,
    )
    write_plan(tmp_path, plan)
    read = read_plan(tmp_path)
    assert read.cells == [replace(cell, directory=cell.run) for cell in cells]
    assert read.options.target == Target(pool=7, table=Table(name="seen"))
    assert replace(read, cells=(), options=SuiteOptions()) == replace(
        plan, cells=(), options=SuiteOptions()
    )
    assert read.options.headed
    assert "secret" not in (tmp_path / "plan.json").read_text()


def test_a_run_says_all_that_was_asked_and_of_what(tmp_path: Path) -> None:
    begin_run(tmp_path / "run", PLAN, budget_s=80, target=TARGET, versions={"cpus": "2"})
    run = read_run(tmp_path / "run")
    assert (run.format, run.plan, run.budget_s, run.target) == (3, PLAN, 80.0, TARGET)
    assert run.versions == {"cpus": "2"}
    assert run.clock.kind == "CLOCK_MONOTONIC"
    assert read_end(tmp_path / "run") is None
    (tmp_path / "run" / "viewer.arrows").write_bytes(b"abc")
    end_run(tmp_path / "run", status="broken", reason="it \udc80 broke", rows={"viewer.arrows": 2})
    end = read_end(tmp_path / "run")
    assert end is not None
    assert (end.status, end.reason) == ("broken", "it \ufffd broke")
    assert end.rows == {"viewer.arrows": 2}
    of_run = checksum(tmp_path / "run" / "run.json")
    assert end.crc32 == {"run.json": of_run, "viewer.arrows": 0x352441C2}


def test_what_a_run_was_asked_cannot_change_after_its_end(tmp_path: Path) -> None:
    begin_run(tmp_path / "run", PLAN)
    end_run(tmp_path / "run", status="complete", reason="", rows={})
    path = tmp_path / "run" / "run.json"
    path.write_text(path.read_text().replace('"seed": ', '"seed": 1'))
    with pytest.raises(LedgerDamaged, match=r"run.json is not as the run left it"):
        read_end(tmp_path / "run")


def test_the_end_of_a_suite_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read_suite_end(tmp_path) is None
    end = SuiteEnd(interrupted=True, trouble="it blew up", duration_s=1.5)
    write_suite_end(tmp_path, end)
    assert read_suite_end(tmp_path) == end


def test_a_run_of_format_1_keeps_what_it_holds_and_lacks_the_rest(tmp_path: Path) -> None:
    run = read_run(stored(tmp_path, "run.json", OLD_RUN))
    assert run.format == 1
    assert run.plan == RunPlan(
        scenario="first_visit",
        arm={"browser": "chromium"},
        seed=1,
        checks=(
            CheckSpec(name="nothing_lost"),
            CheckSpec(name="fault_was_live", parameters={"lasting_s": 5, "felt_least": 1}),
        ),
    )
    assert run.target == TargetRecord(name="reference", server="m", database="d", front="none")
    assert (run.started_mono_ns, run.started_wall_ns, run.pid) == (1, 2, 7)


def test_a_parameter_of_format_1_goes_before_the_default_of_then(tmp_path: Path) -> None:
    checks = [{"name": "fault_was_live", "parameters": {"felt_least": 5}}]
    run = read_run(stored(tmp_path, "run.json", OLD_RUN | {"checks": checks}))
    assert run.plan.checks[0].parameters == {"felt_least": 5}
    assert DEFAULTS_1["fault_was_live"] == {"felt_least": 1}


def test_a_plan_of_format_1_names_its_directories_and_what_brings_a_missing_part(
    tmp_path: Path,
) -> None:
    known = {"fates": ["lost_unacked"], "checks": ["nothing_lost"], "rate": [0, 1], "source": "s"}
    more = {"matrix": "network", "question": "Is it?", "expected": known}
    missing = {"kind": "missing", "reason": "no paint", "mend": "buy paint"}
    cells = [OLD_CELL, OLD_CELL | more | {"not_run": missing, "seed": 2}]
    plan = read_plan(stored(tmp_path, "plan.json", OLD_PLAN | {"cells": cells}))
    old, newer = plan.cells
    assert old.run == "cells/first_visit/elsewhere"
    assert (old.plan.matrix, old.plan.question, old.plan.conditions) == ("", "", ())
    assert old.plan.expected is None
    assert newer.not_run == WhyNot(kind="missing", reason="no paint", fix="buy paint")
    assert (newer.plan.matrix, newer.plan.question) == ("network", "Is it?")
    assert newer.plan.expected is not None
    assert newer.plan.expected.rate == (0.0, 1.0)
    assert plan.roadmap is None


def test_a_cell_that_is_planned_twice_is_damage(tmp_path: Path) -> None:
    """A report shows one cell of a name: the other, which failed, would be left out."""
    stored(tmp_path, "plan.json", OLD_PLAN | {"cells": [OLD_CELL, OLD_CELL]})
    with pytest.raises(LedgerDamaged, match=r"plan.json: cells: first_visit .* is there twice"):
        read_plan(tmp_path)


def test_ends_of_format_1_are_read(tmp_path: Path) -> None:
    stored(tmp_path, "suite-end.json", {"interrupted": False, "trouble": "", "duration_s": 2.5})
    assert read_suite_end(tmp_path) == SuiteEnd(format=1, interrupted=False, duration_s=2.5)
    old = {"format": 1, "status": "complete", "reason": "", "ended_mono_ns": 5, "ended_wall_ns": 6}
    stored(tmp_path, "end.json", old | {"rows": {"a.arrows": 1}, "crc32": {"a.arrows": 9}})
    end = read_end(tmp_path)
    assert end is not None
    assert (end.format, end.status, end.crc32) == (1, "complete", {"a.arrows": 9})


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "plan.json",
            OLD_PLAN | {"cells": [OLD_CELL | {"seed": "1"}]},
            r"cells\[0\].seed: expected",
        ),
        ("plan.json", {"format": 1}, "missing required field suite"),
        ("plan.json", OLD_PLAN | {"format": 2}, r".*contains unknown field"),
        ("plan.json", OLD_PLAN | {"format": 4}, "has format 4, this harness reads 1 and 2 and 3"),
        ("run.json", OLD_RUN | {"arm": ["chromium"]}, "arm: expected object, got array"),
        ("run.json", OLD_RUN | {"format": 2}, "contains unknown field scenario"),
    ],
)
def test_what_cannot_be_read_names_the_field(
    name: str, content: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    stored(tmp_path, name, content)
    read = read_plan if name == "plan.json" else read_run
    with pytest.raises(LedgerUnreadable, match=rf"{name}:? {reason}"):
        read(tmp_path)


def test_an_expected_rate_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    known = {"fates": [], "checks": [], "rate": [0.6, 0.4], "source": ""}
    stored(tmp_path, "plan.json", OLD_PLAN | {"cells": [OLD_CELL | {"expected": known}]})
    with pytest.raises(
        LedgerUnreadable, match=r"cells\[0\].expected: rate lies in 0 … 1, low first"
    ):
        read_plan(tmp_path)


def test_a_capability_that_does_not_exist_is_named(tmp_path: Path) -> None:
    begin_run(tmp_path / "run", PLAN, target=TARGET)
    path = tmp_path / "run" / "run.json"
    path.write_text(path.read_text().replace('"page"', '"pages"'))
    with pytest.raises(LedgerUnreadable, match=r"run.json: target: there is no capability 'pages'"):
        read_run(tmp_path / "run")


def test_a_database_of_format_2_was_a_table_with_times(tmp_path: Path) -> None:
    begin_run(tmp_path / "run", PLAN, target=replace(TARGET, capabilities=("database", "page")))
    path = tmp_path / "run" / "run.json"
    path.write_text(path.read_text().replace('"format": 3', '"format": 2'))
    target = read_run(tmp_path / "run").target
    assert target is not None
    assert target.capabilities == ("database", "page", "table", "viewed_time")
    assert target.promise == "exactly-once"


def test_a_table_that_is_no_identifier_is_damage(tmp_path: Path) -> None:
    write_plan(tmp_path, SuitePlan(suite="s", command="c", cells=()))
    path = tmp_path / "plan.json"
    path.write_text(path.read_text().replace('"user_art_impressions"', '"a; drop table b"'))
    with pytest.raises(LedgerDamaged, match=r"plan.json: .* is not a plain SQL identifier"):
        read_plan(tmp_path)


def fields_of(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The fields of a record and of every record in it."""
    schema = msgspec.json.schema(kind)
    return {name: " ".join(one["properties"]) for name, one in schema["$defs"].items()}


def test_a_field_more_or_less_is_another_format() -> None:
    """A change of this list raises FORMAT and keeps a reader for the format before."""
    assert FORMAT == 3
    found = fields_of(SuitePlan) | fields_of(RunRecord) | fields_of(RunEnd) | fields_of(SuiteEnd)
    del found["Target"], found["Table"]  # of target files, which have a format of their own
    assert found == {
        "CheckSpec": "name parameters",
        "ClockRecord": "kind same_host",
        "Condition": "title nominal backends lasts_s behaviour",
        "Expected": "fates checks rate source",
        "PlannedCell": "plan node about_s budget_s exclusive not_run directory",
        "Roadmap": "matrix columns",
        "RoadmapColumn": "browser product minimum platform kinds near where command",
        "RunEnd": "format status reason ended_mono_ns ended_wall_ns rows crc32",
        "RunPlan": "scenario arm seed checks matrix question conditions expected",
        "RunRecord": "format plan budget_s started started_mono_ns started_wall_ns clock pid "
        "target versions",
        "SuiteEnd": "format interrupted trouble duration_s",
        "SuiteOptions": "target headed keep bind",
        "SuitePlan": "format suite command started facts options roadmap cells",
        "TargetRecord": "name server database front system capabilities promise",
        "WhyNot": "kind reason fix",
    }
