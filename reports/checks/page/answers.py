"""What pages answered to the scenario's questions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from harness.target.capabilities import Capability
from reports.checks.base import Figures, check, no_evidence
from reports.evidence.evidence import Evidence
from reports.evidence.pages import (
    detail_of,
)
from reports.verdict.verdict import Finding, Verdict


@check(needs={Capability.PAGE})
def answered(evidence: Evidence, *, question: str, answer: str) -> Finding:
    """A question that the scenario put to the page was answered so (JSON text), every time."""
    rows = evidence.ledger.client[evidence.ledger.client["kind"] == "answer"]
    said = [detail_of(text) for text in rows["detail"]]
    answers = [one.get("answer", ...) for one in said if one.get("question") == question]
    if not answers:
        return no_evidence(f"nobody asked: {question}")
    wrong = [one for one in answers if not _same(one, json.loads(answer))]
    if wrong:
        told = "nothing" if wrong[0] is ... else json.dumps(wrong[0], ensure_ascii=False)
        return Figures(n=len(answers)).failed(f"{question}: {told}, not {answer}")
    return Figures(n=len(answers)).passed(f"{question}: {answer}")


@check(needs={Capability.PAGE})
def premise_held(evidence: Evidence, *, question: str, answer: str) -> Finding:
    """What the case rests on was so, by the page's own answer (JSON text), every time.

    Never a failure: where the worker did not control the page, the target was not tried with one.
    """
    found = answered(evidence, question=question, answer=answer)
    verdict = Verdict.UNKNOWN if found.verdict is Verdict.FAIL else found.verdict
    return replace(found, check="premise_held", verdict=verdict)


def _same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)
