"""Where a suite's time went, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from reports.core import text
from reports.judging.profile import TimeProfile, slowest

_SLOWEST = 10


def profile_lines(profile: TimeProfile) -> Iterator[str]:
    """Yield the lines: each phase with its seconds per cell and its share, then the slowest cells.

    Shares are of the cells' own time; a suite's length beside it shows what ran at the same time.
    """
    count = len(profile.cells)
    if not count:
        yield "no cell ended: nothing to show"
        return
    timed = [cell for cell in profile.cells if cell.phases]
    yield f"{count} cells, {text.duration(profile.total_s)} together{_beside(profile)}"
    if profile.without_end:
        yield f"{profile.without_end} more have no end and are left out"
    if len(timed) < count:
        yield f"{count - len(timed)} of them have no phases"
    if timed:
        whole_s = sum(cell.took_s for cell in timed)
        yield f"\n{'phase':<18} {'s a cell':>9} {'share':>6}"
        for name, seconds in profile.phases.items():
            yield f"{name:<18} {seconds / len(timed):>9.2f} {seconds / whole_s:>6.0%}"
        yield f"{'together':<18} {whole_s / len(timed):>9.2f} {1:>6.0%}"
    yield f"\n{'took':>8} {'planned':>8}  slowest cells"
    for cell in slowest(profile.cells, _SLOWEST):
        planned = "" if cell.planned_s is None else text.duration(cell.planned_s)
        name = f"{cell.scenario} [{cell.arm}] seed {cell.seed}"
        yield f"{text.duration(cell.took_s):>8} {planned:>8}  {text.one_line(name)}"


def _beside(profile: TimeProfile) -> str:
    if not profile.suite_s:
        return ""
    at_once = profile.total_s / profile.suite_s
    return f"; the suite took {text.duration(profile.suite_s)}, {at_once:.1f} of them at a time"
