"""The printed command plans exactly its cell again: that arm, that target, those options."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.cli.commands import run as run_module
from harness.cli.commands.run import run_command as harness_run
from harness.ledger.plan import PlannedCell, SuiteOptions, SuitePlan
from harness.ledger.rundir import RunPlan
from harness.ledger.stored import read_run
from harness.process.ports import free_port
from harness.target.target import Target
from reports.judging.judge import JudgedRun, JudgedSuite, judge_suite
from reports.pages.reproduce import reproduce_commands, run_command
from reports.verdict.roadmap_columns import BrowserSeen
from reports.verdict.verdict import Cell, SuiteVerdict, Verdict
from scenarios.catalogue.planning import plan
from scenarios.catalogue.request import (
    REFERENCE_OFFER,
    Catalogue,
    PlanRequest,
    TargetOffer,
    load_catalogue,
)
from tests.reports.ledgers import healthy
from tests.reports.suites import suite_of
from tests.scenarios.catalogue.asking import Lacking, planned

TARGETS = 'format = 1\n[targets.p95]\nmetric = "response_p95_ms"\nbelow = 70\n'


class Captured(Exception):
    """What `harness run …` would run, instead of running it."""

    def __init__(self, suite: SuitePlan, database: str | None) -> None:
        super().__init__()
        self.suite = suite
        self.database = database


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """`harness run …` reads its arguments and plans; the directory of the user's files."""

    def captured(directory: Path, suite: SuitePlan, *_: Any, database_url: Any, **__: Any) -> None:
        raise Captured(suite, database_url)

    monkeypatch.setattr(run_module, "run_suite", captured)
    monkeypatch.setattr(run_module, "Processes", contextlib.nullcontext)
    monkeypatch.setattr(run_module, "ThisMachine", Lacking)
    monkeypatch.setattr("harness.compose.directory.versions", dict)
    ours, load = load_catalogue(), run_module.load_catalogue

    def loaded(file: str, tried: TargetOffer) -> Catalogue:
        return load(file, tried) if file or tried != REFERENCE_OFFER else ours

    monkeypatch.setattr(run_module, "load_catalogue", loaded)
    monkeypatch.setattr(run_module, "make_suite_directory", lambda *_, **__: tmp_path)
    monkeypatch.setattr(run_module, "database_for", lambda target, url: url)
    monkeypatch.setattr(run_module, "refuse_without_display", lambda: None)
    (tmp_path / "my targets.toml").write_text(TARGETS)
    (tmp_path / "my target.toml").write_text('format = 1\ntargets = "my targets.toml"\n')
    with contextlib.chdir(tmp_path):
        yield tmp_path


def typed(command: str | Sequence[str]) -> Captured:
    """Return what a command line would run."""
    words = shlex.split(command) if isinstance(command, str) else list(command)
    assert words[:2] == ["harness", "run"]
    with pytest.raises(Captured) as caught:
        harness_run.main(words[2:], standalone_mode=False)
    return caught.value


def printed(suite: SuitePlan, cell: PlannedCell, command: str) -> str:
    """Return what a report prints for a cell of a suite that was started by a command."""
    verdict = SuiteVerdict(
        verdict=Verdict.FAIL,
        reason="",
        suite="s",
        started="",
        duration_s=0,
        command=command,
        cells=(),
    )
    run = JudgedRun(cell=shown(cell.plan), plan=cell.plan)
    judged = JudgedSuite(suite=verdict, options=suite.options, runs={"one": run})
    return reproduce_commands(judged, runs_at="runs/x")["one"]


def shown(plan: RunPlan, **more: Any) -> Cell:
    return Cell(
        scenario=plan.scenario, arm="", seed=plan.seed, verdict=Verdict.FAIL, reason="", **more
    )


EVERY = plan(PlanRequest(every=True, seeds=(3,)), load_catalogue(), Lacking())
SUITES = [cell for name in load_catalogue().suites for cell in planned(suite=name)]
CELLS = list({(cell.run, cell.plan.seed): cell for cell in (*EVERY, *SUITES)}.values())


@pytest.mark.parametrize("scenario", sorted({cell.plan.scenario for cell in CELLS}))
def test_every_cell_of_every_suite_is_planned_again_alone(scenario: str, reads: Path) -> None:
    mine = [cell for cell in CELLS if cell.plan.scenario == scenario]
    for cell in mine:
        again = typed(run_command(cell.plan))
        assert [one.plan for one in again.suite.cells] == [cell.plan]


OPTIONS = [
    ("first_visit", "--target 'my target.toml' --headed --keep"),
    ("first_visit", "--target='my target.toml'"),
    ("first_visit", "--database postgresql://ann@db/x"),
    ("first_visit", "--database=postgresql://ann@db/x --target 'my target.toml'"),
    ("first_visit", "--connect 'cdp+http://mac,lan:9222' --bind 127.0.0.1"),
    ("first_visit", "--network slow-3g --browser firefox --arm defect=no_insert"),
    ("random_walk", "--browser firefox --seed 9"),
    ("offline", "--arm cut=drop --network toxiproxy"),
    ("steady_load", "--rate 1234567.5 --master 127.0.0.1:{port} --expect-workers 2"),
    ("steady_load", "--sessions 7 --rate 1e3 --duration 20.5 --batch 0 --flush-delay 3"),
    ("load", "--workload spike --arrivals poisson --shape steady --processes 2"),
    ("load", "--target 'my target.toml' --network slow-3g@toxiproxy --batch 50"),
    ("browsers", "--browser firefox --seed 7"),
]


@pytest.mark.parametrize(("name", "options"), OPTIONS, ids=[options for _, options in OPTIONS])
def test_a_cell_is_planned_again_with_its_target_and_options(
    name: str, options: str, reads: Path
) -> None:
    command = f"harness run {name} {options.format(port=free_port())}"
    first = typed(command)
    for cell in first.suite.cells[:8]:
        again = typed(printed(first.suite, cell, command))
        assert [one.plan for one in again.suite.cells] == [cell.plan]
        assert again.suite.options == first.suite.options
        assert again.database == first.database


def test_a_target_that_is_not_the_harness_s_own_is_never_left_out(tmp_path: Path) -> None:
    """The command would try another system, and pass where the cell failed."""
    [cell] = planned("first_visit", browser="firefox", preset="durable")
    foreign = SuiteOptions(target=Target(name="shop", server_module="shop.server"))
    suite = SuitePlan(suite="s", command="", cells=[cell], options=foreign)
    assert printed(suite, cell, "harness run") == ""
    assert "--target shop.toml" in printed(suite, cell, "harness run x --target shop.toml")
    single = healthy()
    single.checks = [{"name": "nothing_lost", "parameters": {}}]
    assert list(reproduce_commands(judge_suite(single.write(tmp_path / "own"))).values()) != [""]
    single.capabilities = ["database"]  # with a record of another target
    judged = judge_suite(single.write(tmp_path / "other"))
    assert list(reproduce_commands(judged).values()) == [""]


def test_a_stored_suite_names_the_options_that_it_was_started_with(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, "one")
    plan_file = suite / "plan.json"
    plan_file.write_text(plan_file.read_text().replace('"file": ""', '"file": "my.toml"'))
    [command] = reproduce_commands(judge_suite(suite)).values()
    assert command == "harness run one --seed 1 --preset durable --target my.toml"


@pytest.mark.parametrize(
    ("arm", "options"),
    [
        ({"browser": "edge", "preset": "durable"}, "--browser edge --preset durable"),
        ({"cut": "drop", "network": "slow-3g@packets"}, "--arm cut=drop --network slow-3g@packets"),
        ({"device": "Pixel 7"}, "--arm 'device=Pixel 7'"),
        ({"browser": "cdp+http://a,b=c:9"}, "--browser cdp+http://a,b=c:9"),
        ({"rate": "50", "workload": "scale"}, "--rate 50 --workload scale"),
        # As earlier revisions stored it.
        ({"line": "slow-3g", "network": "packets"}, "--network slow-3g@packets"),
        ({"network": "a-network-of-then"}, "--network a-network-of-then"),
    ],
)
def test_a_cell_is_run_again_by_the_levels_of_its_arm(arm: dict[str, str], options: str) -> None:
    plan = RunPlan(scenario="s", arm=arm, seed=3)
    assert run_command(plan) == f"harness run s --seed 3 {options}"


def judged_alone(
    plan: RunPlan, command: str, *, kind: str = "", run: str | None = "cells/a"
) -> JudgedSuite:
    browser = BrowserSeen(name="b", product="p", version="1", platform="Linux", kind=kind)
    cell = shown(plan, run=run, browser=browser if kind else None)
    suite = SuiteVerdict(
        verdict=Verdict.FAIL,
        reason="",
        suite="s",
        started="",
        duration_s=0,
        command=command,
        cells=(),
    )
    options = SuiteOptions(target=Target(file="t.toml"))
    return JudgedSuite(suite=suite, options=options, runs={"": JudgedRun(cell=cell, plan=plan)})


def test_a_walk_is_repeated_from_the_steps_of_its_try() -> None:
    arm = {"browser": "firefox", "preset": "durable", "walk": "3", "try": "002", "defect": "d"}
    plan = RunPlan(scenario="random_walk", arm=arm, seed=7)
    judged = judged_alone(plan, "harness walk --seed 7")
    assert reproduce_commands(judged, runs_at="runs/x")[""] == (
        "harness walk --steps runs/x/cells/a/walk.json --browser firefox --defect d --target t.toml"
    )
    judged = judged_alone(plan, "harness walk --seed 7", run=None)
    assert "harness walk --seed 7 --walk 3 --browser firefox" in reproduce_commands(judged)[""]


def test_a_person_s_steps_are_asked_for_again_as_they_were() -> None:
    plan = RunPlan(scenario="pagehide_on_close", arm={"browser": "b", "preset": "roadmap"}, seed=1)
    typed = "harness device --bind 192.0.2.1 --preset roadmap --target t.toml"
    assert reproduce_commands(judged_alone(plan, typed, kind="device"))[""] == typed
    alone = reproduce_commands(judged_alone(plan, "", kind="emulated"))[""]
    assert alone == "harness device --preset roadmap"


def test_a_command_that_is_none_names_no_options(tmp_path: Path) -> None:
    plan = read_run(healthy().write(tmp_path)).plan
    assert reproduce_commands(judged_alone(plan, "'"))[""].endswith("--target t.toml")
    assert reproduce_commands(judged_alone(plan, "harness run --database"))[""].count("--") == 3
