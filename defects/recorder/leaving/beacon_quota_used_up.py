"""What beacons took of their quota is never given back."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="A page that has handed 64 KiB to beacons hands over no more.",
    expected={"hides_hand_over", "one_flush_per_hide"},
    trials=[Trial("hides_with_much", browser="chromium")],
    walks=0,
    patches=[
        Patch(
            file="delivery.js",
            old="    this.#beaconBytes = 0;\n  }",
            new="    REACHED;\n  }",
        ),
    ],
)
