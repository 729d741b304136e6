"""A baseline has a name that can be a file's."""

from __future__ import annotations

import pytest

from harness.core.errors import UsageError
from harness.ledger.history.baseline import baseline_of


def test_a_baseline_names_its_suites() -> None:
    found = baseline_of("main-1.2", "nightly", ("a" * 64,))
    assert (found.name, found.suite, found.suites) == ("main-1.2", "nightly", ("a" * 64,))
    assert len(found.made) == 16


@pytest.mark.parametrize("name", ["", "../x", ".hidden", "a/b", "x" * 65, "a b"])
def test_a_name_that_is_no_files_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no name of a baseline"):
        baseline_of(name, "nightly", ())
