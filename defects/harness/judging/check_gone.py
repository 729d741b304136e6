"""A check that was planned does not exist any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast
from unittest import mock

from defects.base import VISIT, HarnessDefect, Switch
from harness.ledger.rundir import CheckSpec
from reports.checks import CHECKS
from reports.checks.base import Check
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding


def finding(
    switch: Switch,
    original: Callable[[Evidence, CheckSpec], Finding],
    evidence: Evidence,
    spec: CheckSpec,
) -> Finding:
    """Look for the check where it is not."""
    if spec.name != "nothing_twice" or not switch.reached():
        return original(evidence, spec)
    with mock.patch.dict(cast(dict[str, Check], CHECKS)):
        del cast(dict[str, Check], CHECKS)[spec.name]
        return original(evidence, spec)


DEFECT = HarnessDefect(
    about="A check is gone, and stored plans name it.",
    expected={"nothing_twice"},
    verdict="unknown",
    trials=[VISIT],
    at="judging",
    overrides={"reports.judging.findings:finding_of": finding},
)
