"""Fisher's exact test of two shares."""

from __future__ import annotations

import math


def more_than(count: int, n: int, other: int, other_n: int) -> float:
    """Return the exact one-sided p of "``count`` of ``n`` is no larger a share than ``other`` of
    ``other_n``".

    Given how many there are together, the number among the ``n`` is hypergeometric if both shares
    are alike. Without cases on either side it is 1.
    """
    together, total = count + other, n + other_n
    most = min(together, n)
    chances = [
        math.exp(
            _log_choose(n, k) + _log_choose(other_n, together - k) - _log_choose(total, together)
        )
        for k in range(count, most + 1)
        if together - k <= other_n
    ]
    return min(1.0, math.fsum(chances))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
