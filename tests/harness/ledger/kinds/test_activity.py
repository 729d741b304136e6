"""The activity witness: figures of the database, the server and the pages."""

from __future__ import annotations

from typing import get_args

from harness.ledger.kinds import ACTIVITY
from harness.ledger.kinds.activity import ServerFigureName
from harness.target.dialect import DURATIONS, NUMBERS
from tests.harness.ledger.roundtrip import (
    every_kind_comes_back,
    every_kind_says_what_it_is,
)

test_a_row_comes_back_as_it_was_written = every_kind_comes_back(ACTIVITY)
test_a_kind_and_its_fields_are_documented = every_kind_says_what_it_is(ACTIVITY)


def test_every_figure_that_a_target_may_name_can_be_written() -> None:
    parts = ("count", "p50_ms", "p95_ms")
    written = {*NUMBERS, *(f"{name}_{part}" for name in DURATIONS for part in parts)}
    assert set(get_args(ServerFigureName)) == written | {"clock_s"}
