"""Improvements of the server and defects that there are not."""

from __future__ import annotations

import pytest

from harness.compose.experiments.names import refuse_unknown
from harness.core.errors import UsageError


def test_what_there_is_may_be_run() -> None:
    refuse_unknown([{}, {"improvement": "covering_index+lean_indexes"}, {"batch": "1"}])
    refuse_unknown([{"defect": "one_in_ten_twice"}, {"defect": "one_in_ten_twice.twin"}])


@pytest.mark.parametrize(
    ("arm", "line"),
    [
        ({"improvement": "covering_idnex"}, "Did you mean 'covering_index'"),
        ({"improvement": "covering_index+x"}, "the server has no improvement 'x'"),
        ({"defect": "one_in_ten_twise"}, "one_in_ten_twise"),
    ],
)
def test_what_there_is_not_is_refused(arm: dict[str, str], line: str) -> None:
    with pytest.raises(UsageError) as raised:
        refuse_unknown([{}, arm])
    assert line in raised.value.line
