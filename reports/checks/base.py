"""What a check is: a pure function from the evidence (and parameters) to one finding."""

from __future__ import annotations

from typing import Any, Protocol

from reports.evidence.evidence import Evidence
from reports.verdict.verdict import Finding, Verdict


class Check(Protocol):
    """A check. Its docstring is what it promises; parameters have their unit in the name."""

    __name__: str

    def __call__(self, evidence: Evidence, **parameters: float) -> Finding:
        """Return the finding; never raise for what the evidence holds or lacks."""


def passed(check: str, summary: str, **figures: Any) -> Finding:
    """Return a finding that the target did what was asked."""
    return Finding(check=check, verdict=Verdict.PASS, summary=summary, **figures)


def failed(check: str, summary: str, **figures: Any) -> Finding:
    """Return a finding that the target did not."""
    return Finding(check=check, verdict=Verdict.FAIL, summary=summary, **figures)


def undecided(check: str, summary: str, **figures: Any) -> Finding:
    """Return a finding that the evidence does not reach."""
    return Finding(check=check, verdict=Verdict.UNKNOWN, summary=summary, **figures)
