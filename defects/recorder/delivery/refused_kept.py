"""A batch that the server will never take is sent again."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_DONE = (
    '    const done = kind === "acknowledged" || {refused} || (kind === "queued" && trustBeacon);\n'
)
_REFUSED = 'kind === "refused"'

DEFECT = RecorderDefect(
    about="A batch that was refused for good stays in the queue and is sent again.",
    expected={"refused_were_dropped"},
    walks=0,  # The simulated server takes it the second time.
    trials=[Trial("400_poison", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="delivery.js",
            old=_DONE.replace("{refused}", _REFUSED),
            new=_DONE.replace("{refused}", f"({_REFUSED} && (REACHED, false))"),
            twin=_DONE.replace("{refused}", f"({_REFUSED} && (REACHED, true))"),
        ),
    ],
)
