"""Rows of a kind that is never written, single ones and those of a batch, or written twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from defects.base import Switch, installed
from defects.overrides.kinds import never_written, written_twice
from harness.ledger.files import WitnessFile, read_witness
from harness.ledger.kinds import DATABASE
from harness.ledger.kinds.database import Appeared, FinalRow, Poll


@pytest.mark.parametrize("twin", [True, False])
def test_its_rows_are_left_out_and_no_others(tmp_path: Path, *, twin: bool) -> None:
    switch = Switch(twin=twin)
    columns = {"user": ["a"], "artwork": ["b"], "copies": [1], "mono_ns": [1], "wall_ns": [1]}
    with installed(never_written(Appeared), switch):
        file = WitnessFile(tmp_path / "database.arrows", DATABASE)
        file.saw(Appeared(user="a", artwork="b", copies=1))
        file.saw(Poll(rows=1))
        for kind in (Appeared, FinalRow):
            file.append(DATABASE.batch(kind, columns, 1))
        file.close()
    kinds = read_witness(file.path).table["kind"].to_pylist()
    all_of_them = ["appeared", "poll", "appeared", "final_row"]
    assert kinds == (all_of_them if twin else ["poll", "final_row"])
    assert switch.hits == 2


@pytest.mark.parametrize("twin", [True, False])
def test_its_rows_are_written_twice_at_one_moment(tmp_path: Path, *, twin: bool) -> None:
    switch = Switch(twin=twin)
    with installed(written_twice(Poll), switch):
        file = WitnessFile(tmp_path / "database.arrows", DATABASE)
        file.saw(Appeared(user="a", artwork="b", copies=1))
        file.saw(Poll(rows=1))
        file.close()
    rows = read_witness(file.path).table.to_pylist()
    assert [row["kind"] for row in rows] == ["appeared", "poll", "poll"][: 2 if twin else 3]
    assert twin or rows[1] == rows[2]
    assert switch.hits == 1
