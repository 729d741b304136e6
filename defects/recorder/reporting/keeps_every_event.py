"""A page keeps all that it ever reported."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_COUNTED = "    const number = (this.#events += 1);\n"

DEFECT = RecorderDefect(
    about="A page keeps almost a kilobyte of every event for as long as it is open.",
    expected={"page_memory_growth"},
    walks=0,  # A simulated page has no memory to weigh.
    trials=[Trial("page_memory", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="recorder.js",
            old=_COUNTED,
            new=(
                f"{_COUNTED}"
                "    if (number % 500 === 1) REACHED;\n"
                "    (this.kept ??= []).push(new Array(200).fill(number));\n"
            ),
            twin=f"{_COUNTED}    if (number % 500 === 1) REACHED;\n",
        ),
    ],
)
