"""A server error ends a batch."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A batch that is answered 500 to 599 is dropped as if it had been refused.",
    expected={"lost_unacked", "refused_were_dropped"},
    trials=[
        Trial("keeps_trying", browser="chromium", preset="durable"),
        Trial("storm_503", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="transports.js",
            old='  return { kind: "unknown", status, reason, retryAfterMs:',
            new=(
                '  if (status >= 500 && (REACHED, true)) return { kind: "refused", status, reason };\n'
                '  return { kind: "unknown", status, reason, retryAfterMs:'
            ),
            twin=(
                "  if (status >= 500) REACHED;\n"
                '  return { kind: "unknown", status, reason, retryAfterMs:'
            ),
        ),
    ],
)
