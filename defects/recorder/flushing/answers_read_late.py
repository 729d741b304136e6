"""An answer is taken into account six seconds after it came."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_ENDED = "    this.#inFlight.delete(batch);\n    this.#learn(outcome, now() - started);\n"

DEFECT = RecorderDefect(
    about="A page reads each answer six seconds after it came.",
    expected={"soon_as_reference"},
    walks=0,  # Nothing in a simulated world is as slow as a bad line.
    trials=[Trial("half_lost", browser="chromium", preset="durable", network="packets")],
    patches=[
        Patch(
            file="delivery.js",
            old=_ENDED,
            new=(
                "    await new Promise((resolve) => setTimeout(resolve, (REACHED, 6000)));\n"
                f"{_ENDED}"
            ),
        ),
    ],
)
