"""Findings in the order in which a reader needs them; a crash and a mistake are undecided."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.ledger.kinds.client import Acknowledged
from harness.ledger.kinds.network import ProcessDied
from harness.ledger.rundir import CheckSpec
from reports.checks import CHECKS
from reports.evidence.evidence import Evidence
from reports.evidence.frame import read_ledger
from reports.judging import findings
from reports.judging.findings import doubted, finding_of, findings_of, judges
from reports.verdict.verdict import Finding, Verdict
from tests.reports.histories import lost_acked
from tests.reports.ledgers import evidence_of, healthy, without


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    return evidence_of(healthy(), tmp_path)


def test_the_harness_comes_first_then_what_was_asked_then_what_always_judges(
    evidence: Evidence,
) -> None:
    found = [one.check for one in findings_of(evidence, [CheckSpec(name="nothing_lost")])]
    at = found.index("nothing_lost")
    assert found.count("nothing_lost") == 1
    assert "witnesses_whole" in found[:at]
    assert all(CHECKS[name].instrument for name in found[:at])
    assert found[at + 1 :]
    assert not any(CHECKS[name].instrument for name in found[at + 1 :])


def test_a_check_that_finds_nothing_to_compare_does_not_judge_unasked(
    evidence: Evidence, tmp_path: Path
) -> None:
    asked = [CheckSpec(name="nothing_lost")]
    unheard = evidence_of(without(healthy(), Acknowledged), tmp_path / "unheard")
    found = [{one.check for one in findings_of(run, asked)} for run in (evidence, unheard)]
    assert "acks_after_commit" in found[0]
    assert "acks_after_commit" not in found[1]


def test_a_check_is_asked_with_its_parameters(evidence: Evidence) -> None:
    found = finding_of(evidence, CheckSpec(name="in_time", parameters={"within_s": 7}))
    assert (found.verdict, found.target) == (Verdict.PASS, 7.0)


def test_failures_of_a_run_that_was_cut_short_are_doubted_and_nothing_else(tmp_path: Path) -> None:
    asked = [CheckSpec(name="nothing_lost"), CheckSpec(name="nothing_twice")]
    whole, broken = lost_acked(), lost_acked()
    broken.status = "broken"
    row = ProcessDied(part="it", owner="target", exit_code=3, accuses_target=True, why="it ended")
    broken.saw(2.5, row)
    before = findings_of(evidence_of(whole, tmp_path / "whole"), asked)
    death, *after = findings_of(evidence_of(broken, tmp_path / "broken"), asked)
    assert (death.check, death.verdict) == ("stayed_up", Verdict.FAIL)
    assert [one.check for one in after] == [one.check for one in before]
    verdicts = [{one.check: one for one in run}["nothing_lost"] for run in (before, after)]
    assert [one.verdict for one in verdicts] == [Verdict.FAIL, Verdict.UNKNOWN]
    assert verdicts[1].summary == f"the evidence is not whole, or else: {verdicts[0].summary}"


def test_a_check_that_was_asked_for_is_not_asked_again(evidence: Evidence) -> None:
    found = [one.check for one in findings_of(evidence, [CheckSpec(name="witnesses_whole")])]
    assert found.count("witnesses_whole") == 1


def test_what_does_not_exist_or_has_wrong_parameters_is_undecided(evidence: Evidence) -> None:
    strange = finding_of(evidence, CheckSpec(name="no_such"))
    assert (strange.verdict, strange.summary) == (Verdict.UNKNOWN, "there is no check 'no_such'")
    assert strange.check == "no_such"
    wrong = finding_of(evidence, CheckSpec(name="in_time", parameters={"within_s": "soon"}))
    assert (wrong.check, wrong.verdict) == ("in_time", Verdict.UNKNOWN)
    assert (
        "run.json: plan.checks, in_time: parameters.within_s: expected a number, got 'soon'"
        in wrong.summary
    )


def test_a_crash_is_undecided_and_never_looks_like_nothing_to_judge(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crashing:
        needs: frozenset[object] = frozenset()

        def __call__(self, *_: object, **__: object) -> Finding:
            raise RuntimeError("oh")

        def judges(self, _: object) -> bool:
            raise RuntimeError("oh")

    monkeypatch.setattr(findings, "mistake_in", lambda spec: "")
    monkeypatch.setitem(CHECKS, "nothing_lost", Crashing())  # type: ignore[call-overload]
    found = finding_of(evidence, CheckSpec(name="nothing_lost"))
    assert found.verdict is Verdict.UNKNOWN
    assert found.summary == "the check crashed: RuntimeError: oh"
    assert judges(evidence, CheckSpec(name="nothing_lost"))


def test_a_mistake_about_what_the_target_cannot_show_accuses_no_parameter(tmp_path: Path) -> None:
    ledger = healthy()
    ledger.capabilities = ["page"]
    spec = CheckSpec(name="in_time", parameters={"within_s": "soon"})
    found = finding_of(evidence_of(ledger, tmp_path), spec)
    assert found.verdict is Verdict.NOT_RUN
    assert found.summary.startswith("unsupported: ")
    ledger.capabilities = [one.key for one in CHECKS["in_time"].needs]
    found = finding_of(evidence_of(ledger, tmp_path / "just enough"), spec)
    assert found.verdict is Verdict.UNKNOWN
    assert "parameters.within_s: expected a number" in found.summary


def test_a_crash_on_damaged_evidence_names_the_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(evidence: Evidence) -> Finding:
        raise RuntimeError("oh")

    broken = replace(CHECKS["nothing_lost"], function=crash)
    monkeypatch.setitem(CHECKS, "nothing_lost", broken)  # type: ignore[call-overload]
    run = healthy().write(tmp_path)
    (run / "viewer.arrows").unlink()
    damaged = Evidence(ledger=read_ledger(run))
    found = finding_of(damaged, CheckSpec(name="nothing_lost"))
    assert (found.check, found.verdict) == ("nothing_lost", Verdict.UNKNOWN)
    assert found.summary == f"on damaged evidence ({damaged.ledger.gaps[0]}) RuntimeError: oh"
    assert "viewer.arrows is missing" in found.summary


def test_a_failure_on_a_damaged_witness_is_undecided() -> None:
    failed = Finding(check="nothing_lost", verdict=Verdict.FAIL, summary="2 are gone")
    assert doubted(failed, frozenset({"machine"})) == failed
    unsure = doubted(failed, frozenset({"viewer"}))
    assert unsure.verdict is Verdict.UNKNOWN
    assert unsure.summary == "the evidence is not whole, or else: 2 are gone"
    passed = Finding(check="nothing_lost", verdict=Verdict.PASS, summary="fine")
    assert doubted(passed, frozenset({"viewer"})) == passed
