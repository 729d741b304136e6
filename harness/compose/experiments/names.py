"""Levels that only the server and the package of defects know: unknown ones are refused."""

from __future__ import annotations

from collections.abc import Iterable

from harness.compose.defects import planted_in
from harness.core.errors import UsageError, did_you_mean
from harness.ledger.rundir import Arm
from servers.ingest.storage.migrate import improvements

IMPROVEMENT = "improvement"


def refuse_unknown(arms: Iterable[Arm]) -> None:
    """Raise UsageError for an improvement of the reference server, or a defect, that there is not.

    ``arms`` are levels of arms or of parts.
    """
    known = improvements()
    for arm in arms:
        for name in filter(None, arm.get(IMPROVEMENT, "").split("+")):
            if name not in known:
                raise UsageError(
                    f"the server has no improvement {name!r}",
                    hint=did_you_mean(name, known, f"It has {', '.join(known)}"),
                )
        planted_in(arm)
