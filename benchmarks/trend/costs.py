"""What a history costs: the file of a suite, adding it, the index, and a whole trend."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.trend.nights import Nights, suites_of
from harness.compose.history.archive import INDEX_FILE, SUITES, FolderArchive
from harness.compose.history.history import open_history
from harness.ledger.history.facts import canonical, digest_of
from reports.history.trend import trend


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCosts:
    """The costs of a history: bytes of a suite's file and of the index, seconds of each step.

    ``add_s`` is the median of what adding one suite takes, from its facts to its file.
    """

    cells: int
    suites: int
    file_bytes: int
    add_s: float
    index_bytes: int
    index_s: float
    trend_s: float


def costs(directory: Path, cells: int, suites: int) -> HistoryCosts:
    """Return what a history in a directory costs."""
    scenarios = tuple(f"scenario_{n}" for n in range(cells))
    archive = FolderArchive(directory)
    took, sizes = [], []
    for facts in suites_of(Nights(count=suites, scenarios=scenarios)):
        began_s = time.perf_counter()
        raw = canonical(facts)
        archive.write(SUITES, f"{digest_of(raw)}.json", raw)
        took.append(time.perf_counter() - began_s)
        sizes.append(len(raw))
    began_s = time.perf_counter()
    with open_history(str(directory)) as history:
        index_s = time.perf_counter() - began_s
        began_s = time.perf_counter()
        whole = history.whole(history.heads())
        trend([(one.digest, one.facts) for one in whole])
        trend_s = time.perf_counter() - began_s
    return HistoryCosts(
        cells=cells,
        suites=suites,
        file_bytes=round(median(sizes)),
        add_s=median(took),
        index_bytes=(directory / INDEX_FILE).stat().st_size,
        index_s=index_s,
        trend_s=trend_s,
    )
