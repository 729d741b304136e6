"""A cache is bounded in bytes, whatever its keys are."""

from __future__ import annotations

import pytest

from servers.ingest.admission.remembered import OVERHEAD_BYTES, Remembered

ENTRY = 100 + OVERHEAD_BYTES


def test_what_is_kept_is_returned_and_else_nothing_is() -> None:
    known = Remembered[str, int](key_bytes=100, total_bytes=10_000)
    known.put("a", 1)
    assert known.get("a") == 1
    assert known.get("b") is None


@pytest.mark.parametrize(("length", "kept"), [(100, 1), (101, 0)])
def test_a_long_key_is_not_kept(length: int, kept: int) -> None:
    known = Remembered[bytes, int](key_bytes=100, total_bytes=10_000)
    known.put(b"x" * length, 1)
    assert len(known) == kept


def test_no_number_of_entries_passes_the_bound() -> None:
    known = Remembered[bytes, int](key_bytes=100, total_bytes=5 * ENTRY)
    most = 0
    for number in range(100):
        known.put(b"%0100d" % number, number)
        most = max(most, len(known))
    assert most == 5
    assert known.get(b"%0100d" % 99) == 99


def test_a_text_that_is_not_ascii_counts_as_it_is_stored() -> None:
    known = Remembered[str, int](key_bytes=100, total_bytes=400 + OVERHEAD_BYTES)
    known.put("ä" * 100, 1)
    known.put("b", 2)
    assert known.get("ä" * 100) is None
    assert known.get("b") == 2
