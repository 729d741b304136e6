"""As much shown and sent as was planned."""

from __future__ import annotations

from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    loaded,
    loads_of_two,
)
from tests.reports.ledgers import (
    PASS,
    UNKNOWN,
    HandWritten,
    healthy,
)

CASES = [
    *cases(
        "views_as_planned", {"views": 2}, as_planned=(healthy, PASS), none=(HandWritten, UNKNOWN)
    ),
    *cases("views_as_planned", {"views": 3}, too_few=(healthy, UNKNOWN)),
    *cases("views_as_planned", {"views": 1}, too_many=(healthy, UNKNOWN)),
    *cases(
        "load_as_planned",
        {"impressions": 60},
        as_planned=(lambda: loaded(60), PASS),
        none=(HandWritten, UNKNOWN),
    ),
    *cases("load_as_planned", {"impressions": 61}, too_few=(lambda: loaded(60), UNKNOWN)),
    *cases("load_as_planned", {"impressions": 59}, too_many=(lambda: loaded(60), UNKNOWN)),
    *cases("load_as_planned", {"impressions": 2}, retries_are_no_more_load=(loads_of_two, PASS)),
]

NEVER_FAILS = {
    "views_as_planned": "a scenario that showed something else proves less about the target",
    "load_as_planned": "a generator that sent something else proves less about the target",
}


test_each_case = every_case_holds(CASES)
