"""Of each user the position of the first write is remembered, and no later one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from defects.base import ServerDefect, Switch
from defects.overrides.topology import PAUSED
from servers.ingest.storage.replica import Positions


def wrote(
    switch: Switch,
    original: Callable[[Positions, Iterable[str], int], None],
    positions: Positions,
    users: Iterable[str],
    position: int,
) -> None:
    """Note the position of users who have none yet."""
    known = switch.memory.setdefault("known", set())
    new = [user for user in users if not (switch.reached() and user in known)]
    known.update(new)
    original(positions, new, position)


DEFECT = ServerDefect(
    about="A user's second write may be missing from what the user reads.",
    expected={"reads_see_own_writes"},
    trials=[PAUSED],
    overrides={"servers.ingest.storage.replica:Positions.wrote": wrote},
)
