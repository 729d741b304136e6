"""Samples of defects, judged cells and kill matrices."""

from __future__ import annotations

from typing import Any

from reports.judging.kill_matrix import KillMatrix, SeededDefect, Tried, matrix_of, tried
from reports.verdict.verdict import Cell, Finding, Verdict


def defect(name: str = "no_insert", **fields: Any) -> SeededDefect:
    usual = {"layer": "server", "about": "None is stored.", "expected": ("lost_acked",)}
    return SeededDefect(id=name, **{**usual, "verdict": "fail", **fields})


def cell(verdict: Verdict, *named: str, fates: dict[str, int] | None = None) -> Cell:
    findings = tuple(Finding(check=name, verdict=verdict, summary="x") for name in named)
    return Cell(
        scenario="first_visit",
        arm="defect=no_insert",
        seed=1,
        verdict=verdict,
        reason="why <it> is | so",
        findings=findings,
        fates=fates or {},
    )


CAUGHT = cell(Verdict.FAIL, "nothing_lost", fates={"lost_acked": 3, "recovered": 1})
GREEN = cell(Verdict.PASS, fates={"recorded_once": 3})


def one(found: Cell, *, twin: bool = False, hits: int = 5, **fields: Any) -> Tried:
    return tried(defect(**fields), found, twin=twin, hits=hits)


def matrix(*cells: Tried, **fields: Any) -> KillMatrix:
    return matrix_of([defect(**fields)], cells, started="today", revision="abc")
