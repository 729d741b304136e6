"""The findings of a run: of the checks that were asked for, and of those that judge every run."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from harness.ledger.rundir import RUN_FILE, CheckSpec
from reports.checks import ALWAYS, CHECKS
from reports.evidence.evidence import Evidence
from reports.judging.deaths import death_findings
from reports.judging.parameters import mistake_in
from reports.verdict.verdict import Finding, Verdict


def findings_of(evidence: Evidence, asked: Sequence[CheckSpec]) -> tuple[Finding, ...]:
    """Return the findings of the checks that were asked for, after those that judge the harness in
    every run, and before those that compare witnesses in every run that has both."""
    names = {spec.name for spec in asked}
    unasked = [CheckSpec(name=name) for name in ALWAYS if name not in names]
    unasked = [spec for spec in unasked if judges(evidence, spec)]
    harness = [spec for spec in unasked if CHECKS[spec.name].instrument]
    target = [spec for spec in unasked if not CHECKS[spec.name].instrument]
    findings = tuple(finding_of(evidence, spec) for spec in (*harness, *asked, *target))
    if damaged := evidence.damaged:
        findings = tuple(doubted(finding, damaged) for finding in findings)
    return (*death_findings(evidence.ledger), *findings)


def judges(evidence: Evidence, spec: CheckSpec) -> bool:
    """Return whether a check judges this run unasked; one that crashes is asked, and says so."""
    try:
        return CHECKS[spec.name].judges(evidence)
    except Exception:  # a crash must not look like nothing to compare: the check itself will crash
        return True


def finding_of(evidence: Evidence, spec: CheckSpec) -> Finding:
    """Return what one check finds; a check that crashes or does not exist is undecided."""
    check = CHECKS.get(spec.name)
    if check is None:
        summary = f"there is no check {spec.name!r}"
        return Finding(check=spec.name, verdict=Verdict.UNKNOWN, summary=summary)
    mistake = mistake_in(spec)
    if mistake and check.needs <= evidence.capabilities:
        summary = f"{RUN_FILE}: plan.checks, {spec.name}: {mistake}"
        return Finding(check=spec.name, verdict=Verdict.UNKNOWN, summary=summary)
    try:
        return check(evidence, **spec.parameters)
    except Exception as error:  # a crashing check must never look like a pass, nor end the suite
        what = f"{type(error).__name__}: {error}"
        gaps = evidence.ledger.gaps
        summary = (
            f"on damaged evidence ({gaps[0]}) {what}" if gaps else f"the check crashed: {what}"
        )
        return Finding(check=spec.name, verdict=Verdict.UNKNOWN, summary=summary)


def doubted(finding: Finding, damaged: frozenset[str]) -> Finding:
    """Return a failure as unknown where it rests on a damaged witness, which proves nothing."""
    if finding.verdict is not Verdict.FAIL or not CHECKS[finding.check].rests_on & damaged:
        return finding
    summary = f"the evidence is not whole, or else: {finding.summary}"
    return replace(finding, verdict=Verdict.UNKNOWN, summary=summary)
