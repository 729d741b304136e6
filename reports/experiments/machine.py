"""Whether the machine was the same all the time: the canaries of the blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.experiments.slots import Block

UNSTEADY = 1.25
"""How many times the median of all canaries one may take until its block is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineState:
    """The canaries by block (s), and the blocks in which the machine was slower than usual."""

    canary_s: tuple[tuple[float, ...], ...]
    median_s: float
    unsteady: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """Return what the canaries say of the machine."""
        if not self.canary_s:
            return "no block is complete, so nothing is known of the machine"
        slowest = max(max(one) for one in self.canary_s) / self.median_s
        if not self.unsteady:
            return (
                f"the machine was steady: its canary took at most {slowest:.2f} times its median "
                f"of {1000 * self.median_s:.0f} ms"
            )
        return (
            f"the machine was busy in {len(self.unsteady)} of {len(self.canary_s)} blocks "
            f"({', '.join(map(str, self.unsteady))}): its canary took up to {slowest:.2f} times "
            f"its median of {1000 * self.median_s:.0f} ms"
        )


def machine_state(blocks: Sequence[Block]) -> MachineState:
    """Return the state of the machine in these blocks."""
    canaries = tuple(block.end.canary_s for block in blocks)
    every = [one for canary in canaries for one in canary]
    median_s = float(np.median(every)) if every else float("nan")
    return MachineState(
        canary_s=canaries,
        median_s=median_s,
        unsteady=tuple(
            block.number
            for block in blocks
            if any(one > UNSTEADY * median_s for one in block.end.canary_s)
        ),
    )
