"""A directory that is not the planned run's, or is damaged, is no evidence."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from harness.core.errors import HarnessError, LedgerDamaged, LedgerUnreadable
from harness.ledger.json_files import read_json, write_json
from harness.ledger.rundir import RUN_FILE, CheckSpec, Condition, Expected, RunPlan
from harness.ledger.stored import read_run
from reports.evidence.evidence import Evidence
from reports.judging.directory import evidence
from reports.judging.directory.evidence import evidence_in
from reports.judging.judge import JudgedRun, judge_run, judge_suite
from reports.verdict.verdict import Verdict
from tests.reports.ledgers import evidence_of, healthy
from tests.reports.suites import PLAN, planned_as, suite_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("scenario", "another"),
        ("arm", {"preset": "roadmap"}),
        ("seed", 2),
        ("checks", (CheckSpec(name="nothing_lost"),)),
        ("matrix", "load"),
        ("question", "why?"),
        ("conditions", (Condition(title="Outage", nominal="5 s", backends=()),)),
        (
            "expected",
            Expected(fates=("undelivered",), checks=("nothing_lost",), rate=(0, 1), source=""),
        ),
    ],
)
def test_a_directory_that_holds_another_run_is_no_evidence(
    tmp_path: Path, field: str, other: object
) -> None:
    """One by one, whatever the plan says: a run must not be judged as what it was not."""
    run = planned_as(tmp_path, replace(PLAN, **{field: other}))
    recorded = getattr(read_run(run).plan, field)
    [cell] = judge_suite(tmp_path).suite.cells
    assert cell.verdict is Verdict.UNKNOWN
    assert cell.reason == f"the directory holds another run: its {field} is {recorded!r}"
    assert cell.run == "cells/one"
    assert getattr(judge_suite(tmp_path).runs[cell.name].plan, field) == other


def test_every_field_of_a_plan_is_compared_above() -> None:
    [mark] = test_a_directory_that_holds_another_run_is_no_evidence.pytestmark
    assert [field for field, _ in mark.args[1]] == list(RunPlan.__struct_fields__)


def in_format_1(run: Path) -> None:
    """Write run.json as the first format had it: the plan's fields beside the others."""
    stored = read_json(run / RUN_FILE)
    plan = stored.pop("plan")
    old = {name: plan[name] for name in ("scenario", "arm", "seed", "checks")}
    kept = ("started", "started_mono_ns", "started_wall_ns", "versions")
    write_json(run / RUN_FILE, {"format": 1} | old | {name: stored[name] for name in kept})


def test_a_run_in_format_1_is_asked_what_the_suites_plan_asks(tmp_path: Path) -> None:
    run = planned_as(tmp_path, replace(PLAN, matrix="network", question="why?"))
    in_format_1(run)
    [cell] = judge_suite(tmp_path).suite.cells
    assert (cell.verdict, cell.question, cell.matrix) == (Verdict.PASS, "why?", "network")
    alone = judge_suite(run).suite
    assert alone.lacking.startswith("it was stored in format 1, which holds neither")


@pytest.mark.parametrize(
    ("field", "other"),
    [("scenario", "another"), ("arm", {}), ("seed", 2), ("checks", PLAN.checks[1:])],
)
def test_in_format_1_too_another_run_is_no_evidence(
    tmp_path: Path, field: str, other: object
) -> None:
    in_format_1(planned_as(tmp_path, replace(PLAN, **{field: other})))
    [cell] = judge_suite(tmp_path).suite.cells
    assert cell.verdict is Verdict.UNKNOWN
    assert f"the directory holds another run: its {field} is " in cell.reason


def test_a_cell_that_cannot_be_read_is_undecided_and_takes_no_other_along(tmp_path: Path) -> None:
    directory = suite_of(tmp_path, "one", "two")
    run = directory / "cells" / "one"
    end = read_json(run / "end.json")
    write_json(run / "end.json", end | {"ended_mono_ns": "late"})
    one, two = judge_suite(directory).suite.cells
    assert (one.verdict, two.verdict) == (Verdict.UNKNOWN, Verdict.PASS)
    assert "end.json: ended_mono_ns: expected int, got str" in one.reason
    assert one.run == "cells/one"


def test_a_run_that_lies_outside_of_its_suite_is_undecided(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    suite = tmp_path / "suite"
    run = planned_as(suite)
    run.rename(elsewhere)
    run.symlink_to(elsewhere)
    [cell] = judge_suite(suite).suite.cells
    assert cell.verdict is Verdict.UNKNOWN
    assert "link" in cell.reason
    assert cell.run is None


@pytest.fixture
def stumbling(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Errors that reading a ledger raises, one after the other."""
    errors: list[Exception] = []

    def stumble(*_: object, **__: object) -> object:
        raise errors.pop(0)

    monkeypatch.setattr(evidence, "read_ledger", stumble)
    return errors


def test_whatever_judging_stumbles_over_is_damage_with_its_name(
    tmp_path: Path, stumbling: list[Exception]
) -> None:
    run = planned_as(tmp_path)
    for read in (judge_run, evidence_in):
        stumbling.append(KeyError("user"))
        with pytest.raises(LedgerDamaged) as damage:
            read(run)
        assert str(damage.value) == f"{run} is damaged and cannot be judged: KeyError: 'user'"
    stumbling.append(KeyError("user"))
    [cell] = judge_suite(tmp_path).suite.cells
    assert (cell.verdict, cell.run) == (Verdict.UNKNOWN, "cells/one")
    assert cell.reason == f"{run} is damaged and cannot be judged: KeyError: 'user'"


@pytest.mark.parametrize("error", [HarnessError("no more"), OSError(28, "No space left")])
def test_what_is_no_damage_is_not_called_damage(
    tmp_path: Path, stumbling: list[Exception], error: Exception
) -> None:
    run = planned_as(tmp_path)
    stumbling.append(error)
    with pytest.raises(type(error)) as raised:
        judge_run(run)
    assert raised.value is error
    stumbling.append(error)
    [cell] = judge_suite(tmp_path).suite.cells
    assert cell.verdict is Verdict.UNKNOWN
    assert cell.reason in ("no more", f"cannot be judged: {error!r}")


def test_each_run_is_judged_in_the_context_that_its_plan_asks_for(tmp_path: Path) -> None:
    run = planned_as(tmp_path)
    inside: list[RunPlan] = []

    @contextmanager
    def around(plan: RunPlan) -> Iterator[None]:
        inside.append(plan)
        yield
        inside.append(plan)

    judge_suite(tmp_path, around)
    assert inside == [PLAN, PLAN]
    judge_suite(run, around)
    assert inside[2:] == [PLAN, PLAN]


def test_what_is_recalled_of_a_run_is_not_judged_again(tmp_path: Path) -> None:
    run = planned_as(tmp_path)
    known = judge_run(run)
    asked: list[tuple[Path, RunPlan]] = []

    def recall(directory: Path, plan: RunPlan) -> JudgedRun:
        asked.append((directory, plan))
        return known

    judged = judge_suite(tmp_path, recall=recall)
    assert asked == [(run, PLAN)]
    [cell] = judged.suite.cells
    assert cell == replace(known.cell, run="cells/one")
    assert judged.runs[cell.name].evidence is known.evidence


def test_a_lost_tail_of_a_witness_file_is_noticed(tmp_path: Path) -> None:
    """The file still reads well, but holds less than the run wrote down at its end."""
    ledger = healthy().shown("c", 2.0)
    ledger.checks = [{"name": "nothing_twice", "parameters": {}}]
    directory = ledger.write(tmp_path)
    shorter = healthy().write(tmp_path / "other")
    (directory / "viewer.arrows").write_bytes((shorter / "viewer.arrows").read_bytes())
    cell = judge_run(directory).cell
    assert cell.verdict is Verdict.UNKNOWN
    assert "viewer.arrows is not as the run left it; it held 6 rows" in cell.reason


def test_a_missing_witness_file_is_noticed(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.checks = [{"name": "nothing_twice", "parameters": {}}]
    directory = ledger.write(tmp_path)
    (directory / "viewer.arrows").unlink()
    assert "viewer.arrows is missing; it held 4 rows" in judge_run(directory).cell.reason


def test_a_large_ledger_is_read_in_short_with_what_its_plan_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (CheckSpec(name="in_time", parameters={"within_s": 7}),)
    ledger = healthy()
    ledger.checks = [{"name": "in_time", "parameters": {"within_s": 7}}]
    run = ledger.write(tmp_path)
    in_short = evidence_of(healthy(), tmp_path / "in short")

    def judge_in_parts(*given: object) -> tuple[Evidence, tuple[()]]:
        assert given == (run, asked, 7.0)
        return in_short, ()

    monkeypatch.setattr(evidence, "judge_in_parts", judge_in_parts)
    assert evidence_in(run) is not in_short
    assert evidence_in(run).late_after_s == 7.0
    monkeypatch.setattr(evidence, "is_large", lambda directory: directory == run)
    assert evidence_in(run) is in_short
    with pytest.raises(LedgerUnreadable, match="holds another run: its seed is 1"):
        evidence_in(run, replace(read_run(run).plan, seed=2))
