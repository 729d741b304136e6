"""A flush sends one batch, and the next waits for the next flush."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_DELIVERED = "      this.#failures = this.#notBefore = 0;\n"

DEFECT = RecorderDefect(
    about="Of the batches that wait a flush sends one: a long queue leaves bit by bit.",
    expected={"mass_flush"},
    walks=0,  # Everything arrives in the end.
    trials=[
        Trial("offline", browser="chromium", preset="durable", cut="refused", network="toxiproxy")
    ],
    patches=[
        Patch(
            file="delivery.js",
            old=_DELIVERED,
            new=f"{_DELIVERED}      if (REACHED || true) return undefined;\n",
        ),
    ],
)
