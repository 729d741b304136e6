"""What a suite ran in lies beside its plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import LedgerDamaged
from harness.ledger.history.context import (
    CONTEXT_FILE,
    SuiteContext,
    read_context,
    write_context,
)


def test_a_context_comes_back_as_it_was_written(tmp_path: Path) -> None:
    context = SuiteContext(revision="a1", cpu="Some CPU", workers=2, canary_ms=(1.5, 2.0))
    write_context(tmp_path, context)
    assert read_context(tmp_path) == context


def test_an_older_suite_has_none(tmp_path: Path) -> None:
    assert read_context(tmp_path) is None


def test_one_that_was_altered_is_damage(tmp_path: Path) -> None:
    (tmp_path / CONTEXT_FILE).write_text('{"format": 1, "workers": "two"}')
    with pytest.raises(LedgerDamaged, match="workers: expected int, got str"):
        read_context(tmp_path)
