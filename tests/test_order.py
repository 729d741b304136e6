"""The longest tests run first, as a log of a run says."""

from __future__ import annotations

from dataclasses import dataclass

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
        "test_long": 40.0,
        "test_set_up": 9.0,
    }


@dataclass
class Group:
    args: tuple[str]


@dataclass
class Item:
    nodeid: str
    group: str = ""

    def get_closest_marker(self, name: str) -> Group | None:
        return Group((self.group,)) if self.group and name == "xdist_group" else None


def test_the_longest_come_first_with_the_others_as_they_were_between_them() -> None:
    seconds = read(DURATIONS.read_text())
    longest, second = list(seconds)[:2]
    share = seconds[longest] / (seconds[longest] + seconds[second])
    short = [f"a.py::test_{number}" for number in range(100)]
    names = [*short[:50], f"b.py::{second}[::case]", *short[50:], f"c.py::{longest}"]
    items = [Item(name) for name in names]
    longest_first(items)
    found = [item.nodeid for item in items]
    assert found[0] == f"c.py::{longest}"
    assert found.index(f"b.py::{second}[::case]") == round(100 * share) + 1
    assert [name for name in found if name.startswith("a.py")] == short
    assert sorted(found) == sorted(names)


def test_where_no_test_takes_long_all_stay_as_they_were() -> None:
    items = [Item("b.py::test_b"), Item("a.py::test_a")]
    longest_first(items)
    assert [item.nodeid for item in items] == ["b.py::test_b", "a.py::test_a"]


def test_what_runs_in_one_worker_takes_as_long_as_all_of_it() -> None:
    longest, *others = read(DURATIONS.read_text())
    alone = Item(f"a.py::{longest}")
    group = [Item(f"b.py::{name}", "browser") for name in ("test_quick", *others)]
    items = [alone, *group]
    longest_first(items)
    assert items == [*group, alone]
