"""Only the event `online` sends."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="The timer of a page sends nothing; it sends when the network comes back and when it hides.",
    expected={"drained_in_time", "flushed_after", "flushes_keep_coming", "in_time", "undelivered"},
    trials=[
        Trial("idle_flush", browser="chromium", preset="durable"),
        Trial("continuous_views", browser="chromium", preset="durable"),
        Trial("short_outage", browser="chromium", preset="durable"),
    ],
    patches=[
        Patch(
            file="delivery.js",
            old=("      else void this.flush();\n    }, waitMs);"),
            new=("      else REACHED;\n    }, waitMs);"),
            twin=("      else void (REACHED, this.flush());\n    }, waitMs);"),
        ),
    ],
)
