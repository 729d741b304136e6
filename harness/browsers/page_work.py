"""What a page costs its browser: the main thread's time, long tasks, layout shifts.

Time comes from the driver. Long tasks (50 ms or longer) and layout shifts are the page's own
performance entries; shifts within half a second of an input do not count, as in the Cumulative
Layout Shift (https://wicg.github.io/layout-instability/).
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.browsers.base import Page
from harness.ledger.kinds.activity import PageFigureName

ENTRIES = """() => {
  if (!window.harnessWork) {
    const seen = { long_tasks: 0, long_task_s: 0, layout_shifts: 0, layout_shift_score: 0 };
    const take = (entries) => {
      for (const entry of entries) {
        if (entry.entryType === "longtask") {
          seen.long_tasks += 1;
          seen.long_task_s += entry.duration / 1000;
        } else if (!entry.hadRecentInput) {
          seen.layout_shifts += 1;
          seen.layout_shift_score += entry.value;
        }
      }
    };
    const observers = ["longtask", "layout-shift"].map((type) => {
      const observer = new PerformanceObserver((list) => take(list.getEntries()));
      observer.observe({ type, buffered: true });
      return observer;
    });
    window.harnessWork = { seen, take, observers };
  }
  const { seen, take, observers } = window.harnessWork;
  for (const observer of observers) take(observer.takeRecords());
  return { ...seen };
}"""
"""Returns the counters of the page's entries since its load; observes them from the first call."""

_ENTRIES: tuple[PageFigureName, ...] = (
    "long_tasks",
    "long_task_s",
    "layout_shifts",
    "layout_shift_score",
)
_TIMES: Mapping[str, PageFigureName] = {
    "main_thread": "main_thread_s",
    "script": "script_s",
    "style": "style_s",
    "layout": "layout_s",
}


async def work_of(page: Page) -> dict[PageFigureName, float]:
    """Return the page's counters of this moment (``Can.MAIN_THREAD``)."""
    seen = await page.evaluate(ENTRIES)
    times = await page.main_thread_s()
    entries = {name: float(seen[name]) for name in _ENTRIES}
    return entries | {figure: times[name] for name, figure in _TIMES.items()}
