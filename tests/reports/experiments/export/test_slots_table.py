"""slots.csv and slots.parquet: one row a slot and measure, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reports.experiments.export.slots_table import SCHEMA, run_below, slots_csv, slots_parquet
from reports.experiments.result import Result
from tests.reports.experiment_builder import METRICS, Written, around, four_arms


def read(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(slots_csv(result))))


def test_a_row_for_every_slot_and_measure(tmp_path: Path) -> None:
    result = four_arms().result(tmp_path)
    rows = read(result)
    assert len(rows) == 11 * 4 * (1 + len(METRICS))
    first = rows[0]
    assert (first["block"], first["part"], first["arm"], first["position"]) == (
        "1",
        "load",
        "200",
        "0",
    )
    assert first["run"] == "blocks/block-001/cells/0-1"
    assert (first["measure"], first["value"]) == ("shown_impressions", "1000.0")
    [left_out] = {(row["arm"], row["why_not"]) for row in rows if row["counts"] == "false"}
    assert left_out == ("50", "the load generator lagged by 212 ms")
    assert sum(int(row["lost"]) for row in rows if row["measure"] == METRICS[0].measure) == 132


def test_the_checks_that_a_slot_failed_are_in_its_rows(tmp_path: Path) -> None:
    failed = {(2, "50"): ("nothing_twice", "acks_after_commit")}
    rows = read(four_arms(lost={}, failed=failed).result(tmp_path / "gates"))
    found = {(row["block"], row["arm"], row["failed"]) for row in rows if row["gates"] == "true"}
    assert found == {("2", "50", "nothing_twice acks_after_commit")}
    assert {row["verdict"] for row in rows if row["failed"]} == {"fail"}
    known = read(four_arms(lost={}, failed=failed, gates=False).result(tmp_path / "known"))
    assert {row["gates"] for row in known} == {"false"}
    assert sum(bool(row["failed"]) for row in known) == 1 + len(METRICS)


def test_parquet_holds_the_same_with_types(tmp_path: Path) -> None:
    result = four_arms().result(tmp_path)
    table = pq.read_table(pa.BufferReader(slots_parquet(result)))
    assert table.schema.equals(SCHEMA)
    rows = read(result)
    assert table.num_rows == len(rows)
    assert [repr(one) for one in table["value"].to_pylist()] == [row["value"] for row in rows]
    assert table["counts"].to_pylist().count(False) == 1 + len(METRICS)


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "-1", "@sum", "|cmd", "%x", "\t=1"])
def test_no_text_is_taken_for_a_formula(name: str, tmp_path: Path) -> None:
    arms = around({"a": (1.0,), name: (1.1,)}, blocks=1)
    result = Written(arms=arms, unknown={(1, name): "=cmd|' /C calc'!A0"}).result(tmp_path)
    rows = read(result)
    shown = {value for row in rows for value in row.values()}
    texts = {value for value in shown if not value.replace(".", "").replace("e-", "").isdigit()}
    assert not [value for value in texts if value.startswith(("=", "+", "-", "@", "|", "%", "\t"))]
    assert "'=cmd|' /C calc'!A0" in shown
    table = pq.read_table(pa.BufferReader(slots_parquet(result)))
    assert name in table["arm"].to_pylist(), "a program gets what was there"


def test_control_characters_and_half_characters_leave_no_trace(tmp_path: Path) -> None:
    arms = around({"a": (1.0,), "b": (1.1,)}, blocks=1)
    result = Written(arms=arms, unknown={(1, "b"): "\x1b[31mred\x00\nline"}).result(tmp_path)
    assert "red\ufffd line" in slots_csv(result)
    assert "\x1b" not in slots_csv(result)


def test_a_slot_without_measures_has_a_row_and_no_block_has_none(tmp_path: Path) -> None:
    empty = Written(arms={"a": {}, "b": {}}).result(tmp_path / "none")
    assert slots_csv(empty) == ",".join(SCHEMA.names) + "\n"
    assert pq.read_table(pa.BufferReader(slots_parquet(empty))).num_rows == 0
    written = Written(arms={"a": {METRICS[0].measure: [None]}, "b": {}}, not_run={(1, "b")})
    rows = read(written.result(tmp_path / "one"))
    assert [row["measure"] for row in rows] == ["shown_impressions", ""]
    assert (rows[1]["run"], rows[1]["counts"], rows[1]["value"]) == ("", "false", "")


def test_a_run_is_named_from_the_experiment_s_directory(tmp_path: Path) -> None:
    result = four_arms().result(tmp_path)
    slot = result.blocks[2].slots[0]
    assert run_below(result, slot) == "blocks/block-003/cells/2-3"
