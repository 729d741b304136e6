"""Two runs bucket by bucket: each time the same users of both, and every impression once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from harness.ledger.stored import read_run
from reports.evidence.evidence import Evidence
from reports.evidence.frame import read_ledger
from reports.evidence.parts import ledger as module
from reports.judging.parts.beside import impressions_of_both
from reports.judging.parts.judging import judge_in_parts
from tests.reports.judging.parts.loads import load_at, lost, sound

PART_BYTES = 250_000


def in_short(run: Path) -> Evidence:
    found, _ = judge_in_parts(run, read_run(run).plan.checks, None, part_bytes=PART_BYTES)
    return found


def ids(frames: list[pd.DataFrame]) -> list[tuple[str, ...]]:
    columns = ["user", "artwork", "fate"]
    texts = [frame[columns].astype(str).itertuples(index=False, name=None) for frame in frames]
    return sorted(row for rows in texts for row in rows)


def test_a_large_run_beside_a_large_and_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART_BYTES", PART_BYTES)
    runs = load_at(tmp_path / "a", sound), load_at(tmp_path / "b", lost)
    whole = [Evidence(ledger=read_ledger(run)) for run in runs]
    large = [in_short(run) for run in runs]
    assert len(list(impressions_of_both(*whole))) == 1
    for pair in ((large[0], large[1]), (large[0], whole[1]), (whole[0], large[1])):
        buckets = list(impressions_of_both(*pair))
        assert len(buckets) > 2
        for side in (0, 1):
            parts = [bucket[side] for bucket in buckets]
            assert ids(parts) == ids([whole[side].fates.impressions])
        for one, other in buckets:
            assert set(one["user"]) == set(other["user"])
