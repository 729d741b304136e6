"""The level of the factor ``network`` in an arm: which network the visitors of a run have.

Two forms: ``BACKEND`` where the scenario makes its own network by that backend, and
``PROFILE@BACKEND`` where every visitor has that line from beginning to end
(``slow-3g@packets``).
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.errors import UsageError
from harness.ledger.rundir import Arm

FACTOR = "network"
BACKENDS = ("packets", "toxiproxy")
"""What can make a network bad, the better one first; named after the parts of the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNetwork:
    """What makes the network of a run, and the profile that it has for the whole run, if any."""

    backend: str
    profile: str = ""

    def __str__(self) -> str:
        return f"{self.profile}@{self.backend}" if self.profile else self.backend

    @classmethod
    def parse(cls, text: str) -> PlannedNetwork:
        """Return what a level means. Raises UsageError when it names no backend."""
        profile, at, backend = text.rpartition("@")
        if backend not in BACKENDS or (at and not profile):
            raise UsageError(
                f"network={text} names no backend",
                hint=f"Write slow-3g@{BACKENDS[0]}, or one of {' and '.join(BACKENDS)}",
            )
        return cls(backend=backend, profile=profile)

    @classmethod
    def of(cls, arm: Arm) -> PlannedNetwork | None:
        """Return the network that an arm has, or None. Raises UsageError for one it cannot mean.

        Runs of earlier revisions have the profile as a factor of its own, ``line``.
        """
        if FACTOR not in arm:
            return None
        network = cls.parse(arm[FACTOR])
        return cls(backend=network.backend, profile=network.profile or arm.get("line", ""))
