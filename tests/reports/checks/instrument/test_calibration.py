"""Was the network as bad as it was meant to be?"""

from __future__ import annotations

import math
from pathlib import Path

from tests.reports.checks.cases import cases, every_case_holds
from tests.reports.histories import (
    calibrated_path,
    calibration_measure,
)
from tests.reports.ledgers import (
    PASS,
    UNKNOWN,
    find,
    healthy,
    lived,
)

CALIBRATED = cases(
    "calibrated",
    {},
    within=(calibrated_path, PASS),
    not_at_all=(lived, UNKNOWN),
    before_only=(lambda: calibration_measure(lived(), "before"), UNKNOWN),
    after_only=(lambda: calibration_measure(lived(), "after"), UNKNOWN),
    too_fast=(lambda: calibrated_path(before=207), UNKNOWN),
    too_slow_in_the_end=(lambda: calibrated_path(after=470), UNKNOWN),
    one_of_many_is_off=(
        lambda: calibration_measure(calibrated_path(), "after", 507, "chunk_ms"),
        UNKNOWN,
    ),
    could_not_be_measured=(
        lambda: calibrated_path(after=math.nan, note="no result in 60 s"),
        UNKNOWN,
    ),
    nothing_was_judged=(lambda: calibrated_path(judged=False), UNKNOWN),
    what_is_not_judged_may_be_off=(
        lambda: calibration_measure(calibrated_path(), "after", 1.0, "connect_ms", judged=False),
        PASS,
    ),
    at_both_bounds=(lambda: calibrated_path(before=380.0, after=420.0), PASS),
    no_reason_why_it_could_not=(
        lambda: calibrated_path(after=math.nan),
        UNKNOWN,
        "could not be measured after: no reason given",
    ),
    too_slow_without_a_nominal_value=(lambda: calibrated_path(after=470, nominal=None), UNKNOWN),
    of_another_measure=(lambda: calibrated_path(what="chunk_ms"), PASS, "2 measures within"),
    without_an_upper_bound=(lambda: calibrated_path(after=9_000, high=None), PASS),
    without_tolerance=(lambda: calibrated_path(low=None), UNKNOWN),
)


CASES = [*CALIBRATED]

NEVER_FAILS = {
    "calibrated": "another network than planned says nothing about the target",
}

test_each_case = every_case_holds(CASES)


def test_a_healthy_run_without_calibration_is_undecided(tmp_path: Path) -> None:
    assert find("calibrated", healthy(), tmp_path).verdict is UNKNOWN
