"""Reads go to the replica however far behind it is."""

from __future__ import annotations

from collections.abc import Callable

from defects.base import ServerDefect, Switch
from defects.overrides.topology import PAUSED
from servers.ingest.storage.replica import Positions


def position(
    switch: Switch, original: Callable[[Positions, str], int], positions: Positions, user: str
) -> int:
    """Return the beginning of the log: every replica is past that."""
    found = original(positions, user)
    return 0 if switch.reached() else found


DEFECT = ServerDefect(
    about="A user reads from the replica before it has what the user wrote.",
    expected={"reads_see_own_writes"},
    trials=[PAUSED],
    overrides={"servers.ingest.storage.replica:Positions.of": position},
)
