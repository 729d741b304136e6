"""A check raises an error instead of returning a finding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from defects.base import VISIT, HarnessDefect, Switch
from reports.checks.base import Check
from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding


def call(
    switch: Switch,
    original: Callable[..., Finding],
    check: Check,
    evidence: Evidence,
    **parameters: Any,
) -> Finding:
    """Raise where the check is ``nothing_lost``."""
    if check.name == "nothing_lost" and switch.reached():
        raise ZeroDivisionError("a check that divides by the rows of an empty table")
    return original(check, evidence, **parameters)


DEFECT = HarnessDefect(
    about="A check crashes: what it would have found is not known.",
    expected={"nothing_lost"},
    verdict="unknown",
    trials=[VISIT],
    smoke=True,
    at="judging",
    overrides={"reports.checks.base:Check.__call__": call},
)
