"""Phases: how long each part of something took, by one clock.

Phases may lie within one another and beside one another. ``own_seconds`` gives every moment to the
phase that began last, so the parts add up to the whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from harness.core.clock import NS_PER_S, now


class Span(NamedTuple):
    """One phase: from when to when, CLOCK_MONOTONIC in nanoseconds."""

    name: str
    began_ns: int
    ended_ns: int


class Phases:
    """The phases so far, in the order of their ends."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    @contextmanager
    def during(self, name: str) -> Iterator[None]:
        """Take the block for a phase, however it ends."""
        began_ns = now().mono_ns
        try:
            yield
        finally:
            self.spans.append(Span(name, began_ns, now().mono_ns))


def own_seconds(spans: Sequence[Span]) -> dict[str, float]:
    """Return phase → seconds in which it was the one that began last of those that lasted.

    Of two that began together the shorter one counts. Phases of one name are added up; the values
    add up to the time that any phase covers.
    """
    moments = sorted({moment for span in spans for moment in (span.began_ns, span.ended_ns)})
    seconds: dict[str, float] = {span.name: 0.0 for span in sorted(spans, key=_began)}
    for begin_ns, end_ns in itertools.pairwise(moments):
        lasting = [one for one in spans if one.began_ns <= begin_ns and end_ns <= one.ended_ns]
        if lasting:
            latest = max(lasting, key=lambda one: (one.began_ns, -one.ended_ns))
            seconds[latest.name] += (end_ns - begin_ns) / NS_PER_S
    return seconds


def _began(span: Span) -> int:
    return span.began_ns
