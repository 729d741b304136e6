"""More rows than a run can store are refused."""

from __future__ import annotations

import pytest

from harness.core.errors import HarnessError
from harness.witnesses.truth import stored
from harness.witnesses.truth.stored import bounded


def test_more_rows_than_a_run_can_store_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "ROWS_MAX", 1)
    bounded(1, "[truth.http]")
    with pytest.raises(HarnessError, match=r"\[truth.http\] returns more than 1 rows"):
        bounded(2, "[truth.http]")
