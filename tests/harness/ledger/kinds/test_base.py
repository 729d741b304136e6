"""A kind that does not fit its witness's columns is refused when it is declared."""

from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa
import pytest

from harness.core.errors import HarnessError
from harness.ledger.kinds import CLIENT, NETWORK, WITNESSES
from harness.ledger.kinds.base import (
    DETAIL,
    KIND_COLUMN,
    MONO_NS,
    WALL_NS,
    Column,
    Kind,
    LedgerRow,
    Witness,
    encoded,
    leaves,
    name_of,
    names_of,
)
from harness.ledger.kinds.client import (
    Attempt,
    Drained,
    RecorderEvent,
    Undrained,
)
from harness.ledger.kinds.network import BrowserKilled, FaultRow, FaultStart

COLUMNS = {
    one.name: one
    for one in (Column("user", pa.string(), "who"), Column("value", pa.float64(), "how much"))
}


def test_a_kind_is_frozen_and_takes_its_fields_by_name() -> None:
    row: Any = FaultStart(fault="cut")
    with pytest.raises(AttributeError):
        row.fault = "other"
    with pytest.raises(TypeError):
        FaultStart("cut")  # type: ignore[misc]


def test_a_kind_below_a_base_is_named_with_it() -> None:
    assert names_of([FaultRow]) >= {"fault_start", "fault_end", "sentinel_bitten"}
    assert names_of([Drained, Undrained]) == {"drained", "undrained"}
    assert set(leaves(RecorderEvent)) <= {kind.type for kind in CLIENT.kinds.values()}
    assert name_of(FaultStart) == "fault_start"


def test_a_field_of_another_type_than_its_column_is_refused() -> None:
    class Wrong(LedgerRow, tag="wrong"):
        """Wrong."""

        user: int

    with pytest.raises(TypeError, match=r"Wrong\.user does not fit the column user"):
        Kind(Wrong, COLUMNS)


def test_a_column_that_no_kind_fills_is_refused() -> None:
    """It would be empty in every file, and nothing would say so."""

    class Sole(LedgerRow):
        """Sole."""

        user: str

    columns = (MONO_NS, WALL_NS, *COLUMNS.values())
    with pytest.raises(TypeError, match="no kind of the new witness has a field for value"):
        Witness("new", Sole, columns)


def test_a_field_without_a_column_needs_a_detail() -> None:
    class Wrong(LedgerRow, tag="wrong"):
        """Wrong."""

        within_s: float

    with pytest.raises(TypeError, match="no column for within_s"):
        Kind(Wrong, COLUMNS)
    assert Kind(Wrong, {**COLUMNS, DETAIL: Column(DETAIL, pa.string(), "")}).has_json


def test_a_number_goes_through_its_column_of_another_type() -> None:
    kind = NETWORK.kind_of(BrowserKilled)
    cells = kind.cells(BrowserKilled(tabs=3))
    assert cells == {"value": 3.0}
    assert kind.row(cells) == BrowserKilled(tabs=3)
    with pytest.raises(ValueError, match="Expected `int`"):
        kind.row({"value": 2.5})


def test_what_is_missing_is_named() -> None:
    with pytest.raises(msgspec.ValidationError, match="missing required field `within_s`"):
        CLIENT.kind_of(Drained).row({"user": "ann", "tab": "t", "detail": "{}"})
    with pytest.raises(ValueError, match="not a JSON object"):
        CLIENT.kind_of(Drained).row({"user": "ann", "tab": "t", "detail": "[1]"})


def test_a_detail_of_an_older_harness_may_hold_more() -> None:
    row = CLIENT.kind_of(Drained).row(
        {"user": "ann", "tab": None, "detail": '{"within_s": 9, "old": 1}'}
    )
    assert row == Drained(user="ann", tab=None, within_s=9)


def test_defaults_are_not_written() -> None:
    cells = CLIENT.kind_of(Attempt).cells(Attempt(user="ann", tab="t"))
    assert cells["detail"] is None


def test_half_a_surrogate_pair_is_written_as_a_question_mark() -> None:
    assert encoded({"a": "\ud800x", "b": 1}) == '{"a": "?x", "b": 1}'
    with pytest.raises(TypeError):
        encoded(object())


def test_a_type_of_another_witness_is_no_kind() -> None:
    with pytest.raises(HarnessError, match="Drained is no kind of row of the network witness"):
        NETWORK.kind_of(Drained)


@pytest.mark.parametrize("witness", WITNESSES.values(), ids=lambda one: one.name)
def test_every_witness_has_both_clocks_first(witness: Any) -> None:
    assert witness.columns[:2] == (MONO_NS, WALL_NS)
    assert KIND_COLUMN in witness.columns or witness.name in ("load", "machine", "wire")
