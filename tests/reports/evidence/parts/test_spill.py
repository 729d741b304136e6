"""Reading a run once and dividing it: nothing is left out, and every gap is named as ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from harness.ledger.stored import read_end
from reports.evidence.frame import read_ledger
from reports.evidence.parts import spill as module
from reports.evidence.parts.spill import DIVIDED, Spill
from tests.reports.judging.parts.loads import (
    Plant,
    altered,
    cut_short,
    killed,
    load_at,
    of_no_kind,
    sound,
)


@contextmanager
def divided(run: Path, parts: int) -> Iterator[Spill]:
    with closing(Spill(parts)) as spill:
        spill.read(run, read_end(run))
        yield spill


def test_a_user_is_in_one_part_and_what_is_about_none_is_in_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PIECE_ROWS", 500)
    run = load_at(tmp_path, sound)
    frames = read_ledger(run)
    with divided(run, 3) as spill:
        for witness in DIVIDED:
            parts = [spill.table(witness, part) for part in range(3)]
            users = [set(one["user"].to_pylist()) - {-1} for one in parts]
            assert all(users)
            assert not users[0] & users[1] | users[0] & users[2] | users[1] & users[2]
            of_none = [sum(user == -1 for user in one["user"].to_pylist()) for one in parts]
            whole = len(getattr(frames, witness))
            assert spill.rows[witness] == whole
            assert len(set(of_none)) == 1
            assert sum(one.num_rows for one in parts) == whole + 2 * of_none[0]
    assert spill.gaps == []


def test_a_file_that_has_lost_its_end_is_no_smaller_part(tmp_path: Path) -> None:
    with divided(load_at(tmp_path, sound), 2) as spill:
        spill._files["viewer"].truncate(100)
        with pytest.raises(OSError, match="lost its end"):
            spill.table("viewer", 1)


@pytest.mark.parametrize("plant", [killed, of_no_kind, cut_short, altered])
def test_what_is_missing_is_named_as_in_a_ledger_in_one_piece(
    tmp_path: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PIECE_ROWS", 300)
    run = load_at(tmp_path, plant)
    with divided(run, 2) as spill:
        gaps = spill.gaps
    known = [gap for gap in read_ledger(run).gaps if "no end" not in gap]
    assert gaps == known
    assert gaps
