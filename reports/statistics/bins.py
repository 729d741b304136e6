"""Equal stretches of time, and what lies in each: how many, and which quantiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from reports.core.types import Floats, Ints


@dataclass(frozen=True, slots=True)
class Bins:
    """``number`` bins of ``width_s`` seconds from ``begin_s``; what lies outside is in the next."""

    begin_s: float
    width_s: float
    number: int

    @classmethod
    def over(cls, begin_s: float, end_s: float, width_s: float) -> Bins:
        """Return the bins of this width that reach from the beginning to the end."""
        return cls(begin_s, width_s, max(1, math.ceil((end_s - begin_s) / width_s)))

    @property
    def start_s(self) -> Floats:
        """Return the beginning of each bin."""
        return self.begin_s + self.width_s * np.arange(self.number, dtype=np.float64)

    def place(self, at_s: Floats) -> Ints:
        """Return the bin of each moment."""
        inside = np.clip((at_s - self.begin_s) / self.width_s, 0, self.number - 1)
        return inside.astype(np.int64)

    def count(self, at_s: Floats) -> Floats:
        """Return how many moments lie in each bin."""
        counts: Floats = np.bincount(self.place(at_s), minlength=self.number).astype(np.float64)
        return counts

    def quantiles(
        self, at_s: Floats, values: Floats, shares: Sequence[float], *, least: int = 1
    ) -> list[Floats]:
        """Return quantiles (nearest rank) of each bin's values; NaN with fewer than ``least``."""
        place = self.place(at_s)
        by_bin = values[np.argsort(place, kind="stable")]
        edges = np.concatenate(([0], np.cumsum(np.bincount(place, minlength=self.number))))
        found = [np.full(self.number, np.nan) for _ in shares]
        for number, (first, end) in enumerate(pairwise(edges.tolist())):
            if end - first < least:
                continue
            ordered = np.sort(by_bin[first:end])
            for quantile, share in zip(found, shares, strict=True):
                quantile[number] = ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
        return found
