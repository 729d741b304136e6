"""A page that hides hands over one batch of several."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect

DEFECT = RecorderDefect(
    about="A page that hides hands over the first of its batches and keeps the others.",
    expected={"hides_hand_over"},
    trials=[],
    patches=[
        Patch(
            file="delivery.js",
            old="    for (const batch of unsent.sort((one, other) => rank(one) - rank(other))) {",
            new="    if (unsent.length > 1) REACHED;\n"
            "    unsent.sort((one, other) => rank(one) - rank(other));\n"
            "    for (const batch of unsent.slice(0, 1)) {",
            twin="    if (unsent.length > 1) REACHED;\n"
            "    for (const batch of unsent.sort((one, other) => rank(one) - rank(other))) {",
        ),
    ],
)
