"""From directories to a verdict: nothing is left out, and nothing passes on nothing."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from harness.core.errors import LedgerUnreadable
from harness.ledger.json_files import read_json, write_json
from harness.ledger.kinds.client import Acknowledged
from harness.ledger.kinds.network import BrowserUsed
from harness.ledger.plan import (
    NotRun,
    PlannedCell,
    SuiteEnd,
    SuiteOptions,
    SuitePlan,
    WhyNot,
    write_plan,
    write_suite_end,
)
from harness.ledger.rundir import RUN_FILE, CheckSpec, Condition, RunPlan, begin_run
from harness.ledger.stored import read_plan, read_run
from harness.target.capabilities import EVERYTHING, Capability
from harness.target.described.file import REFERENCE, REFERENCE_SERVER
from harness.target.target import Target
from reports.evidence.evidence import Evidence
from reports.judging import findings, judge
from reports.judging.judge import judge_run, judge_suite
from reports.verdict.verdict import Cell, Finding, NotRunKind, Verdict
from scenarios.catalogue.roadmap import ROADMAP
from tests.reports.histories import lost_acked
from tests.reports.ledgers import HandWritten, at, healthy, without
from tests.reports.suites import ALL, CHECKS, PLAN, planned_as, suite_of

PASS, FAIL, UNKNOWN, NOT_RUN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_RUN


VIEWS = {"name": "views_as_planned", "parameters": {"views": 2}}
"""The instrument's part of the healthy ledger: both planned views were shown."""


def verdict_of(ledger: HandWritten, directory: Path, *checks: str | dict[str, Any]) -> Cell:
    ledger.checks = [
        {"name": check, "parameters": {}} if isinstance(check, str) else check for check in checks
    ]
    return judge_run(ledger.write(directory)).cell


def test_a_healthy_run_passes_and_a_bad_one_names_its_reason(tmp_path: Path) -> None:
    assert verdict_of(healthy(), tmp_path / "good", "nothing_lost").verdict is PASS
    cell = verdict_of(lost_acked(), tmp_path / "bad", "nothing_twice", "nothing_lost")
    assert cell.verdict is FAIL
    assert cell.reason.startswith("nothing_lost: 1 of 2 shown impressions have no row")
    assert cell.fates == {"lost_acked": 1, "recorded_once": 1}


def test_why_a_cell_cannot_run_is_one_vocabulary() -> None:
    assert [kind.value for kind in NotRunKind] == list(get_args(NotRun))


def test_no_checks_are_no_pass(tmp_path: Path) -> None:
    cell = verdict_of(healthy(), tmp_path)
    assert cell.verdict is UNKNOWN
    assert cell.reason == "no check was asked for"


def test_a_check_that_does_not_exist_is_unknown(tmp_path: Path) -> None:
    assert verdict_of(healthy(), tmp_path, "nothing_lost", "no_such_check").verdict is UNKNOWN


def test_what_the_target_cannot_show_is_unsupported_and_never_accused(tmp_path: Path) -> None:
    ledger = lost_acked()
    ledger.capabilities = ["page", "receipts"]
    cell = verdict_of(ledger, tmp_path, VIEWS, "nothing_lost")
    [finding] = [one for one in cell.findings if one.check == "nothing_lost"]
    assert finding.verdict is NOT_RUN
    reason = "unsupported: the target does not offer stored views that can be read back"
    assert finding.summary == reason


def test_a_failure_counts_although_the_target_has_no_database_to_read(tmp_path: Path) -> None:
    ledger = HandWritten().lifetime().shown("a", 1.0).acknowledged(["a"], 1.2)
    ledger.receipt(["a"], 1.1).receipt(["a"], 1.3, batch="b2")
    ledger.capabilities = [one.key for one in EVERYTHING - {Capability.DATABASE}]
    cell = verdict_of(ledger, tmp_path, "each_id_once")
    assert cell.verdict is FAIL
    assert cell.fates == {}


def test_a_cell_passes_on_what_can_be_judged_and_names_the_rest(tmp_path: Path) -> None:
    ledger = healthy()
    lacking = {Capability.TELEMETRY, Capability.OWN_ROW}
    ledger.capabilities = [one.key for one in EVERYTHING - lacking]
    cell = verdict_of(ledger, tmp_path, "nothing_lost", "telemetry_reconciles")
    assert cell.verdict is PASS
    assert re.fullmatch(
        r"(\d+) of \d+ checks passed; unsupported: telemetry_reconciles", cell.reason
    )


def test_what_is_not_promised_is_no_want_of_evidence(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.capabilities = [one.key for one in EVERYTHING - {Capability.OWN_ROW, Capability.TABLE}]
    ledger.promise = "at-least-once"
    cell = verdict_of(ledger, tmp_path, "nothing_lost", "nothing_twice", "roadmap_sql")
    assert cell.verdict is PASS, cell.reason
    assert cell.reason.endswith("; unsupported: roadmap_sql; not promised: nothing_twice")


def test_witnesses_are_compared_unasked_wherever_a_run_has_both(tmp_path: Path) -> None:
    acks = "acks_after_commit"
    assert acks in {one.check for one in verdict_of(healthy(), tmp_path / "1", VIEWS).findings}
    early = healthy()
    early.receipts[-1]["committed_mono_ns"] = at(1.3).mono_ns
    cell = verdict_of(early, tmp_path / "2", "nothing_lost")
    assert cell.verdict is FAIL
    assert cell.reason.startswith(acks)


def test_where_there_is_nothing_to_compare_there_is_no_finding(tmp_path: Path) -> None:
    cell = verdict_of(without(healthy(), Acknowledged), tmp_path, "nothing_lost")
    assert cell.verdict is PASS
    assert "acks_after_commit" not in {finding.check for finding in cell.findings}


def test_a_comparison_that_cannot_tell_whether_it_applies_is_no_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(evidence: Evidence) -> bool:
        raise ZeroDivisionError("oops")

    broken = dataclasses.replace(judge.CHECKS["acks_after_commit"], applies=crash)
    monkeypatch.setattr(findings, "CHECKS", {**judge.CHECKS, "acks_after_commit": broken})
    cell = verdict_of(without(healthy(), Acknowledged), tmp_path, "nothing_lost")
    assert "acks_after_commit" in {finding.check for finding in cell.findings}


def test_witnesses_that_agree_are_no_pass_alone(tmp_path: Path) -> None:
    cell = verdict_of(healthy(), tmp_path, VIEWS)
    assert any(one.verdict is PASS and one.check == "acks_after_commit" for one in cell.findings)
    assert cell.verdict is UNKNOWN


def test_only_unsupported_checks_are_no_pass(tmp_path: Path) -> None:
    ledger = healthy()
    lacking = {Capability.TELEMETRY, Capability.OWN_ROW}
    ledger.capabilities = [one.key for one in EVERYTHING - lacking]
    cell = verdict_of(ledger, tmp_path, "telemetry_reconciles")
    assert cell.verdict is UNKNOWN
    assert cell.reason.startswith("telemetry_reconciles: unsupported: the target does not offer")


def test_a_healthy_instrument_alone_is_no_pass(tmp_path: Path) -> None:
    cell = verdict_of(healthy(), tmp_path, VIEWS)
    assert cell.verdict is UNKNOWN
    assert cell.reason == "views_as_planned: only the instrument was judged"


@pytest.mark.parametrize(
    ("promise", "not_asked"),
    [
        ("exactly-once", []),
        ("at-least-once", ["nothing_twice"]),
        ("at-most-once", ["nothing_lost"]),
    ],
)
def test_a_target_is_judged_by_its_own_promise(
    tmp_path: Path, promise: str, not_asked: list[str]
) -> None:
    ledger = healthy()
    ledger.capabilities = [one.key for one in EVERYTHING - {Capability.OWN_ROW}]
    ledger.promise = promise
    cell = verdict_of(ledger, tmp_path, "nothing_lost", "nothing_twice")
    asked = {one.check: one for one in cell.findings if one.check.startswith("nothing_")}
    assert [name for name, one in asked.items() if one.verdict is NOT_RUN] == not_asked
    assert all(f"under {promise} delivery" in asked[name].summary for name in not_asked)
    assert cell.verdict is PASS
    unasked = "".join(f"; not promised: {name}" for name in not_asked)
    assert re.fullmatch(rf"\d+ of \d+ checks passed{unasked}", cell.reason)


def test_a_promise_that_leaves_no_check_of_delivery_leaves_the_cell_undecided(
    tmp_path: Path,
) -> None:
    ledger = lost_acked()
    ledger.capabilities = [one.key for one in EVERYTHING - {Capability.OWN_ROW}]
    ledger.promise = "at-most-once"
    cell = verdict_of(ledger, tmp_path, "nothing_lost")
    assert cell.verdict is UNKNOWN
    assert cell.reason.startswith("no check of what is stored was asked: not asked: under at-most")


@pytest.mark.parametrize(
    "offered", [[], ["telemetry"], ["page", "receipts", "page_events"]], ids=str
)
def test_no_cell_passes_on_delivery_that_no_table_shows(tmp_path: Path, offered: list[str]) -> None:
    ledger = healthy()
    ledger.capabilities = offered
    cell = verdict_of(ledger, tmp_path, VIEWS, "nothing_lost", "each_id_once")
    assert cell.verdict is UNKNOWN
    assert cell.reason == (
        "nothing_lost: unsupported: the target does not offer stored views that can be read back"
    )


def test_a_check_that_crashes_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(evidence: Evidence) -> Finding:
        raise ZeroDivisionError("oops")

    broken = dataclasses.replace(judge.CHECKS["nothing_twice"], function=crash)
    monkeypatch.setattr(findings, "CHECKS", {**judge.CHECKS, "nothing_twice": broken})
    cell = verdict_of(healthy(), tmp_path, "nothing_lost", "nothing_twice")
    assert cell.verdict is UNKNOWN
    assert "the check crashed: ZeroDivisionError" in cell.reason


def test_a_planned_cell_without_a_result_is_unknown_with_the_trouble(tmp_path: Path) -> None:
    directory = suite_of(tmp_path, "one", "two")
    for file in (directory / "cells" / "two").iterdir():
        file.unlink()
    write_suite_end(directory, SuiteEnd(interrupted=False, trouble="it blew up"))
    suite = judge_suite(directory).suite
    assert [cell.verdict for cell in suite.cells] == [PASS, UNKNOWN]
    assert suite.cells[1].reason == "it blew up"
    assert suite.verdict is UNKNOWN
    assert not suite.interrupted


def test_a_suite_without_an_end_was_interrupted(tmp_path: Path) -> None:
    directory = suite_of(tmp_path, "one")
    (directory / "suite-end.json").unlink()
    assert judge_suite(directory).suite.interrupted


def test_a_suite_of_three_says_what_each_became(tmp_path: Path) -> None:
    ledgers = {"good": healthy(), "bad": lost_acked()}
    cells = []
    for name, ledger in ledgers.items():
        plan = RunPlan(
            scenario=name,
            arm={"preset": "durable"},
            seed=1,
            checks=(CheckSpec(name="nothing_lost"),),
        )
        cells.append(PlannedCell(plan=plan, node="", about_s=1, budget_s=1))
        ledger.scenario = name
        ledger.checks = [{"name": "nothing_lost", "parameters": {}}]
        ledger.write(tmp_path / cells[-1].run)
    absent = RunPlan(scenario="absent", arm={}, seed=1)
    why = WhyNot(kind="missing", reason="no paint", fix="buy paint")
    cells.append(PlannedCell(plan=absent, node="", about_s=1, budget_s=1, not_run=why))
    write_plan(tmp_path, SuitePlan(suite="s", command="c", cells=cells))
    assert [stored.plan for stored in read_plan(tmp_path).cells] == [cell.plan for cell in cells]
    suite = judge_suite(tmp_path).suite
    assert [cell.verdict for cell in suite.cells] == [PASS, FAIL, NOT_RUN]
    assert suite.cells[2].fix == "buy paint"
    assert suite.verdict is FAIL
    assert suite.reason == "1 of 2 cells failed: bad (nothing_lost); 1 not run"


def test_the_conditions_of_a_run_are_those_that_its_plan_and_its_directory_hold(
    tmp_path: Path,
) -> None:
    stored = Condition(title="Outage", nominal="for 5 s", backends=("toxiproxy",))
    plan = RunPlan(scenario="short_outage", arm={}, seed=1, conditions=(stored,))
    cell = PlannedCell(plan=plan, node="", about_s=1, budget_s=1)
    begin_run(tmp_path / cell.run, plan)
    write_plan(tmp_path, SuitePlan(suite="s", command="c", cells=[cell]))
    assert read_plan(tmp_path).cells[0].plan == plan
    assert judge_suite(tmp_path).suite.cells[0].conditions == (stored,)
    assert judge_suite(tmp_path / cell.run).suite.cells[0].conditions == (stored,)


def test_every_check_of_the_plan_is_in_the_table_of_checks() -> None:
    assert {check["name"] for check in ALL} <= set(judge.CHECKS)


CHROME = {"product": "Google Chrome", "version": "130.0", "platform": "Windows", "kind": "stock"}


def test_a_suites_verdict_says_what_its_plan_and_its_end_say(tmp_path: Path) -> None:
    plan = replace(PLAN, matrix=ROADMAP.matrix, question="why?")
    options = SuiteOptions(target=Target(name="mine", file="mine.toml"), headed=True)
    run = planned_as(
        tmp_path,
        plan,
        healthy().saw(0.1, BrowserUsed(name="a", **CHROME)),
        started="20260102T030405Z",
        facts={"cpus": "2"},
        options=options,
        roadmap=ROADMAP,
    )
    stored = read_json(run / RUN_FILE)
    stored["plan"] |= {"matrix": ROADMAP.matrix, "question": "why?"}
    write_json(run / RUN_FILE, stored)
    judged = judge_suite(tmp_path)
    suite = judged.suite
    assert (suite.suite, suite.command, suite.started) == ("s", "c", "20260102T030405Z")
    assert (suite.duration_s, suite.interrupted) == (12.5, False)
    assert suite.facts == {"cpus": "2"}
    # A browser was used, and nothing is known of its tabs.
    assert suite.reason == "1 of 1 cells could not be decided: hand_written (witnesses_whole)"
    assert suite.verdict is Verdict.UNKNOWN
    assert suite.counts == {"planned": 1, "started": 1, "finished": 1, "decided": 0}
    target = {"name": "mine", "system": REFERENCE, "server": REFERENCE_SERVER}
    assert suite.target == {**target, "file": "mine.toml"}
    assert suite.lacking == ""
    assert [one.column for one in suite.columns if one.filled] == ["Chrome 120+ · Windows"]
    [cell] = suite.cells
    assert (cell.verdict, cell.fills) == (Verdict.UNKNOWN, "Chrome 120+ · Windows")
    assert (cell.matrix, cell.question, cell.arm) == (plan.matrix, "why?", "preset=durable")
    assert (cell.run, cell.finished, cell.seed) == ("cells/one", True, 1)
    assert cell.duration_s == 10.0
    assert cell.measures["shown_to_durable_p95_ms"] == 100.0
    assert judged.options == options
    assert list(judged.runs) == [cell.name]
    kept = judged.runs[cell.name]
    assert (kept.cell, kept.plan, kept.node) == (cell, plan, "a.py::test")
    assert kept.evidence is not None
    assert kept.evidence.fates.counts() == {"recorded_once": 2}


def test_a_target_without_a_file_names_none(tmp_path: Path) -> None:
    planned_as(tmp_path)
    assert set(judge_suite(tmp_path).suite.target) == {"name", "system", "server"}


def test_a_run_alone_is_a_suite_of_its_own_facts(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks, ledger.capabilities = ALL, ["page", "receipts", "database"]
    run = ledger.write(tmp_path)
    judged = judge_suite(run)
    suite = judged.suite
    assert (suite.suite, suite.command, suite.started) == ("one run", "", "20260101T000000Z")
    assert (suite.duration_s, suite.interrupted, suite.lacking) == (10.0, False, "")
    assert suite.facts == {"cpus": "2"}
    assert suite.target == {"name": "t", "system": "", "server": "m"}
    assert suite.counts == {"planned": 1, "started": 1, "finished": 1, "decided": 1}
    [cell] = suite.cells
    assert cell.run == "."
    assert (suite.verdict, cell.verdict) == (Verdict.PASS, Verdict.PASS)
    assert suite.reason == "1 of 1 cells passed"
    assert list(judged.runs) == [cell.name]
    assert judged.runs[cell.name].target == read_run(run).target


def test_a_run_alone_that_was_cut_short_is_interrupted_and_has_no_length(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks, ledger.status = ALL, None
    suite = judge_suite(ledger.write(tmp_path)).suite
    assert suite.interrupted
    assert suite.duration_s == 0.0
    assert suite.target == {}
    assert suite.cells[0].duration_s is None
    assert not suite.cells[0].finished


def test_a_run_that_broke_is_not_finished(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks, ledger.status = ALL, "broken"
    [cell] = judge_suite(ledger.write(tmp_path)).suite.cells
    assert not cell.finished
    assert cell.duration_s == 10.0


def test_what_is_neither_a_run_nor_a_suite_is_named_with_what_is_one(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnreadable, match=f"{tmp_path} is neither") as refused:
        judge_suite(tmp_path)
    assert "`runs/latest` is the newest suite" in refused.value.hint


def test_a_plan_in_format_1_says_what_it_lacks(tmp_path: Path) -> None:
    planned_as(tmp_path)
    write_plan(tmp_path, replace(read_plan(tmp_path), format=2))
    assert judge_suite(tmp_path).suite.lacking == ""
    checks = [{"name": name, "parameters": {}} for name in CHECKS]
    cell = {"scenario": "s", "arm": {}, "seed": 1, "checks": checks, "run": "cells/none"}
    old = {"format": 1, "suite": "old", "command": "c", "started": "x", "cells": [cell]}
    write_json(tmp_path / "plan.json", old)
    assert "format 1" in judge_suite(tmp_path).suite.lacking


def test_a_planned_cell_without_a_result_says_so(tmp_path: Path) -> None:
    run = planned_as(tmp_path)
    (run / RUN_FILE).unlink()
    [cell] = judge_suite(tmp_path).suite.cells
    assert (cell.verdict, cell.run) == (Verdict.UNKNOWN, None)
    assert cell.reason == "planned, but it left no result"


def test_a_run_is_shown_as_its_place_where_no_suite_names_it(tmp_path: Path) -> None:
    run = planned_as(tmp_path)
    assert judge_run(run).cell.run == str(run)
    assert judge_run(run, shown_as="here").cell.run == "here"
