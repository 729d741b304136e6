"""Fault profiles as data: a name, the roadmap's row, and the numbers that make it.

The numbers decide, not the name: the roadmap's Slow 3G is what WebPageTest calls 3G_EM, and its
60 ms Fast 3G is no known preset (WebPageTest has 150 ms). Reports print the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.core.errors import UsageError, did_you_mean
from harness.faults.line.path import OPEN, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A bad network. ``title`` is the roadmap's name of the row; ``about`` describes it."""

    name: str
    title: str
    shape: Shape
    about: str

    @property
    def nominal(self) -> str:
        """Return its numbers in words."""
        parts = [f"{self.shape.rtt_ms:g} ms round trip"]
        for way, kbps in (("up", self.shape.up_kbps), ("down", self.shape.down_kbps)):
            if kbps is not None:
                parts.append(f"{kbps:g} kbps {way}")
        if self.shape.loss:
            parts.append(f"{self.shape.loss:.0%} of packets lost each way")
        return ", ".join(parts)


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(name="open", title="Unhindered", shape=OPEN, about="nothing is done to it"),
        Profile(
            name="slow-3g",
            title="Slow 3G",
            shape=Shape(rtt_ms=400, up_kbps=400, down_kbps=400),
            about="the roadmap's Slow 3G",
        ),
        Profile(
            name="fast-3g",
            title="Fast 3G",
            shape=Shape(rtt_ms=60, up_kbps=1600, down_kbps=1600),
            about="the roadmap's Fast 3G",
        ),
        Profile(
            name="high-latency",
            title="High Latency",
            shape=Shape(rtt_ms=2000),
            about="a satellite on a bad day: the first attempt times out",
        ),
        Profile(
            name="lossy",
            title="Intermittent",
            shape=Shape(loss=0.5),
            about="half of all packets are lost; packets only",
        ),
        Profile(
            name="collapse",
            title="Bandwidth collapse",
            shape=Shape(rtt_ms=60, up_kbps=16, down_kbps=16, queue_bytes=16_000),
            about="a crowded cell: what passed in a second takes a minute",
        ),
    )
}


def profile_of(name: str) -> Profile:
    """Return a profile by its name. Raises UsageError."""
    if name not in PROFILES:
        hint = did_you_mean(name, PROFILES, f"Known: {', '.join(PROFILES)}")
        raise UsageError(f"there is no network {name!r}", hint=hint)
    return PROFILES[name]
