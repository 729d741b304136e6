"""When a search for the knee may end: after two steps in a row that were too slow.

The verdict on each step is the report's, from the raw rows; here is only a cheap look, so that a
server that is beyond its limit is not driven further. The second step ends as soon as it has more
late requests than a p95 below the limit can hold: a server that collapses under it is spared the
rest, and so is what watches it on the same machine.
"""

from __future__ import annotations

import math

from harness.load.generator.rows import Sent
from harness.load.schedule.workload import Workload

SETTLING_SHARE = 0.2
"""The first part of a step that is not judged: what the step before left is worked off there."""

_STEPS_IN_A_ROW = 2
_SHARE = 0.05


class Search:
    """Counts, step by step, how many requests took too long."""

    def __init__(self, workload: Workload) -> None:
        self._limit_ns = workload.search_limit_ms * 1e6
        self._steps = workload.steps if self._limit_ns else ()
        self._asked = [0] * len(self._steps)
        self._slow = [0] * len(self._steps)
        self.verdict = ""

    def heard(self, scheduled_s: float, sent: Sent, acknowledged: bool) -> None:
        """Take note of an attempt that was due at such a moment of the schedule."""
        number = self._step_at(scheduled_s)
        if number is None:
            return
        self._asked[number] += 1
        late = sent.done_ns - sent.scheduled_ns >= self._limit_ns
        self._slow[number] += late or not acknowledged

    def is_over(self, at_s: float) -> bool:
        """Return whether, by such a moment of the schedule, enough steps were too slow."""
        decided = [n for n, (_, end_s, _) in enumerate(self._steps) if end_s <= at_s]
        if self._is_lost(len(decided)):
            decided.append(len(decided))
        last = decided[-_STEPS_IN_A_ROW:]
        if len(last) < _STEPS_IN_A_ROW or not all(self._is_slow(n) for n in last):
            return False
        begun = self._steps[last[0]][2]
        self.verdict = f"the p95 reached the limit at {begun:.0f} impressions/s, twice in a row"
        return True

    def _is_slow(self, number: int) -> bool:
        # No answer at all within a whole step is slower than any limit.
        return self._slow[number] >= _SHARE * self._asked[number]

    def _is_lost(self, number: int) -> bool:
        """Return whether a step that still runs is too slow whatever the rest of it brings: by as
        many requests as the step before it had, and more by as much as its rate is higher."""
        if not 0 < number < len(self._steps) or not self._asked[number - 1]:
            return False
        higher = self._steps[number][2] / self._steps[number - 1][2]
        expected = higher * self._asked[number - 1]
        return self._slow[number] >= max(_SHARE * expected, 1)

    def _step_at(self, at_s: float) -> int | None:
        if not self._steps or at_s < 0:
            return None
        length_s = self._steps[0][1] - self._steps[0][0]
        number = math.floor(at_s / length_s)
        inside = at_s - number * length_s >= SETTLING_SHARE * length_s
        return number if inside and number < len(self._steps) else None
