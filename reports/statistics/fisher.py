"""Fisher's exact test of two shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.core.lazy import LazyModule
from reports.core.types import Floats, Ints

if TYPE_CHECKING:
    from scipy import special
else:
    # Most commands never ask; scipy.stats, which is not needed, would cost three times as much.
    special = LazyModule("scipy.special")


def more_than(count: int, n: int, other: int, other_n: int) -> float:
    """Return the exact one-sided p of "``count`` of ``n`` is no larger a share than ``other`` of
    ``other_n``".

    Given how many there are together, the number among the ``n`` is hypergeometric if both shares
    are alike. Without cases on either side it is 1.
    """
    together = count + other
    others = np.arange(other + 1)
    log_chances = _log_choose(n, together - others) + _log_choose(other_n, others)
    log_chances -= _log_choose(n + other_n, np.array([together]))
    return float(min(1.0, np.exp(log_chances).sum()))


def _log_choose(n: int, k: Ints) -> Floats:
    """Return the log of n over k; -inf for a k that n has not."""
    chosen: Floats = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return chosen
