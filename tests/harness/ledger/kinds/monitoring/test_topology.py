"""The topology witness: what balancer and pooler count, and when they were silent."""

from __future__ import annotations

from harness.ledger.kinds import TOPOLOGY
from tests.harness.ledger.roundtrip import (
    every_kind_comes_back,
    every_kind_says_what_it_is,
)

test_a_row_comes_back_as_it_was_written = every_kind_comes_back(TOPOLOGY)
test_a_kind_and_its_fields_are_documented = every_kind_says_what_it_is(TOPOLOGY)
