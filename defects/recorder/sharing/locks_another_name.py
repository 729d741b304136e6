"""A tab's lock does not protect its queue."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_LOCK = "    this.#lock ??= new Lock(lockName(this.name, {owner}));\n"

DEFECT = RecorderDefect(
    about="A tab holds a lock of another name than the one that heirs ask for.",
    expected={
        "adopted_from_gone",
        "adopted_once",
        "attempts_processed_once",
        "queue_contended",
    },
    trials=[Trial("adoption_at_wake_up", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="queue.js",
            old=_LOCK.replace("{owner}", "this.owner"),
            new=_LOCK.replace("{owner}", "(REACHED, `${this.owner}!`)"),
            twin=_LOCK.replace("{owner}", "(REACHED, this.owner)"),
        ),
    ],
)
