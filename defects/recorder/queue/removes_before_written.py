"""An answered batch is removed at once, also where a write of it still waits for the lock."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect

_OLD = "    return !this.#lock || this.#lock.held ? write() : this.#lock.granted.then(write);\n"

DEFECT = RecorderDefect(
    about="A batch is removed before it is written, stays, and another tab sends it again.",
    expected={"settled_not_sent_again"},
    trials=[],
    patches=[
        Patch(
            file="queue.js",
            old=_OLD,
            new="    if (this.#lock && !this.#lock.held) REACHED;\n    return write();\n",
            twin="    if (this.#lock && !this.#lock.held) REACHED;\n" + _OLD,
        ),
    ],
)
