"""Ids as codes: the same id has the same code in every frame, and nothing is lost on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.ledger.kinds import SERVER
from reports.evidence.columnar import encoded, exploded, frames_of, id_counts, keys
from reports.evidence.frame import read_ledger
from reports.evidence.group_reduce import Folding
from reports.evidence.receipts import read_receipts
from tests.reports.ledgers import HandWritten, lived, rewrite

texts = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=3))
rows = st.lists(st.tuples(texts, st.one_of(st.none(), st.lists(st.text("äb", max_size=2)))))


def frames(**witnesses: list[tuple[str | None, list[str] | None]]) -> dict[str, pd.DataFrame]:
    kind = pa.list_(pa.string())
    tables = {
        name: encoded(
            pa.table(
                {
                    "user": pa.array([user for user, _ in listed], pa.string()),
                    "artworks": pa.array([ids for _, ids in listed], kind),
                    "mono_ns": pa.array(range(len(listed)), pa.int64()),
                }
            )
        )
        for name, listed in witnesses.items()
    }
    return frames_of(tables)


@settings(deadline=None, max_examples=50)  # the first example pays for the imports
@given(rows, rows)
def test_two_rows_have_one_key_when_they_name_the_same(one: Any, other: Any) -> None:
    found = frames(one=one, other=other)
    numbers: dict[tuple[Any, ...], set[int]] = {}
    for name, listed in (("one", one), ("other", other)):
        frame = exploded(found[name])
        wanted = [(user, artwork) for user, ids in listed for artwork in ids or []]
        known = frame["user"].astype("object").where(frame["user"].notna(), None)
        assert list(zip(known, frame["artwork"], strict=True)) == wanted
        assert id_counts(found[name]).tolist() == [len(ids or []) for _, ids in listed]
        for pair, number in zip(wanted, keys(frame, ["user", "artwork"]).tolist(), strict=True):
            numbers.setdefault(pair, set()).add(number)
    assert all(len(same) == 1 for same in numbers.values())
    assert len({number for same in numbers.values() for number in same}) == len(numbers)


def test_folding_is_what_a_group_by_would_be() -> None:
    chance = np.random.default_rng(3)
    listed = [(f"u{n}", [f"a{k}" for k in chance.integers(0, 9, 3)]) for n in range(40)] * 3
    frame = exploded(frames(one=listed)["one"])
    index = Folding([frame], ["user", "artwork"])
    grouped = frame.groupby(["user", "artwork"], observed=True)["mono_ns"]
    ids = index.ids()
    assert [*zip(ids["user"], ids["artwork"], strict=True)] == list(grouped.min().index)
    for how in ("min", "max", "sum"):
        assert index.fold(0, frame["mono_ns"], how).tolist() == getattr(grouped, how)().tolist()
    assert index.fold(0, None, "size").tolist() == grouped.size().tolist()


def test_a_row_without_an_id_belongs_nowhere() -> None:
    frame = frames(one=[(None, ["a"]), ("u", ["a"])])["one"]
    assert len(Folding([exploded(frame)], ["user", "artwork"])) == 1


def test_uncoded_frames_are_refused() -> None:
    with pytest.raises(TypeError, match="user is not coded"):
        keys(pd.DataFrame({"user": ["a"]}), ["user"])


def receipts(directory: Path, *lines: str) -> tuple[pa.Table, list[str]]:
    gaps: list[str] = []
    (directory / "server.ndjson").write_text("".join(lines), encoding="utf-8")
    return read_receipts(directory, gaps), gaps


GOOD = '{"format":1,"kind":"batch","user":"a","artworks":["x","y"],"received":2,"more":[{}]}\n'


@pytest.mark.parametrize(
    "odd",
    [
        '{"format":1,"kind":"batch","user":"a","artworks":["x"],"received":"2"}\n',
        '{"format":1,"kind":"batch","received":1.5}\n',
        '{"format":1,"kind":"batch","received":true}\n',
        '{"format":1,"kind":"batch","artworks":["x",null]}\n',
        '{"format":1,"kind":"batch","artworks":["x",3]}\n',
        '{"format":1,"kind":"batch","received":99999999999999999999}\n',
        "[1]\n",
        "nonsense\n",
        "\n",
        '{"format":1,"kind":"batch"',
    ],
)
def test_what_is_no_receipt_is_named_and_the_others_are_kept(tmp_path: Path, odd: str) -> None:
    table, gaps = receipts(tmp_path, GOOD, GOOD, odd)
    assert gaps == ["server.ndjson:3 is not a receipt"]
    assert table.column("received").to_pylist() == [2, 2]
    assert table.schema.names == SERVER.schema.names


def test_the_bulk_and_the_careful_reader_agree(tmp_path: Path) -> None:
    ledger = lived().receipt(["é", "b"], 1.0).receipt([], 2.0, tab="t", seq=None)
    lines = [json.dumps(receipt) + "\n" for receipt in ledger.receipts]
    fast, _ = receipts(tmp_path, *lines)
    slow, gaps = receipts(tmp_path, "nonsense\n", *lines)
    assert len(gaps) == 1
    assert fast.to_pylist() == slow.to_pylist()


def test_half_a_surrogate_pair_does_not_stop_the_reading(tmp_path: Path) -> None:
    table, gaps = receipts(tmp_path, '{"format":1,"kind":"batch","artworks":["\\ud800"]}\n')
    assert gaps == []
    assert table.column("artworks").to_pylist() == [["\\ud800"]]


def test_a_ledger_from_before_a_column_was_added_is_read(tmp_path: Path) -> None:
    """What an older harness did not write is null, and no reason to refuse the run."""
    directory = HandWritten().sent(1.0).write(tmp_path)
    rewrite(directory / "load.arrows", lambda table: table.drop_columns(["inserted"]))
    ledger = read_ledger(directory)
    assert not ledger.gaps
    assert len(ledger.load) == 1
    assert ledger.load["inserted"].isna().all()
