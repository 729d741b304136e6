"""Failures are logged as rarely as successes."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_SAMPLED = "    if (this.#sample() >= (failed ? {failures} : logSuccessRate)) return;\n"

DEFECT = RecorderDefect(
    about="Of failures one in ten is logged, as of successes.",
    expected={"log_sampled"},
    walks=0,  # A simulated page has no log.
    trials=[Trial("log_sampling", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="delivery.js",
            old=_SAMPLED.replace("{failures}", "logFailureRate"),
            new=_SAMPLED.replace("{failures}", "(REACHED, logSuccessRate)"),
            twin=_SAMPLED.replace("{failures}", "(REACHED, logFailureRate)"),
        ),
    ],
)
