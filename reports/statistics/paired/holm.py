"""Holm's correction: several arms against one control, with one promise for all of them.

The smallest of m p-values has to reach alpha / m, the next alpha / (m - 1), and so on until one
does not (Scandinavian Journal of Statistics 6, 1979). The chance that any arm without an effect is
called different is then at most alpha, whatever the arms share. The claim "this arm is equivalent"
needs no correction when it is made of all arms together: it is false as soon as one part of it is
(intersection-union), so each is tested at the full level.
"""

from __future__ import annotations

from collections.abc import Mapping


def holm(p: Mapping[str, float]) -> Mapping[str, float]:
    """Return each arm's adjusted p: at most alpha means different, with all arms counted."""
    adjusted: dict[str, float] = {}
    largest = 0.0
    for place, name in enumerate(_ordered(p)):
        largest = max(largest, min(1.0, (len(p) - place) * p[name]))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p}


def thresholds(p: Mapping[str, float], alpha: float) -> Mapping[str, float]:
    """Return what each arm's own p must not exceed, which says the same as ``holm(p)`` ≤ alpha.

    After the first arm that fails, the arms behind it face that arm's threshold, so they fail too.
    """
    ordered = _ordered(p)
    steps = {name: alpha / (len(p) - place) for place, name in enumerate(ordered)}
    failed = next((steps[name] for name in ordered if p[name] > steps[name]), alpha)
    return {name: min(steps[name], failed) for name in p}


def _ordered(p: Mapping[str, float]) -> list[str]:
    return sorted(p, key=lambda name: p[name])
