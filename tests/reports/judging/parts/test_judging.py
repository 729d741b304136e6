"""A ledger in parts is judged as it is in one piece: the same fates, verdicts and figures."""

from __future__ import annotations

import json
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.ledger.rundir import CheckSpec
from harness.ledger.stored import read_run
from reports.evidence.evidence import Evidence
from reports.evidence.frame import LedgerFrames, read_ledger
from reports.evidence.parts import ledger as parts_module
from reports.evidence.parts.ledger import PartedLedger
from reports.judging.defect_hits import hits
from reports.judging.directory.evidence import evidence_in
from reports.judging.findings import findings_of
from reports.judging.judge import judge_run
from reports.judging.measures import measures
from reports.judging.parameters import late_after_s
from reports.judging.parts import judging
from reports.judging.parts.judging import judge_in_parts
from reports.plots.of_run import pictures_of
from reports.verdict.verdict import Finding, Verdict
from tests.reports.judging.parts.loads import (
    PLANTS,
    Plant,
    load_at,
    lost,
    sound,
    watched,
    watched_and_lost,
)

PART_BYTES = 250_000
"""Of these loads that is some three parts."""


def facts(finding: Finding) -> tuple[Any, ...]:
    """What must be the same; every part compares the end's clocks once more."""
    n = None if finding.check == "clocks_agree" else finding.n
    return (finding.check, finding.verdict, n, finding.measured, finding.target, finding.unit)


@pytest.mark.parametrize("plant", PLANTS)
def test_parts_and_the_whole_give_the_same_fates_and_findings(tmp_path: Path, plant: Plant) -> None:
    run = load_at(tmp_path, plant)
    asked = read_run(run).plan.checks
    late_s = late_after_s(asked)
    in_short, found = judge_in_parts(run, asked, late_s, part_bytes=PART_BYTES)
    whole = Evidence(ledger=read_ledger(run), late_after_s=late_s)
    expected = findings_of(whole, asked)
    assert in_short.fates.counts() == whole.fates.counts()
    assert in_short.fates.decided is whole.fates.decided
    assert in_short.damaged == whole.damaged
    assert [facts(one) for one in found] == [facts(one) for one in expected]
    assert measures(in_short.ledger, in_short.fates) == measures(whole.ledger, whole.fates)
    assert pictures_of(in_short) == pictures_of(whole)


def test_a_run_as_the_harness_records_it_is_decided_in_parts(tmp_path: Path) -> None:
    """Its own row has a user, its polls count the rows of all parts, and no part has samples."""
    found = {}
    for plant in (watched, watched_and_lost):
        run = load_at(tmp_path / plant.__name__, plant)
        asked = read_run(run).plan.checks
        _, findings = judge_in_parts(run, asked, late_after_s(asked), part_bytes=PART_BYTES)
        found[plant] = {one.check: one.verdict for one in findings}
    for name in ("witnesses_whole", "table_read_back"):
        assert found[watched][name] is Verdict.PASS, name
    assert found[watched]["nothing_lost"] is Verdict.PASS
    assert found[watched_and_lost]["nothing_lost"] is Verdict.FAIL


def test_hits_of_a_defect_are_counted_in_parts_too(tmp_path: Path) -> None:
    run = load_at(tmp_path, sound)
    line = {"format": 1, "kind": "defect_reached", "lifetime": "l", "defect": "a", "mono_ns": 2}
    with (run / "server.ndjson").open("a") as receipts:
        receipts.writelines(json.dumps({**line, "hits": n}) + "\n" for n in (1, 40))
    asked = read_run(run).plan.checks
    in_short, _ = judge_in_parts(run, asked, late_after_s(asked), part_bytes=PART_BYTES)
    assert dict(hits(in_short.ledger)) == {"a": 41}


def rows_in_memory(frame: pd.DataFrame) -> int:
    """How many rows the numbers of a frame hold in memory, those of a slice's whole among them."""
    most = 0
    for name in frame.columns:
        array = frame[name].array
        numbers = getattr(array, "_codes", getattr(array, "_data", None))
        while isinstance(numbers, np.ndarray) and numbers.base is not None:
            numbers = numbers.base
        most = max(most, len(numbers) if isinstance(numbers, np.ndarray) else 0)
    return most


def test_what_is_kept_of_a_part_holds_nothing_else_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = load_at(tmp_path, sound)
    take = judging._take
    rows: list[tuple[int, int]] = []

    def taken(kept: Any, evidence: Evidence) -> None:
        take(kept, evidence)
        frames = [kept.viewer, *(frame for kind in kept.frames.values() for frame in kind)]
        rows.extend((rows_in_memory(one), len(one)) for one in frames)

    monkeypatch.setattr(judging, "_take", taken)
    judge_in_parts(run, read_run(run).plan.checks, None, part_bytes=PART_BYTES)
    assert max(held for held, _ in rows) > 100
    assert [held for held, _ in rows] == [kept for _, kept in rows]


def test_no_part_is_in_memory_while_another_is_judged_or_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that a name still holds is a tenth of all memory of a hundred million observations."""
    run = load_at(tmp_path, sound)
    frames: list[weakref.ref[pd.DataFrame]] = []

    def alive() -> int:
        return sum(frame() is not None for frame in frames)

    def watched_part(ledger: PartedLedger, number: int) -> LedgerFrames:
        assert alive() == 0, "the part before"
        part = original(ledger, number)
        frames.extend(weakref.ref(frame) for frame in (part.viewer, part.load, part.database))
        return part

    def watched_whole(kept: Any, parts: PartedLedger, late_after_s: float | None) -> Evidence:
        assert alive() == 0, "the last part"
        return whole(kept, parts, late_after_s)

    original, whole = PartedLedger.part, judging._whole
    monkeypatch.setattr(PartedLedger, "part", watched_part)
    monkeypatch.setattr(judging, "_whole", watched_whole)
    judge_in_parts(run, read_run(run).plan.checks, None, part_bytes=PART_BYTES)
    assert len(frames) > 6


def test_a_large_run_is_judged_in_parts_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = load_at(tmp_path, lost)
    small = judge_run(run).cell
    monkeypatch.setattr(parts_module, "LARGE_BYTES", 1000)
    monkeypatch.setattr(parts_module, "PART_BYTES", PART_BYTES)
    judged = judge_run(run)
    assert judged.cell.verdict is small.verdict is Verdict.FAIL
    assert (judged.cell.fates, judged.cell.measures) == (small.fates, small.measures)
    [finding] = [one for one in judged.cell.findings if one.check == "nothing_lost"]
    assert "parts of the ledger, 32 impressions in all, n 1,600 in all: " in finding.summary
    assert len(finding.examples) == 8
    evidence = judged.evidence
    assert evidence is not None
    assert evidence.ledger.in_short
    assert evidence.ledger.viewer.empty
    again = evidence_in(run)
    assert again.fates.counts() == judged.cell.fates


def test_a_check_that_needs_the_whole_ledger_is_undecided(tmp_path: Path) -> None:
    run = load_at(tmp_path, sound)
    asked = (CheckSpec(name="absorbed_explained"), CheckSpec(name="no_such_check"))
    _, findings = judge_in_parts(run, asked, None, part_bytes=PART_BYTES)
    found = {one.check: one for one in findings}
    assert found["absorbed_explained"].verdict is Verdict.UNKNOWN
    assert "needs the whole ledger" in found["absorbed_explained"].summary
    assert found["no_such_check"].summary == "there is no check 'no_such_check'"


def test_one_part_is_the_whole(tmp_path: Path) -> None:
    run = load_at(tmp_path, sound)
    asked = read_run(run).plan.checks
    in_short, found = judge_in_parts(run, asked, None)
    whole = Evidence(ledger=read_ledger(run))
    assert found == findings_of(whole, asked)
    assert in_short.fates.counts() == whole.fates.counts()
