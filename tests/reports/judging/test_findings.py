"""Findings in the order in which a reader needs them; a crash and a mistake are undecided."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.ledger.rundir import CheckSpec
from reports.checks import CHECKS
from reports.evidence.evidence import Evidence
from reports.judging import findings
from reports.judging.findings import doubted, finding_of, findings_of, judges
from reports.verdict.verdict import Finding, Verdict
from tests.reports.ledgers import evidence_of, healthy


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


def test_a_check_that_was_asked_for_is_not_asked_again(evidence: Evidence) -> None:
    found = [one.check for one in findings_of(evidence, [CheckSpec(name="witnesses_whole")])]
    assert found.count("witnesses_whole") == 1


def test_what_does_not_exist_or_has_wrong_parameters_is_undecided(evidence: Evidence) -> None:
    strange = finding_of(evidence, CheckSpec(name="no_such"))
    assert (strange.verdict, strange.summary) == (Verdict.UNKNOWN, "there is no check 'no_such'")
    wrong = finding_of(evidence, CheckSpec(name="in_time", parameters={"within_s": "soon"}))
    assert wrong.verdict is Verdict.UNKNOWN
    assert "parameters.within_s: expected a number, got 'soon'" in wrong.summary


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


def test_a_failure_on_a_damaged_witness_is_undecided() -> None:
    failed = Finding(check="nothing_lost", verdict=Verdict.FAIL, summary="2 are gone")
    assert doubted(failed, frozenset({"machine"})) == failed
    unsure = doubted(failed, frozenset({"viewer"}))
    assert unsure.verdict is Verdict.UNKNOWN
    assert unsure.summary == "the evidence is not whole, or else: 2 are gone"
    passed = Finding(check="nothing_lost", verdict=Verdict.PASS, summary="fine")
    assert doubted(passed, frozenset({"viewer"})) == passed
