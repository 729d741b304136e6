"""The longest tests run first, as a log of a run says."""

from __future__ import annotations

import pytest

from tests import ROOT
from tests.order import DURATIONS, longest_first, measured, read

LOG = """
============================= slowest durations ==============================
12.50s call     tests/a/test_b.py::test_long[one]
40.00s call     tests/a/test_b.py::test_long[two]@group
9.00s setup    tests/a/test_b.py::test_set_up
0.50s call     tests/a/test_b.py::test_short
"""


def test_a_test_takes_as_long_as_its_longest_case() -> None:
    assert measured(LOG) == {
        "tests/a/test_b.py::test_long": 40.0,
        "tests/a/test_b.py::test_set_up": 9.0,
    }


def test_the_longest_come_first_and_the_others_as_they_were() -> None:
    class Item:
        def __init__(self, nodeid: str) -> None:
            self.nodeid = nodeid

    recorded = read(DURATIONS.read_text())
    longest, second = list(recorded)[:2]
    items = [Item("b"), Item(f"{second}[case]"), Item("a"), Item(longest)]
    longest_first(items)
    assert [item.nodeid for item in items] == [longest, f"{second}[case]", "b", "a"]


def test_what_is_recorded_exists() -> None:
    """A test that was renamed loses its place."""
    for test in read(DURATIONS.read_text()):
        file, _, name = test.partition("::")
        if not (ROOT / file).exists() or f"def {name}(" not in (ROOT / file).read_text():
            pytest.fail(f"{test} is gone: correct its name in {DURATIONS}, or remove it")
