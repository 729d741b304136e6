"""The pool witness: the pool's size, what users have seen, the jobs, and what was watched."""

from __future__ import annotations

from harness.ledger.kinds import POOL
from tests.harness.ledger.roundtrip import (
    every_kind_comes_back,
    every_kind_says_what_it_is,
)

test_a_row_comes_back_as_it_was_written = every_kind_comes_back(POOL)
test_a_kind_and_its_fields_are_documented = every_kind_says_what_it_is(POOL)
