"""Which options of the recorder a server may set, and within which bounds.

None of them can lose an impression: where batches go, what is kept on disk and which answers count
stay with the page. servers/client/served.js has the same list, because a page trusts no answer.
"""

from __future__ import annotations

from collections.abc import Mapping

NUMBERS: Mapping[str, tuple[int, int]] = {
    "flushDelayMs": (50, 60_000),
    "maxBatchSize": (1, 2_000),
    "retryBaseMs": (100, 60_000),
    "retryCapMs": (1_000, 600_000),
}
"""Name → the least and the most, whole numbers."""
SWITCHES = frozenset({"fullJitter", "linearRetry", "recordingToast"})

Option = int | bool
Options = Mapping[str, Option]


def problem_of(options: Options) -> str | None:
    """Return what is wrong with the first option that a server may not set so; None if all fit."""
    for name, value in options.items():
        if name in SWITCHES:
            if not isinstance(value, bool):
                return f"{name} is true or false"
        elif name in NUMBERS:
            low, high = NUMBERS[name]
            if isinstance(value, bool) or not low <= value <= high:
                return f"{name} is a whole number from {low} to {high}"
        else:
            return f"no option {name}; there are {', '.join(sorted({*NUMBERS, *SWITCHES}))}"
    return None
