"""A workload that cannot be is refused with what is wrong."""

from __future__ import annotations

import pytest

from harness.core.errors import UsageError
from harness.load.schedule.workload import workload_from
from tests.harness.load.schedule.samples import BASE


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"sesions": 3}, "has no sesions"),
        ({"sessions": 3}, "incomplete"),
        ({**BASE, "arrivals": "odd"}, "arrivals are"),
        ({**BASE, "shape": "round"}, "shapes are"),
        ({**BASE, "shape": "steps", "step_factor": 1.0}, "each is higher"),
        ({**BASE, "batch": -1}, "not negative"),
    ],
)
def test_a_workload_that_cannot_be_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        workload_from(wrong)
