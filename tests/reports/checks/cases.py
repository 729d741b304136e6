"""Cases: hand-written ledgers and what a check finds in them, and what no check may lack.

A check's test module, beside whatever else it tests::

    CASES = cases(
        "few_copies",
        {"rows": 1},
        one_each=(healthy, PASS),
        two_of_one=(duplicate_stored, FAIL, "an impression has 2 rows"),
        no_final_read=(shown_only, UNKNOWN),
    )

    test_each_case = every_case_holds(CASES)

Every check has a case in which it passes, one in which it fails and one that it cannot decide, in
the test module that mirrors its own; one that can never fail is named in ``NEVER_FAILS`` there,
with the reason.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reports.checks import CHECKS
from reports.checks.base import Check
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding, Verdict
from tests.reports.checks.findings import facts_of, recorded
from tests.reports.ledgers import Make, evidence_of


@dataclass(frozen=True, kw_only=True)
class Case:
    """A ledger, the check that judges it with these parameters, and what it must find.

    ``words`` must stand in the finding's summary.
    """

    check: str
    name: str
    ledger: Make
    verdict: Verdict
    parameters: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""

    def __str__(self) -> str:
        return f"{self.check}-{self.name}"

    def finding(self, directory: Path) -> Finding:
        """Return what the check finds; the ledger is written to the directory first."""
        return CHECKS[self.check](self.evidence(directory), **self.parameters)

    def evidence(self, directory: Path) -> Evidence:
        """Return what the check judges; the ledger is written to the directory first."""
        return _PREPARED.get(str(self)) or self._read(directory)

    def prepare(self, directory: Path) -> None:
        """Write and read the ledger now, for processes that fork and judge it with other checks."""
        evidence = self._read(directory)
        assert evidence.fates
        _PREPARED[str(self)] = evidence

    def _read(self, directory: Path) -> Evidence:
        return evidence_of(self.ledger(), directory, self.parameters.get("within_s"))


_PREPARED: dict[str, Evidence] = {}
"""Case → its evidence, where it was prepared."""


def cases(
    check: str,
    parameters: Mapping[str, Any],
    /,
    **expected: tuple[Make, Verdict] | tuple[Make, Verdict, str],
) -> list[Case]:
    """Return cases of one check by name: its ledger, the verdict and, if given, words of it."""
    return [
        Case(
            check=check,
            name=name,
            ledger=make,
            verdict=verdict,
            parameters=parameters,
            words=words[0] if words else "",
        )
        for name, (make, verdict, *words) in expected.items()
    ]


def every_case_holds(listed: Sequence[Case]) -> Callable[[Path, Case], None]:
    """Return a test of every case."""

    @pytest.mark.parametrize("case", listed, ids=str)
    def test_each_case(tmp_path: Path, case: Case) -> None:
        check, evidence = CHECKS[case.check], case.evidence(tmp_path)
        finding = check(evidence, **case.parameters)
        assert (finding.check, finding.verdict) == (case.check, case.verdict), finding.summary
        assert finding.summary
        assert case.words in finding.summary
        before = recorded(case.check, case.name)
        assert before is None or facts_of(finding) == before, (
            f"{case} finds something else than was recorded: if that is right, "
            "python -m tests.reports.checks.findings records it"
        )
        is_decided = finding.verdict in (Verdict.PASS, Verdict.FAIL)
        assert check.applies(evidence) or not is_decided, "it would not be asked unasked"

    return test_each_case


def module_with_cases(check: Check) -> str:
    """Return the dotted name of the test module that mirrors the check's."""
    package, _, module = check.function.__module__.rpartition(".")
    return f"tests.{package}.test_{module}"


def cases_of(check: Check) -> list[Case]:
    """Return the check's cases; empty where its test module does not exist or holds none."""
    try:
        module = importlib.import_module(module_with_cases(check))
    except ModuleNotFoundError:
        return []
    return [case for case in getattr(module, "CASES", []) if case.check == check.name]


def missing_cases(check: Check) -> list[str]:
    """Return what the check's test module lacks, each with what to add where."""
    name, where = check.name, f"{module_with_cases(check).replace('.', '/')}.py"
    verdicts = {case.verdict for case in cases_of(check)}
    never_fails = _never_fails(check)
    missing = [
        f"{name} has no ledger that {what}: add a case with {verdict.name} to CASES in {where}"
        for verdict, what in (
            (Verdict.PASS, "it passes on"),
            (Verdict.UNKNOWN, "it cannot decide"),
        )
        if verdict not in verdicts
    ]
    if Verdict.FAIL not in verdicts and not never_fails:
        missing.append(
            f"{name} has no ledger that it fails on: add a case with FAIL to CASES in {where}, or "
            "name it in NEVER_FAILS there with the reason why it can only be undecided"
        )
    if Verdict.FAIL in verdicts and never_fails:
        missing.append(f"{name} does fail: take it out of NEVER_FAILS in {where}")
    return missing


def passes_on_nothing(check: Check, empty: Callable[[float | None], Evidence]) -> list[str]:
    """Return the parameters, among those of its cases, with which it decides an empty ledger.

    ``empty`` returns that ledger's evidence by the seconds after which a row is late.
    """
    every = [case.parameters for case in cases_of(check)]
    distinct = [one for place, one in enumerate(every) if one not in every[:place]]
    return [
        f"{check.name} with {dict(one)} decides an empty ledger: it must be undecided there"
        for one in distinct
        if check(empty(one.get("within_s")), **one).verdict is not Verdict.UNKNOWN
    ]


def _never_fails(check: Check) -> str:
    """Return the reason why the check can only be undecided; empty for one that can fail."""
    try:
        module = importlib.import_module(module_with_cases(check))
    except ModuleNotFoundError:
        return ""
    reasons: Mapping[str, str] = getattr(module, "NEVER_FAILS", {})
    return reasons.get(check.name, "")
