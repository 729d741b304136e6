"""The clock of the database witness is three seconds ahead."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import VISIT, HarnessDefect, Switch
from harness.core.clock import Instant

OFF_NS = 3_000_000_000


def shifted(switch: Switch, original: Callable[[], Instant]) -> Instant:
    """Return a moment three seconds from now."""
    real = original()
    if not switch.reached():
        return real
    return Instant(real.mono_ns + OFF_NS, real.wall_ns + OFF_NS)


DEFECT = HarnessDefect(
    about="What the database witness sees, it sees three seconds too late.",
    expected={"clocks_agree", "witnesses_whole", "table_read_back"},
    verdict="unknown",
    trials=[VISIT],
    overrides={"harness.witnesses.database:now": shifted},
)
