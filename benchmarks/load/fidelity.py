"""Is the scale target really offered? Read from the verdict of a real run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.children import finished
from harness.core.clock import utc_stamp
from harness.core.errors import HarnessError
from harness.ledger.json_files import read_json
from harness.process.processes import Processes

PROJECT = Path(__file__).resolve().parents[2]
RUNS = Path("runs") / "load-benchmark"
OFFERED_GOAL = 0.999
LAG_GOAL_MS = 10.0
SHORTEST_S = 180.0
_VERDICTS = (0, 1, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """What the run of the scale target says. A figure that it does not say is None.

    ``offered_share`` is sent / scheduled of ``slots`` requests; ``seconds`` how long the load
    lasted; ``run`` the suite's directory, relative to the project.
    """

    command: str
    run: str
    verdict: str
    reason: str
    seconds: float
    offered_share: float | None
    slots: int | None
    lag_p99_ms: float | None
    p95_ms: float | None
    requests: int | None

    @property
    def reached(self) -> bool:
        """Return whether all of it was offered in time, for long enough, and the run passed."""
        if self.offered_share is None or self.lag_p99_ms is None:
            return False
        offered = self.offered_share >= OFFERED_GOAL and self.lag_p99_ms <= LAG_GOAL_MS
        return offered and self.verdict == "pass" and self.seconds >= SHORTEST_S


async def fidelity(processes: Processes, seconds: float) -> Fidelity:
    """Run the scale target for so long. Raises HarnessError when no verdict came of it."""
    out = RUNS / utc_stamp()
    words = ["run", "load", "--workload", "scale", "--duration", f"{seconds:g}", "--out", str(out)]
    log = processes.scratch("scale") / "harness.log"
    argv = [sys.executable, "-m", "harness", *words]
    await finished(
        processes,
        "harness run load",
        argv,
        log=log,
        cwd=PROJECT,
        timeout_s=seconds + 600,
        may_end_with=_VERDICTS,
    )
    verdicts = sorted((PROJECT / out).glob("*/verdict.json"))
    if not verdicts:
        raise HarnessError(f"the run left no verdict: {log.read_text(errors='replace')[-300:]}")
    place = verdicts[0].parent.relative_to(PROJECT).as_posix()
    command = " ".join(["harness", *words[:-2]])
    return fidelity_of(read_json(verdicts[0]), command=command, run=place, seconds=seconds)


def fidelity_of(verdict: Mapping[str, Any], *, command: str, run: str, seconds: float) -> Fidelity:
    """Return what a suite's verdict.json says of its only cell.

    Raises HarnessError when there is not exactly one.
    """
    cells = verdict["cells"]
    if len(cells) != 1:
        raise HarnessError(f"the scale target has {len(cells)} cells, not one")
    (cell,) = cells
    findings = {finding["check"]: finding for finding in cell["findings"]}
    offered = findings.get("offered_rate", {})
    measures = cell["measures"]
    requests = measures.get("load_requests")
    return Fidelity(
        command=command,
        run=run,
        verdict=cell["verdict"],
        reason=cell["reason"],
        seconds=seconds,
        offered_share=offered.get("measured"),
        slots=offered.get("n"),
        lag_p99_ms=measures.get("load_lag_p99_ms"),
        p95_ms=measures.get("load_response_p95_ms"),
        requests=None if requests is None else int(requests),
    )
