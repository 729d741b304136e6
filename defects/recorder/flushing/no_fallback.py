"""What timed out is not tried over another transport."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_SETTLED = '      if (outcome.kind !== "unknown" || outcome.status) break;\n'

DEFECT = RecorderDefect(
    about="After a timeout the keepalive request is left out; the batch waits for its retry.",
    expected={"timed_out_then"},
    walks=0,  # Everything arrives in the end.
    trials=[Trial("high_latency", browser="chromium", preset="durable", network="toxiproxy")],
    patches=[
        Patch(
            file="delivery.js",
            old=_SETTLED,
            new="      if (REACHED || true) break;\n",
        ),
    ],
)
