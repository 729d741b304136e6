"""What does not fit a witness's vocabulary is named and is no evidence."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from harness.ledger.examine import examined, flaws
from harness.ledger.kinds import ACTIVITY, CLIENT, DATABASE, LOAD, MACHINE, NETWORK, SERVER, VIEWER
from harness.ledger.kinds.base import Witness

VIEW = {"kind": "view_shown", "user": "u", "tab": "t", "artwork": "a"}


def table(witness: Witness[Any], *rows: dict[str, Any]) -> pa.Table:
    times = {"mono_ns": 1, "wall_ns": 1}
    return pa.Table.from_pylist([{**times, **row} for row in rows], schema=witness.schema)


@pytest.mark.parametrize(
    ("witness", "row", "problem"),
    [
        (VIEWER, {**VIEW, "kind": "view_shwon"}, "1 row of the unknown kind 'view_shwon'"),
        (VIEWER, {**VIEW, "kind": None}, "1 row of no kind"),
        (VIEWER, {**VIEW, "user": None}, "1 row of kind view_shown without user"),
        (VIEWER, {**VIEW, "mono_ns": None}, "1 row without mono_ns"),
        (CLIENT, {"kind": "undraned"}, "1 row of the unknown kind 'undraned'"),
        (
            CLIENT,
            {"kind": "drained", "user": "u", "tab": "t"},
            "1 row of kind drained with a detail that does not decode: "
            "Object missing required field `within_s`",
        ),
        (
            CLIENT,
            {"kind": "drained", "user": "u", "tab": "t", "detail": '{"within_s": "9"}'},
            "1 row of kind drained with a detail that does not decode: "
            "Expected `float`, got `str` - at `$.within_s`",
        ),
        (
            CLIENT,
            {"kind": "attempt", "transport": "pigeon"},
            "1 row of kind attempt whose transport is 'pigeon'",
        ),
        (NETWORK, {"kind": "fault_strat", "fault": "f"}, "1 row of the unknown kind 'fault_strat'"),
        (NETWORK, {"kind": "request", "detail": None}, "Object missing required field `method`"),
        (
            NETWORK,
            {"kind": "calibration", "fault": "packets", "value": 1.0, "detail": "{"},
            "1 row of kind calibration with a detail that does not decode",
        ),
        (
            ACTIVITY,
            {"kind": "server", "name": "queue_detph", "value": 1.0},
            "1 row of kind server whose name is 'queue_detph'",
        ),
        (
            MACHINE,
            {"process": "generator-0", "pid": 1, "cpu_s": 1.0, "rss_bytes": 1, "detail": "{"},
            "1 row of kind generator with a detail that does not decode",
        ),
        (SERVER, {"kind": "bacth", "lifetime": "l"}, "1 row of the unknown kind 'bacth'"),
        (
            DATABASE,
            {"kind": "final_row", "user": "u", "artwork": "a", "copies": -1},
            "1 row of kind final_row whose copies is not in 0 … 2147483647",
        ),
        (
            CLIENT,
            {"kind": "acknowledged", "user": "u", "tab": "t", "status": -200},
            "1 row of kind acknowledged whose status is not in 0 … 2147483647",
        ),
        (
            CLIENT,
            {"kind": "attempt", "user": "u", "tab": "t", "artworks": ["a", None]},
            "1 row of kind attempt whose artworks has an item that is no id",
        ),
    ],
)
def test_a_row_that_does_not_fit_is_left_out_and_named(
    witness: Witness[Any], row: dict[str, Any], problem: str
) -> None:
    found, problems = examined(witness, table(witness, row))
    assert found.num_rows == 0
    assert found.schema == witness.schema
    [line] = problems
    assert problem in line


@pytest.mark.parametrize(
    "detail",
    [None, "", "chromium 156.0.7", "{", "[]", "7", '{"name": "chromium"}', '{"name": 1}'],
)
def test_a_row_that_names_no_whole_browser_is_left_out(detail: str | None) -> None:
    found, problems = examined(NETWORK, table(NETWORK, {"kind": "browser", "detail": detail}))
    assert found.num_rows == 0
    assert "1 row of kind browser with a detail that does not decode" in problems[0]


def test_an_outcome_that_the_format_does_not_know_is_named() -> None:
    times = dict.fromkeys(("scheduled_ns", "sent_ns", "done_ns"), 1)
    good = {**times, "user": "u", "tab": "u", "batch": "b", "attempt": 1, "status": 200}
    good |= {"bytes": 9, "artworks": ["a"], "outcome": "acknowledged"}
    found, problems = examined(LOAD, table(LOAD, good, {**good, "outcome": "acknowleged"}, good))
    assert found.num_rows == 2
    assert problems == ["1 row whose outcome is 'acknowleged'"]


def test_only_the_row_with_a_list_that_names_no_id_is_left_out() -> None:
    row = {"kind": "attempt", "user": "u", "tab": "t"}
    lists = [["a"], None, [], [None, "b"], ["c", "d"], [None]]
    rows = table(CLIENT, *({**row, "artworks": ids} for ids in lists))
    found, problems = examined(CLIENT, rows.slice(1))
    assert found["artworks"].to_pylist() == [None, [], ["c", "d"]]
    assert problems == ["2 rows of kind attempt whose artworks has an item that is no id"]


def test_what_is_right_is_kept_beside_what_is_wrong() -> None:
    rows = [VIEW, {**VIEW, "kind": "viewed"}, VIEW, {**VIEW, "kind": "viewed"}]
    found, problems = examined(VIEWER, table(VIEWER, *rows))
    assert found.num_rows == 2
    assert problems == ["2 rows of the unknown kind 'viewed'"]


def test_a_missing_column_and_one_of_another_type_are_named_once() -> None:
    whole = table(VIEWER, VIEW, VIEW)
    found, problems = examined(VIEWER, whole.drop_columns(["artwork"]))
    assert (found.num_rows, problems) == (0, ["there is no column artwork"])
    place = whole.schema.get_field_index("artwork")
    numbers = whole.set_column(place, "artwork", pa.array([1, 2], pa.int64()))
    found, problems = examined(VIEWER, numbers)
    assert (found.num_rows, problems) == (0, ["the column artwork is int64, not string"])


def test_a_column_that_is_not_known_is_named_and_costs_no_row() -> None:
    wider = table(VIEWER, VIEW).append_column("mood", pa.array(["good"]))
    found, problems = examined(VIEWER, wider)
    assert found.num_rows == 1
    assert problems == ["there is a column mood, which this harness does not know"]


def test_a_column_that_was_added_later_may_be_missing() -> None:
    _, problems = examined(LOAD, LOAD.schema.empty_table().drop_columns(["inserted"]))
    assert problems == []


def test_what_a_page_reported_and_nothing_understood_is_kept_and_named() -> None:
    detail = '{"problem": "unknown type \'zoom\'", "text": "{}"}'
    row = {"kind": "unrecognised", "user": "u", "tab": "t", "detail": detail}
    found, problems = examined(CLIENT, table(CLIENT, row, row))
    assert found.num_rows == 2
    assert problems == [
        "2 rows that a page reported and the contract does not know: unknown type 'zoom'"
    ]


def test_a_batch_is_examined_before_it_is_written() -> None:
    good, bad = VIEW, {**VIEW, "kind": "viewed"}
    assert flaws(VIEWER, table(VIEWER, good).to_batches()[0]) == []
    assert flaws(VIEWER, table(VIEWER, bad).to_batches()[0]) == [
        "1 row of the unknown kind 'viewed'"
    ]
