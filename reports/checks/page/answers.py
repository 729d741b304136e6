"""Answers of pages to the scenario's questions."""

from __future__ import annotations

import json
from typing import Any

from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.pages import answers_to
from reports.verdict.verdict import Finding


@check(needs={Capability.PAGE})
def answered(evidence: Evidence, *, question: str, answer: str) -> Finding:
    """Every answer of a page to this question is ``answer`` (JSON text)."""
    count, wrong = _answers(evidence, question, answer)
    figures = Figures(n=count)
    if count == 0:
        return no_evidence(f"the page was not asked: {question}")
    if wrong:
        return figures.failed(f"{question}: {wrong[0]}, not {answer}")
    return figures.passed(f"{question}: {answer}")


@check(needs={Capability.PAGE}, instrument=True)
def premise_held(evidence: Evidence, *, question: str, answer: str) -> Finding:
    """What the case rests on held: every answer to this question is ``answer`` (JSON text).

    Never a failure: where the worker did not control the page, the target was not tried with one.
    """
    count, wrong = _answers(evidence, question, answer)
    figures = Figures(n=count)
    if count == 0:
        return no_evidence(f"the page was not asked: {question}")
    if wrong:
        return figures.undecided(f"{question}: {wrong[0]}, not {answer}")
    return figures.passed(f"{question}: {answer}")


def _answers(evidence: Evidence, question: str, expected: str) -> tuple[int, list[str]]:
    """Return how many answers there are, and those that are not the expected one (JSON text)."""
    answers = [answer for _, answer in answers_to(evidence.ledger.client, question)]
    wrong = [one for one in answers if not _same(one, json.loads(expected))]
    return len(answers), [json.dumps(one, ensure_ascii=False) for one in wrong]


def _same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)
