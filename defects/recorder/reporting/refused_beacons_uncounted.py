"""A page does not count the beacons that its browser refuses."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

_COUNTED = '      this.counters[batch.beaconed ? "beaconQueued" : "beaconRefused"] += 1;\n'

DEFECT = RecorderDefect(
    about="A beacon that the browser refuses is in no counter.",
    expected={"blocked_flush_counted"},
    walks=0,  # A simulated page is not asked for its counters.
    trials=[Trial("sync_flush_blocked", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="delivery.js",
            old=_COUNTED,
            new="      if (batch.beaconed || REACHED) this.counters.beaconQueued += 1;\n",
        ),
    ],
)
