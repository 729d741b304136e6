"""A change of the window's size empties the queue."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A page whose window changes its size forgets what waits.",
    expected={"lost_unacked", "queue_adds_up"},
    trials=[Trial("unrelated_events", browser="chromium")],
    walks=0,
    patches=[
        Patch(
            file="recorder.js",
            old='    addEventListener("pageshow", this.#onPageshow, { signal });',
            new='    addEventListener("pageshow", this.#onPageshow, { signal });\n'
            "    const forget = () => { this.#delivery.batches.clear(); this.#open = null; };\n"
            '    addEventListener("resize", () => { REACHED; forget(); }, { signal });',
            twin='    addEventListener("pageshow", this.#onPageshow, { signal });\n'
            '    addEventListener("resize", () => { REACHED; }, { signal });',
        ),
    ],
)
