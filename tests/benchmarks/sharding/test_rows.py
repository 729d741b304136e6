"""A table that is filled and measured, a small one."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.sharding.rows import Filled, run, table


def test_what_was_measured_becomes_a_table() -> None:
    one = Filled(1_000_000, 10**8, 2 * 10**8, 9.6, (1.0, 2.5), (0.25, 0.5))
    assert table([one]).splitlines()[-1] == (
        "| 1,000,000 | 100 MB | 200 MB | 10 s | 1.00, 2.50 ms | 0.25, 0.50 ms |"
    )


@pytest.mark.stack
@pytest.mark.slow
def test_each_step_adds_to_the_rows_that_are_there() -> None:
    found = asyncio.run(run([2_000, 400]))
    assert [one.rows for one in found] == [400 + 5_000, 2_000 + 10_000]
    assert all(one.insert_ms[1] >= one.insert_ms[0] > 0 for one in found)
