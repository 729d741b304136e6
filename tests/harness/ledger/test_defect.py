"""The factor ``defect`` of an arm: a defect by its id, or its healthy twin."""

from __future__ import annotations

import pytest

from harness.core.errors import UsageError
from harness.ledger.defect import PlannedDefect


@pytest.mark.parametrize("text", ["no_insert", "no_insert.twin"])
def test_a_level_is_read_as_it_is_written(text: str) -> None:
    planned = PlannedDefect.of({"defect": text})
    assert planned is not None
    assert (str(planned), planned.id) == (text, "no_insert")
    assert planned.twin == text.endswith(".twin")


def test_an_arm_without_the_factor_has_none() -> None:
    assert PlannedDefect.of({"browser": "chromium"}) is None


@pytest.mark.parametrize("text", ["", ".twin", "No", "a/b", "a.twin.twin", "../x"])
def test_what_cannot_be_an_id_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no defect"):
        PlannedDefect.parse(text)
