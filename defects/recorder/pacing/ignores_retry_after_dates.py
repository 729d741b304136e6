"""A page does not wait as long as the server asks in a date."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect

DEFECT = RecorderDefect(
    about="A date in Retry-After is ignored.",
    expected={"retry_after_heeded"},
    trials=[],
    patches=[
        Patch(
            file="transports.js",
            old="  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;\n",
            new="  return (REACHED, undefined);\n",
            twin="  return (REACHED, Number.isFinite(ms)) ? Math.max(0, ms) : undefined;\n",
        ),
    ],
)
