"""Figures that stand still although what they are of does not: who samples repeats what it read.

Each answer that figures are read from bears the clock of the server or database that gave it. It
was given after it was asked for and before the next one was, so that the clocks of answers follow
the harness's own, however late they come; those of one that is read again and again do not.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from harness.ledger.kinds import ACTIVITY, MACHINE
from harness.ledger.kinds.activity import ActivityRow, DatabaseFigure, ServerFigure
from harness.ledger.kinds.machine import ProcessSample
from reports.core.kinds import of_kind
from reports.evidence.exchange.due import Due
from reports.evidence.frame import LedgerFrames

CLOCK = "clock_s"
"""The figure that is the clock of the server, or of the database."""
SLACK_S = 2.0
"""A server's clock is in whole seconds; the rest is for clocks of two machines."""
_SAMPLES_LEAST = 5
_WORK_S_LEAST = 0.5
"""In 2,457 files of samples no process that worked for more than 0.3 s kept its memory to the byte;
one that writes in place may, but not every one of a run."""


def frozen_figures(ledger: LedgerFrames) -> Iterator[Due]:
    """Yield whose figures are those of an earlier answer, and that no process's memory ever
    changed."""
    for kind, whose in ((DatabaseFigure, "the database"), (ServerFigure, "the server")):
        late_s = _behind_s(ledger.activity, kind)
        if late_s > SLACK_S:
            words = f"figures of {whose} are of answers that are up to {late_s:.0f} s old"
            yield Due(ACTIVITY.name, words)
    yield from _memory(of_kind(ledger.machine, ProcessSample))


def _behind_s(activity: pd.DataFrame, kind: type[ActivityRow]) -> float:
    """Return how much older than it can be an answer is by its own clock, in seconds; 0 where no
    clock contradicts another.

    Sample j began at w(j), the next one g(j) later; with an offset c between the two clocks, its
    answer's clock less w(j) lies between c and c + g(j).
    """
    rows = of_kind(activity, kind)
    rows = rows[rows["name"] == CLOCK].sort_values("mono_ns", kind="stable")
    ahead_s = rows["value"].astype(float) - rows["wall_ns"].astype(float) / 1e9
    gap_s = -rows["mono_ns"].diff(-1).astype(float) / 1e9
    least_s = (ahead_s - gap_s).max()  # the last has no next one
    return 0.0 if pd.isna(least_s) else max(0.0, float(least_s - ahead_s.min()))


def _memory(samples: pd.DataFrame) -> Iterator[Due]:
    processes = samples.groupby(["process", "pid"])
    seen = processes.agg(
        count=("cpu_s", "size"),
        worked_s=("cpu_s", lambda cpu_s: cpu_s.max() - cpu_s.min()),
        sizes=("rss_bytes", "nunique"),
    )
    seen = seen[seen["count"] >= _SAMPLES_LEAST]
    worked_s = float(seen["worked_s"].sum())
    if worked_s >= _WORK_S_LEAST and (seen["sizes"] == 1).all():
        words = f"{len(seen)} processes worked for {worked_s:.1f} s and no sample of memory differs"
        yield Due(MACHINE.name, words)
