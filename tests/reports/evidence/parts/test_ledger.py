"""Parts as ledgers: each counts for itself, and only a large load without pages is divided."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from harness.ledger.kinds.client import TabOpened
from harness.ledger.kinds.database import Final, FinalRow
from reports.core.kinds import is_kind, of_kind
from reports.evidence.frame import read_ledger
from reports.evidence.parts import ledger as module
from reports.evidence.parts.ledger import is_large, parted, size_of
from tests.reports.judging.parts.loads import load_at, sound
from tests.reports.ledgers import healthy

PART_BYTES = 150_000


def test_the_final_read_of_a_part_counts_the_part_s_rows(tmp_path: Path) -> None:
    run = load_at(tmp_path, sound)
    whole = read_ledger(run)
    rows = int(of_kind(whole.database, Final)["rows"].iloc[0])
    with parted(run, part_bytes=PART_BYTES) as ledger:
        counts = []
        for part in ledger:
            [counted] = of_kind(part.database, Final)["rows"]
            assert counted == is_kind(part.database, FinalRow).sum()
            counts.append(int(counted))
            assert part.machine.empty
            assert len(part.activity) == len(whole.activity)
        [as_written] = of_kind(ledger.table_of_none(), Final)["rows"]
        assert ledger.rows == sum(
            len(frame) for frame in (whole.viewer, whole.load, whole.database, whole.server)
        )
    assert len(counts) > 3
    assert sum(counts) == as_written == rows


def test_the_parts_together_hold_each_row_once(tmp_path: Path) -> None:
    run = load_at(tmp_path, sound)
    whole = read_ledger(run)
    columns = ["user", "artwork", "mono_ns"]
    with parted(run, part_bytes=PART_BYTES) as ledger:
        found = [
            row
            for part in ledger
            for row in part.viewer[columns].astype(object).itertuples(index=False, name=None)
        ]
    expected = whole.viewer[columns].astype(object).itertuples(index=False, name=None)
    assert sorted(found) == sorted(expected)


def test_the_parts_have_no_name_so_that_a_kill_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    run = load_at(tmp_path, sound)
    with parted(run) as ledger:
        assert ledger.rows
        assert not list(scratch.iterdir())
        assert len(list(ledger)) == 1


def test_a_load_is_large_by_its_size_and_never_with_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = load_at(tmp_path, sound)
    assert not is_large(run)
    monkeypatch.setattr(module, "LARGE_BYTES", size_of(run))
    assert is_large(run)
    monkeypatch.setattr(module, "LARGE_BYTES", size_of(run) + 1)
    assert not is_large(run)
    monkeypatch.setattr(module, "LARGE_BYTES", 1)
    pages = healthy()
    for number in range(20):
        pages.saw(0.1, TabOpened(tab=f"t-{number}", user="ann"))
    assert not is_large(pages.write(tmp_path / "pages"))
