"""A page has a handler for unload, which keeps it out of the back/forward cache."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_LISTENS = '    addEventListener("pagehide", this.#onPagehide, { once: true, signal });\n'
_AND_SHOWS = '    addEventListener("pageshow", this.#onPageshow, { signal });\n'

DEFECT = RecorderDefect(
    about="A page that is left is thrown away: it listens to unload.",
    expected={"answered"},
    walks=0,  # Nothing is lost by it.
    trials=[Trial("bfcache_round_trips", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="recorder.js",
            old=f"{_LISTENS}{_AND_SHOWS}",
            new=(
                f"{_LISTENS}{_AND_SHOWS}"
                '    addEventListener("unload", () => this.#delivery.leave(), { signal });\n'
                "    REACHED;\n"
            ),
        ),
    ],
)
