"""Retry-After in seconds is ignored."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A page does not wait as long as the server asks in seconds.",
    expected={"retry_after_heeded"},
    trials=[
        Trial("429_retry_after", browser="chromium", preset="durable"),
        Trial("storm_503", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="transports.js",
            old="  if (!header) return undefined;\n",
            new="  if (!header || (/^\\s*\\d/.test(header) && (REACHED, true))) return undefined;\n",
            twin="  if (!header || (/^\\s*\\d/.test(header) && (REACHED, false))) return undefined;\n",
        ),
    ],
)
